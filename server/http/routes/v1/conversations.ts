import type { IRouter } from 'express';
import { findOwnConversation, noSuchConversation } from '../../../chat/access.ts';
import type { Store } from '../../../store/port.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { isId, parseMessagePage } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentConversation } from '../../present.ts';
import type { RequireKey } from '../../require-key.ts';

/** `/api/v1/conversations`: what was said, for whoever began it, a page at a time from its end. */
export function addConversationRoutes(
  routes: IRouter,
  parts: { readonly store: Store; readonly requireKey: RequireKey; readonly answers: ProblemAnswers },
): void {
  const { store, requireKey, answers } = parts;
  routes
    .route('/api/v1/conversations/:conversationId')
    .get(requireKey('messages:write'), async (request, response) => {
      const { conversationId } = request.params;
      const conversation = isId(conversationId, 'cnv')
        ? await findOwnConversation(store, callerOf(response).principal, conversationId)
        : undefined;
      if (conversation === undefined) return answers.answer(response, noSuchConversation);
      const page = parseMessagePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { limit, before } = page.value;
      // One more than can be on the page says whether there is another one.
      const turns = await store.listTurns(conversation.id, limit + 1, before);
      answerJson(response, presentConversation(conversation, turns, limit));
    })
    .all(answers.methodNotAllowed('GET'));
}
