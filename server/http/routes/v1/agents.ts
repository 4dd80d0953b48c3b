import { isRefusal } from '../../../gate/problem.ts';
import type { IRouter, Response } from 'express';
import { findVisibleAgent, noSuchAgent, noSuchConversation } from '../../../chat/access.ts';
import type { Converse, TurnEvent } from '../../../chat/converse.ts';
import type { Store } from '../../../store/port.ts';
import type { Meter } from '../../../usage/meter.ts';
import { createJsonBody, isId, parseBody, parsePage } from '../../body.ts';
import { refusalOf, type ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentAgent, presentAnswer } from '../../present.ts';
import { messageInput } from '../../request-input.ts';
import type { RequireKey } from '../../require-key.ts';
import { spenderOf } from '../../spender.ts';
import { openEventStream } from '../../sse.ts';
import type * as Wire from '../../wire.ts';
import { createRefusedTurns } from './refused-turns.ts';

interface AgentRouteParts {
  readonly store: Store;
  readonly meter: Pick<Meter, 'retract'>;
  readonly converse: Converse;
  readonly requireKey: RequireKey;
  readonly answers: ProblemAnswers;
}

/** `/api/v1/agents`: what there is to talk to, and talking to it. */
export function addAgentRoutes(
  routes: IRouter,
  { store, meter, converse, requireKey, answers }: AgentRouteParts,
): void {
  const answerRefused = createRefusedTurns(meter, answers);

  routes
    .route('/api/v1/agents')
    .get(requireKey('agents:read'), async (request, response) => {
      const page = parsePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { principal } = callerOf(response);
      const filter = principal.mode === 'publishable' ? ({ public: true } as const) : undefined;
      const { items, nextCursor } = await store.listAgents(principal.organizationId, page.value, filter);
      answerJson<Wire.PublicAgentPage>(response, { data: items.map(presentAgent), nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/agents/:agentId')
    .get(requireKey('agents:read'), async (request, response) => {
      const { agentId } = request.params;
      const agent = isId(agentId, 'agt')
        ? await findVisibleAgent(store, callerOf(response).principal, agentId)
        : undefined;
      if (agent === undefined) return answerRefused(response, noSuchAgent);
      answerJson(response, presentAgent(agent));
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/agents/:agentId/messages')
    .post(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const { agentId } = request.params;
      const body = parseBody(messageInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      const { conversationId } = body.value;
      if (!isId(agentId, 'agt')) return answerRefused(response, noSuchAgent);
      if (conversationId !== undefined && !isId(conversationId, 'cnv')) {
        return answers.answer(response, noSuchConversation);
      }
      const reader = new AbortController();
      response.once('close', () => reader.abort());
      const { principal } = callerOf(response);
      const spender = spenderOf(request, response);
      const turn = converse({ principal, spender, agentId, ...body.value, signal: reader.signal });
      if (request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream') {
        await streamTurn(turn, response);
      } else {
        await answerTurn(turn, response);
      }
    })
    .all(answers.methodNotAllowed('POST'));

  async function answerTurn(turn: AsyncGenerator<TurnEvent, void, void>, response: Response): Promise<void> {
    for await (const event of turn) {
      if (event.type === 'refused') answerRefused(response, event.refusal);
      if (event.type === 'done') answerJson(response, presentDone(event, response));
    }
  }

  /** Refused before it began: an ordinary problem. Refused or broken after that: the stream's last event. */
  async function streamTurn(turn: AsyncGenerator<TurnEvent, void, void>, response: Response): Promise<void> {
    const first = await turn.next();
    if (first.done === true) return;
    if (first.value.type === 'refused') return answerRefused(response, first.value.refusal);
    const stream = openEventStream(response);
    try {
      await sendEvent(first.value);
      for await (const event of turn) await sendEvent(event);
    } catch (error) {
      const refusal = refusalOf(error);
      response.locals.failure = error;
      await sendEvent({ type: 'refused', refusal });
    }
    stream.end();

    async function sendEvent(event: TurnEvent): Promise<void> {
      switch (event.type) {
        case 'start': {
          const { conversationId, messageId, replyId } = event;
          return stream.send('start', { conversationId, messageId, replyId } satisfies Wire.StreamStart);
        }
        case 'delta':
          return stream.send('delta', { text: event.text } satisfies Wire.StreamDelta);
        case 'done':
          return stream.send('done', presentDone(event, response));
        case 'refused':
          response.locals.problemCode = event.refusal.code;
          return stream.send('error', answers.describe(event.refusal, response.locals.requestId));
      }
    }
  }
}

function presentDone(event: Extract<TurnEvent, { type: 'done' }>, response: Response) {
  return presentAnswer(event.answer, callerOf(response).principal.mode === 'secret');
}
