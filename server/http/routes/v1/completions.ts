/** The OpenAI interface over agents: `/api/v1/models` and `/api/v1/chat/completions`. */
import type { IRouter, RequestHandler, Response } from 'express';
import { noSuchAgent } from '../../../chat/access.ts';
import type { Answer, Converse, TurnEvent } from '../../../chat/converse.ts';
import type { Clock } from '../../../gate/clock.ts';
import { isRefusal } from '../../../gate/problem.ts';
import type { AgentRecord } from '../../../records/agent.ts';
import type { Store } from '../../../store/port.ts';
import type { Meter } from '../../../usage/meter.ts';
import { createJsonBody, isId, parseBody } from '../../body.ts';
import { completionInput, readCompletion, readIdempotencyKey } from '../../client-input.ts';
import { refusalOf, type ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { openAiErrorOf } from '../../openai-error.ts';
import { answerJson } from '../../present.ts';
import { readerOf } from '../../reader.ts';
import type { RequireKey } from '../../require-key.ts';
import { spenderOf } from '../../spender.ts';
import { openEventStream } from '../../sse.ts';
import type * as Wire from '../../wire.ts';
import { createRefusedTurns } from './refused-turns.ts';

interface CompletionRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'retract'>;
  readonly converse: Converse;
  readonly requireKey: RequireKey;
  readonly answers: ProblemAnswers;
}

/** The interface has no pages. */
const modelsMax = 100;

const toSeconds = (timeMs: number): number => Math.floor(timeMs / 1_000);

export function addCompletionRoutes(
  routes: IRouter,
  { store, clock, meter, converse, requireKey, answers }: CompletionRouteParts,
): void {
  const answerRefused = createRefusedTurns(meter, answers);

  routes
    .route('/api/v1/models')
    .all(withOpenAiErrors)
    .get(requireKey('agents:read'), async (_request, response) => {
      const { organizationId, mode } = callerOf(response).principal;
      const filter = mode === 'publishable' ? ({ public: true } as const) : undefined;
      const { items } = await store.listAgents(organizationId, { limit: modelsMax }, filter);
      answerJson<Wire.ModelList>(response, { object: 'list', data: items.map(presentModel) });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/chat/completions')
    .all(withOpenAiErrors)
    .post(requireKey('messages:write'), createJsonBody(), async (request, response) => {
      const body = parseBody(completionInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      const { principal } = callerOf(response);
      const asked = readCompletion(body.value, principal.mode);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const named = readIdempotencyKey(request.get('idempotency-key'));
      if (isRefusal(named)) return answers.answer(response, named);
      const { model: agentId, stream, stream_options: options } = body.value;
      if (!isId(agentId, 'agt')) return answerRefused(response, noSuchAgent);
      const spender = spenderOf(request, response);
      const outputTokensMax = body.value.max_completion_tokens ?? body.value.max_tokens ?? undefined;
      const turn = converse({
        principal,
        spender,
        agentId,
        ...asked,
        ...named,
        outputTokensMax,
        signal: readerOf(response),
      });
      if (stream === true) await streamTurn(turn, response, agentId, options?.include_usage === true);
      else await answerTurn(turn, response, agentId);
    })
    .all(answers.methodNotAllowed('POST'));

  async function answerTurn(turn: AsyncGenerator<TurnEvent>, response: Response, model: string): Promise<void> {
    for await (const event of turn) {
      if (event.type === 'refused') answerRefused(response, event.refusal);
      if (event.type === 'done') answerJson<Wire.ChatCompletion>(response, presentCompletion(event.answer, model));
    }
  }

  /** Refused before it began: an ordinary problem. Refused or broken after that: the stream's last line. */
  async function streamTurn(
    turn: AsyncGenerator<TurnEvent>,
    response: Response,
    model: string,
    isWithUsage: boolean,
  ): Promise<void> {
    const first = await turn.next();
    if (first.done === true) return;
    if (first.value.type === 'refused') return answerRefused(response, first.value.refusal);
    const stream = openEventStream(response);
    const created = toSeconds(clock());
    let begun = { id: '', conversationId: '' };

    try {
      await sendEvent(first.value);
      for await (const event of turn) await sendEvent(event);
    } catch (error) {
      response.locals.failure = error;
      await sendEvent({ type: 'refused', refusal: refusalOf(error) });
    }
    stream.end();

    async function sendChunk(
      choices: Wire.ChatCompletionChunk['choices'],
      more: Pick<Wire.ChatCompletionChunk, 'usage' | 'generated'> = {},
    ): Promise<void> {
      const head = { ...begun, object: 'chat.completion.chunk', created, model } as const;
      await stream.sendData({ ...head, choices, ...more } satisfies Wire.ChatCompletionChunk);
    }

    async function sendChoice(
      delta: Wire.ChatCompletionChunkChoice['delta'],
      reason: Wire.FinishReason | null = null,
      more: Pick<Wire.ChatCompletionChunk, 'generated'> = {},
    ): Promise<void> {
      await sendChunk([{ index: 0, delta, logprobs: null, finish_reason: reason }], more);
    }

    async function sendEvent(event: TurnEvent): Promise<void> {
      switch (event.type) {
        case 'start':
          begun = { id: event.replyId, conversationId: event.conversationId };
          return sendChoice({ role: 'assistant', content: '' });
        case 'delta':
          return sendChoice({ content: event.text });
        case 'done': {
          await sendChoice({}, finishReasonOf(event.answer), markOf(event.answer));
          const usage = usageOf(event.answer);
          if (isWithUsage && usage !== undefined) await sendChunk([], { usage });
          return stream.sendData('[DONE]');
        }
        case 'refused': {
          response.locals.problemCode = event.refusal.code;
          const error = openAiErrorOf(answers.describe(event.refusal, response.locals.requestId));
          return stream.sendData({ error });
        }
      }
    }
  }
}

/** Refusals too are read by clients of that interface. */
const withOpenAiErrors: RequestHandler = (_request, response, next) => {
  response.locals.isForOpenAi = true;
  next();
};

function presentModel({ id, name, organizationId, createdAt }: AgentRecord): Wire.ListedModel {
  return { id, object: 'model', created: toSeconds(createdAt), owned_by: organizationId, name };
}

function presentCompletion(answer: Answer, model: string): Wire.ChatCompletion {
  const { id, text, createdAt } = answer.reply;
  const message = { role: 'assistant', content: text, refusal: null } as const;
  const usage = usageOf(answer);
  return {
    id,
    object: 'chat.completion',
    created: toSeconds(createdAt),
    model,
    conversationId: answer.conversationId,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(answer) }],
    ...(usage !== undefined && { usage }),
    ...markOf(answer),
  };
}

function finishReasonOf({ reply }: Answer): Wire.FinishReason {
  return reply.isCutShort ? 'length' : 'stop';
}

function markOf({ reply }: Answer) {
  return reply.isGenerated ? ({ generated: true } as const) : {};
}

/** A FAQ reads and writes no tokens. What a model took is what its server reports, or unknown. */
function usageOf({ reply, use }: Answer): Wire.TokenUsage | undefined {
  const { inputTokens, outputTokens } = reply.isGenerated ? (use ?? {}) : { inputTokens: 0, outputTokens: 0 };
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}
