/**
 * Answers by a language model of the operator's, with what the organization wrote as its knowledge. What goes wrong is thrown as an
 * `UpstreamError`; a visitor is never told its text.
 */
import { APICallError, InvalidResponseDataError, type LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { AgentModel, FaqEntry } from '../records/agent.ts';
import { agentLimits } from './agent-limits.ts';
import { assemblePrompt, type PromptMessage } from './assemble-prompt.ts';
import { replyFrom } from './faq.ts';
import type { KnowledgeSearch } from './knowledge-search.ts';
import type { Agent, AnswerOptions, ChatMessage, TokenUse } from './port.ts';
import { UpstreamError } from './upstream-error.ts';
import type { UpstreamFetch } from './upstream-fetch.ts';
import type { Upstream } from './upstream.ts';

const passagesMax = 5;
/** Less than answers by themselves: the model judges what it is given. */
const passageFitMin = 0.2;
/** Of an answer, in characters: three times what words take. One that ignores its most output tokens is stopped here. */
const answerLengthMax = 12 * agentLimits.outputTokens;

interface ModelParts {
  readonly model: AgentModel;
  readonly upstream: Upstream;
  readonly search: KnowledgeSearch;
  readonly organizationId: string;
  readonly fetch: UpstreamFetch;
  /** Its reader left while the upstream was being connected, and then no connection came. */
  readonly onUnreached?: ((error: unknown) => void) | undefined;
}

type Told = Pick<AnswerOptions, 'onAsked' | 'onCutShort'>;

export function createModelAgent({ model, upstream, search, organizationId, fetch, onUnreached }: ModelParts): Agent {
  return {
    async *answer(
      messages,
      signal,
      { outputTokensMax = model.outputTokensMax, callerInstructions, isHistoryClaimed, onFound, ...told } = {},
    ) {
      const passages = findPassages(search, messages);
      if (passages.length === 0 && model.answersOnlyFromKnowledge) {
        const { text, ...findings } = replyFrom(search, messages.at(-1)?.text ?? '');
        onFound?.(findings);
        yield text;
        yield { inputTokens: 0, outputTokens: 0 };
        return;
      }
      const sources = passages.map(({ question }) => ({ title: question, url: null }));
      onFound?.({ outcome: 'answered', suggestions: [], sources });
      const tokensMax = Math.min(outputTokensMax, model.outputTokensMax);
      yield* ask(
        assemblePrompt({ model, callerInstructions, passages, messages, isHistoryClaimed }),
        tokensMax,
        signal,
        told,
      );
    },
  };

  async function* ask(
    prompt: readonly PromptMessage[],
    tokensMax: number,
    signal: AbortSignal,
    { onAsked, onCutShort }: Told,
  ): AsyncGenerator<string | TokenUse, void> {
    const stopped = new AbortController();
    const stop = (): void => stopped.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      yield* readAnswer(await open(prompt, tokensMax, stopped.signal, onAsked), onCutShort);
    } catch (error) {
      if (signal.aborted) return;
      throw toUpstreamError(error, upstream);
    } finally {
      signal.removeEventListener('abort', stop);
      // Whoever stops reading stops the model too.
      stop();
    }
  }

  async function open(
    prompt: readonly PromptMessage[],
    tokensMax: number,
    signal: AbortSignal,
    onAsked: Told['onAsked'],
  ) {
    const { stream } = await createOpenAICompatible({
      name: upstream.name,
      baseURL: upstream.baseUrl,
      ...(upstream.apiKey !== undefined && { apiKey: upstream.apiKey }),
      includeUsage: true,
      fetch: fetch(
        { upstream: upstream.name, organizationId },
        {
          onSent: onAsked,
          onUnreached: onUnreached && ((error) => onUnreached(toUpstreamError(error, upstream))),
        },
      ),
      transformRequestBody: ({ max_tokens, ...body }) => ({
        ...body,
        [tokensMaxField(upstream)]: max_tokens as number,
      }),
    })
      .chatModel(model.name)
      .doStream({
        prompt: prompt.map(({ role, content }) =>
          role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] },
        ),
        maxOutputTokens: tokensMax,
        includeRawChunks: true,
        abortSignal: signal,
      });
    return stream;
  }

  async function* readAnswer(
    stream: ReadableStream<LanguageModelV3StreamPart>,
    onCutShort: Told['onCutShort'],
  ): AsyncGenerator<string | TokenUse, void> {
    let length = 0;
    let held = '';
    let raw: unknown;
    for await (const part of stream as ReadableStream<LanguageModelV3StreamPart> &
      AsyncIterable<LanguageModelV3StreamPart>) {
      if (part.type === 'raw') raw = part.rawValue;
      if (part.type === 'error' && !isOnlyUse(raw)) throw part.error;
      if (part.type === 'text-delta') {
        const text = held + part.delta;
        // Half a character may come now, and its other half next.
        held = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
        const piece = clean(held === '' ? text : text.slice(0, -1));
        length += piece.length;
        if (length > answerLengthMax) throw new UpstreamError('too_long', upstream.name, 'its answer does not end');
        if (piece !== '') yield piece;
      }
      if (part.type === 'finish') {
        const { raw: reason, unified } = part.finishReason;
        if (reason === undefined) throw new UpstreamError('cut', upstream.name, 'its answer was cut off');
        // No answer takes nothing: then it is not reported.
        const [inputTokens = 0, outputTokens = 0] = [part.usage.inputTokens.total, part.usage.outputTokens.total];
        if (inputTokens !== 0 && outputTokens !== 0) yield { inputTokens, outputTokens };
        if (unified === 'length') onCutShort?.();
        if (length > 0) continue;
        const isPaid = unified === 'length' || inputTokens + outputTokens > 0;
        throw new UpstreamError('empty', upstream.name, `gave no text (${reason})`, { isPaid });
      }
    }
  }
}

