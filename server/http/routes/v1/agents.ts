import { isRefusal } from '../../../gate/problem.ts';
import type { IRouter, Response } from 'express';
import { findVisibleAgent, noSuchAgent, noSuchConversation } from '../../../chat/access.ts';
import type { Converse, TurnEvent } from '../../../chat/converse.ts';
import type { MessagesForPeople } from '../../../chat/leave-message.ts';
import type { Store } from '../../../store/port.ts';
import type { Meter } from '../../../usage/meter.ts';
import { createJsonBody, isId, parseBody, parsePage } from '../../body.ts';
import { refusalOf, type ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentAgent, presentAnswer } from '../../present.ts';
import { readerOf } from '../../reader.ts';
import { firstLeftMessageInput, messageInput } from '../../request-input.ts';
import type { RequireKey } from '../../require-key.ts';
import { spenderOf } from '../../spender.ts';
import { openEventStream } from '../../sse.ts';
import type * as Wire from '../../wire.ts';
import { createRefusedTurns } from './refused-turns.ts';

interface AgentRouteParts {
  readonly store: Store;
  readonly meter: Pick<Meter, 'retract' | 'noteWidget'>;
  readonly converse: Converse;
  readonly messagesForPeople: Pick<MessagesForPeople, 'begin'>;
  readonly requireKey: RequireKey;
  readonly answers: ProblemAnswers;
}

/** A text that a page sends: it is shown to the key's owner, and decides nothing. */
function isWidgetVersion(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[\da-z.]{1,16})?$/.test(text);
}

/** `/api/v1/agents`: what there is to talk to, talking to it, and leaving a message where that can't begin. */
export function addAgentRoutes(
  routes: IRouter,
  { store, meter, converse, messagesForPeople, requireKey, answers }: AgentRouteParts,
): void {
  const answerRefused = createRefusedTurns(meter, answers);

  routes
    .route('/api/v1/agents')
    .get(requireKey('agents:read'), async (request, response) => {
      const page = parsePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { principal } = callerOf(response);
      const filter = principal.mode === 'publishable' ? ({ public: true } as const) : undefined;
      const [{ items, nextCursor }, organization] = await Promise.all([
        store.listAgents(principal.organizationId, page.value, filter),
        store.findPublicOrganization(principal.organizationId),
      ]);
      const data = items.map((agent) => presentAgent(agent, organization));
      answerJson<Wire.PublicAgentPage>(response, { data, nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/agents/:agentId')
    .get(requireKey('agents:read'), async (request, response) => {
      const { agentId } = request.params;
      const { key, principal } = callerOf(response);
      const [agent, organization] = await Promise.all([
        isId(agentId, 'agt') ? findVisibleAgent(store, principal, agentId) : undefined,
        store.findPublicOrganization(principal.organizationId),
      ]);
      if (agent === undefined) return answerRefused(response, noSuchAgent);
      const { widget } = request.query;
      if (principal.mode === 'publishable' && principal.origin !== null && isWidgetVersion(widget)) {
        meter.noteWidget(key, principal.origin, widget);
      }
      answerJson(response, presentAgent(agent, organization));
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
      const { principal } = callerOf(response);
      const spender = spenderOf(request, response);
      const turn = converse({ principal, spender, agentId, ...body.value, signal: readerOf(response) });
      if (request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream') {
        await streamTurn(turn, response);
      } else {
        await answerTurn(turn, response);
      }
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route('/api/v1/agents/:agentId/contact')
    .post(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const { agentId } = request.params;
      const body = parseBody(firstLeftMessageInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      if (!isId(agentId, 'agt')) return answerRefused(response, noSuchAgent);
      const { principal } = callerOf(response);
      const { ip } = spenderOf(request, response);
      const begun = await messagesForPeople.begin({ principal, ip, agentId, ...body.value });
      if (isRefusal(begun)) return answerRefused(response, begun);
      answerJson<Wire.BegunConversation>(response, { conversationId: begun });
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
          return stream.send('delta', {
            text: event.text,
            ...(event.outcome && { outcome: event.outcome }),
          } satisfies Wire.StreamDelta);
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
