import type { IRouter, Response } from 'express';
import { findOwnConversation, noSuchConversation } from '../../../chat/access.ts';
import type { MessagesForPeople } from '../../../chat/leave-message.ts';
import type { Store } from '../../../store/port.ts';
import { isRefusal, refuse } from '../../../gate/problem.ts';
import type { Conversation } from '../../../records/conversation.ts';
import { createJsonBody, isId, parseBody, parseMessagePage } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentConversation } from '../../present.ts';
import { leftMessageInput, ratingInput } from '../../request-input.ts';
import type { RequireKey } from '../../require-key.ts';

/**
 * `/api/v1/conversations`: what was said, for whoever began it, a page at a time from its end; rating a reply, leaving a message for
 * people, and deleting all of it.
 */
export function addConversationRoutes(
  routes: IRouter,
  parts: {
    readonly store: Store;
    readonly messagesForPeople: Pick<MessagesForPeople, 'leave'>;
    readonly requireKey: RequireKey;
    readonly answers: ProblemAnswers;
  },
): void {
  const { store, messagesForPeople, requireKey, answers } = parts;
  routes
    .route('/api/v1/conversations/:conversationId')
    .get(requireKey('messages:write'), async (request, response) => {
      const conversation = await find(response, request.params.conversationId);
      if (conversation === undefined) return answers.answer(response, noSuchConversation);
      const page = parseMessagePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { limit, before } = page.value;
      // One more than can be on the page says whether there is another one.
      const turns = await store.listTurns(conversation.id, limit + 1, before);
      answerJson(response, presentConversation(conversation, turns, limit));
    })
    .delete(requireKey('messages:write'), async (request, response) => {
      const conversation = await find(response, request.params.conversationId);
      if (conversation === undefined) return answers.answer(response, noSuchConversation);
      await store.deleteConversations(conversation.organizationId, [conversation.id]);
      response.statusCode = 204;
      response.end();
    })
    .all(answers.methodNotAllowed('GET', 'DELETE'));

  routes
    .route('/api/v1/conversations/:conversationId/messages/:replyId/rating')
    .put(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const input = parseBody(ratingInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const conversation = await find(response, request.params.conversationId);
      if (conversation === undefined) return answers.answer(response, noSuchConversation);
      const { replyId } = request.params;
      const rated = isId(replyId, 'msg')
        ? await store.rateReply(conversation.id, replyId, input.value.rating)
        : 'not_found';
      if (rated === 'not_found') return answers.answer(response, noSuchReply);
      response.statusCode = 204;
      response.end();
    })
    .all(answers.methodNotAllowed('PUT'));

  routes
    .route('/api/v1/conversations/:conversationId/contact')
    .post(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const input = parseBody(leftMessageInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const conversation = await find(response, request.params.conversationId);
      if (conversation === undefined) return answers.answer(response, noSuchConversation);
      const refusal = await messagesForPeople.leave(conversation, input.value);
      if (refusal !== undefined) return answers.answer(response, refusal);
      response.statusCode = 204;
      response.end();
    })
    .all(answers.methodNotAllowed('POST'));

  async function find(response: Response, conversationId: string | undefined): Promise<Conversation | undefined> {
    return isId(conversationId, 'cnv')
      ? findOwnConversation(store, callerOf(response).principal, conversationId)
      : undefined;
  }
}

const noSuchReply = refuse('not_found', { detail: 'There is no such reply in this conversation.' });