/** Those that fit the message; where it says nothing by itself ("And on Sundays?"), those that fit it with the one before. */
function findPassages(search: KnowledgeSearch, messages: readonly ChatMessage[]): readonly FaqEntry[] {
  const questions = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  const [last = '', before] = questions.reverse();
  const queries = before === undefined ? [last] : [last, `${last} ${before}`];
  for (const query of queries) {
    const fitting = (search.find(query) ?? []).filter(({ fit }) => fit >= passageFitMin);
    if (fitting.length > 0) return fitting.slice(0, passagesMax).map(({ entry }) => entry);
  }
  return [];
}

/** With what stands before them: a region, the name of a resource. */
const openAiHosts = [
  'api.openai.com',
  'openai.azure.com',
  'services.ai.azure.com',
  'cognitiveservices.azure.com',
] as const;

/** OpenAI's newer models refuse the older name, and most others don't know the newer one. */
function tokensMaxField({ baseUrl }: Upstream): string {
  const { hostname } = new URL(baseUrl);
  return openAiHosts.some((host) => `.${hostname}`.endsWith(`.${host}`)) ? 'max_completion_tokens' : 'max_tokens';
}

/** A chunk that has nothing but a use, which nobody could read. The answer is whole without it. */
function isOnlyUse(raw: unknown): boolean {
  const { choices, error } = (raw ?? {}) as { readonly choices?: unknown; readonly error?: unknown };
  return Array.isArray(choices) && choices.length === 0 && error === undefined;
}

/** Without controls, and halves of characters that no other half follows. */
function clean(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD').replace(/(?![\t\n\r])\p{Cc}/gu, '');
}

function toUpstreamError(error: unknown, { name: upstream, apiKey = '' }: Upstream): unknown {
  // Whatever it looks like: some servers repeat it.
  const withoutKey = (text: string): string => (apiKey === '' ? text : text.replaceAll(apiKey, '[a key]'));
  const own = findCause(error, (one): one is UpstreamError => one instanceof UpstreamError);
  if (own !== undefined) return own;
  if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode >= 400) {
    const retryAfter = Number(error.responseHeaders?.['retry-after']);
    return new UpstreamError(
      'status',
      upstream,
      withoutKey(`answered ${error.statusCode}: ${error.responseBody ?? error.message}`),
      {
        status: error.statusCode,
        ...(Number.isFinite(retryAfter) && retryAfter >= 0 && { retryAfterSeconds: retryAfter }),
      },
    );
  }
  // The stream ended without saying why.
  if (InvalidResponseDataError.isInstance(error)) return new UpstreamError('cut', upstream, 'its answer was cut off');
  const code = findCause(error, hasCode)?.code;
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new UpstreamError('silent', upstream, 'said nothing for too long');
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return new UpstreamError('unreachable', upstream, 'could not be reached in time');
  if (code === 'UND_ERR_SOCKET' || (error instanceof TypeError && error.message === 'terminated')) {
    return new UpstreamError('cut', upstream, 'closed the connection in the middle');
  }
  if (code !== undefined) return new UpstreamError('unreachable', upstream, `could not be reached (${code})`);
  return new UpstreamError('garbage', upstream, withoutKey(`its answer can not be read: ${describe(error)}`));
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  const message = (error as { readonly message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : 'it is not what the interface says';
}

function hasCode(error: unknown): error is { readonly code: string } {
  return typeof (error as { readonly code?: unknown } | null)?.code === 'string';
}

/** The first of an error and what caused it that is meant; a few steps deep. */
function findCause<Found>(error: unknown, isMeant: (one: unknown) => one is Found): Found | undefined {
  let one = error;
  for (let depth = 0; depth < 6 && one !== undefined && one !== null; depth++) {
    if (isMeant(one)) return one;
    const { cause, errors } = one as { readonly cause?: unknown; readonly errors?: readonly unknown[] };
    one = cause ?? errors?.[0];
  }
  return undefined;
}
