/** The AI SDK's UI message stream over an agent: what `useChat` with `DefaultChatTransport` sends and reads. */
import type { IRouter, Response } from 'express';
import { noSuchAgent } from '../../../chat/access.ts';
import type { Converse, TurnEvent } from '../../../chat/converse.ts';
import { isRefusal } from '../../../gate/problem.ts';
import type { TurnReply } from '../../../records/turn.ts';
import type { Meter } from '../../../usage/meter.ts';
import { createJsonBody, isId, parseBody } from '../../body.ts';
import { readUiMessage, uiMessagesInput, uuidOf } from '../../client-input.ts';
import { refusalOf, type ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { openAiErrorOf } from '../../openai-error.ts';
import { readerOf } from '../../reader.ts';
import type { RequireKey } from '../../require-key.ts';
import { spenderOf } from '../../spender.ts';
import { openEventStream } from '../../sse.ts';
import type * as Wire from '../../wire.ts';
import { createRefusedTurns } from './refused-turns.ts';

interface UiMessageRouteParts {
  readonly meter: Pick<Meter, 'retract'>;
  readonly converse: Converse;
  readonly requireKey: RequireKey;
  readonly answers: ProblemAnswers;
}

/** The one text of an answer. */
const textId = 'text';

export function addUiMessageRoutes(
  routes: IRouter,
  { meter, converse, requireKey, answers }: UiMessageRouteParts,
): void {
  const answerRefused = createRefusedTurns(meter, answers);

  routes
    .route('/api/v1/agents/:agentId/ui-messages')
    .post(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const { agentId } = request.params;
      const body = parseBody(uiMessagesInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      const asked = readUiMessage(body.value);
      if (isRefusal(asked)) return answers.answer(response, asked);
      if (!isId(agentId, 'agt')) return answerRefused(response, noSuchAgent);
      const { id: chatId, trigger, messageId: replaced } = body.value;
      const { message, id: questionId } = asked;
      // Sent again it is the same message. To regenerate is to ask anew, once for each reply that is replaced.
      const anew = trigger === 'regenerate-message' ? [replaced] : [];
      const named = [chatId, questionId, message, ...anew].filter((part) => typeof part === 'string');
      const messageId = named.length === 3 + anew.length ? uuidOf(...named) : undefined;
      const { principal } = callerOf(response);
      const spender = spenderOf(request, response);
      await streamTurn(
        converse({ principal, spender, agentId, message, messageId, questionId, chatId, signal: readerOf(response) }),
        response,
      );
    })
    .all(answers.methodNotAllowed('POST'));

  async function streamTurn(turn: AsyncGenerator<TurnEvent>, response: Response): Promise<void> {
    const first = await turn.next();
    if (first.done === true) return;
    if (first.value.type === 'refused') return answerRefused(response, first.value.refusal);
    response.setHeader('x-vercel-ai-ui-message-stream', 'v1');
    const stream = openEventStream(response);
    try {
      await sendEvent(first.value);
      for await (const event of turn) await sendEvent(event);
    } catch (error) {
      response.locals.failure = error;
      await sendEvent({ type: 'refused', refusal: refusalOf(error) });
    }
    await stream.sendData('[DONE]');
    stream.end();

    async function send(...parts: readonly Wire.UiMessagePart[]): Promise<void> {
      for (const part of parts) await stream.sendData(part);
    }

    async function sendEvent(event: TurnEvent): Promise<void> {
      switch (event.type) {
        case 'start':
          return send({ type: 'start', messageId: event.replyId }, { type: 'text-start', id: textId });
        case 'delta':
          return send({ type: 'text-delta', id: textId, delta: event.text });
        case 'done':
          return send({ type: 'text-end', id: textId }, { type: 'finish', ...metadataOf(event.answer.reply) });
        case 'refused': {
          response.locals.problemCode = event.refusal.code;
          const { message } = openAiErrorOf(answers.describe(event.refusal, response.locals.requestId));
          return send({ type: 'error', errorText: message });
        }
      }
    }
  }
}

/** As metadata of the message: each version of the client takes that, and not each a finish reason of its own. */
function metadataOf({ isGenerated, isCutShort }: TurnReply) {
  if (isGenerated === undefined && isCutShort === undefined) return {};
  const messageMetadata: Wire.UiMessageMetadata = {
    ...(isGenerated && { generated: true }),
    ...(isCutShort && { finishReason: 'length' }),
  };
  return { messageMetadata };
}
