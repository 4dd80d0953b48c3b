import type { IRouter } from 'express';
import { findOwnConversation, noSuchConversation } from '../../chat/access.ts';
import type { Store } from '../../store/port.ts';
import { isId } from '../body.ts';
import type { ProblemAnswers } from '../errors.ts';
import { callerOf } from '../locals.ts';
import { answerJson, presentConversation } from '../present.ts';
import type { RequireKey } from '../require-key.ts';

const turnsMax = 500;

/** `/api/v1/conversations`: what was said, for whoever began it. The newest 500 messages with their replies. */
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
      answerJson(response, presentConversation(conversation, await store.listTurns(conversation.id, turnsMax)));
    })
    .all(answers.methodNotAllowed('GET'));
}
