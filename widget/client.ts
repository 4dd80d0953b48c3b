/**
 * The one file that fetches. Answers values of the contract, throws only `ChatFailure` (or the caller's own abort).
 * Streams by `fetch`: EventSource can send neither the key nor a body. Sends no cookie, follows no redirect.
 */
import type { BegunConversation, StreamDelta, StreamStart } from '../server/http/wire-chat.ts';
import {
  fields,
  outcomeOf,
  parseAgent,
  parseCompletion,
  parseConversation,
  parseJson,
  parseProblem,
  readFailure,
  text,
  type Agent,
  type Completion,
  type StoredPage,
} from './answer.ts';
import { readEvents } from './event-stream.ts';
import { ChatFailure } from './failure.ts';
import { isMixedContent } from './mixed-content.ts';
import { ofDocument } from './page.ts';
import { version } from './version.ts';

/** Who asks whom, and where. */
export interface Identity {
  /** Where the server is. */
  readonly api: string;
  readonly publicKey: string;
  readonly agentId: string;
}

interface ClientOptions extends Identity {
  /** How long nothing at all may arrive. */
  readonly silenceMs: number;
}

export interface Question {
  readonly message: string;
  /** A UUID made here: sent again by a retry, so that the server charges once. */
  readonly messageId: string;
  readonly conversationId?: string | undefined;
}

type ReplyPart =
  { readonly kind: 'start'; readonly conversationId: string } | { readonly kind: 'delta'; readonly text: string };

export interface Client {
  readAgent(signal: AbortSignal): Promise<Agent>;
  /** @param before From the page that came after the one that is wanted; without it the newest one. */
  readConversation(conversationId: string, signal: AbortSignal, before?: string): Promise<StoredPage>;
  /**
   * Changes a conversation, or what stands below it at `path`; of the agent where there is no conversation yet. Answers the id of
   * the one that begins so.
   */
  change(id: string | undefined, path: string, method: string, body?: object): Promise<unknown>;
  /** The parts of a reply as they arrive; the generator's own result is the whole. */
  ask(question: Question, signal: AbortSignal): AsyncGenerator<ReplyPart, Completion>;
}

interface Call {
  readonly signal: AbortSignal;
  readonly heard: () => void;
  readonly end: () => void;
  responded: boolean;
  /** The page's own policy said that it stopped a call to the server, or the page is on https and the server isn't. */
  isBlocked: boolean;
}

/** @throws ChatFailure when it could only be refused: nothing is sent then, least of all a secret. */
export function createClient(options: ClientOptions): Client {
  const { publicKey } = options;
  requireIdentity(options);
  const base = `${options.api.replace(/\/$/, '')}/api/v1`;
  const conversations = `${base}/conversations/`;
  const agentUrl = `${base}/agents/${encodeURIComponent(options.agentId)}`;

  async function request(call: Call, url: string, body?: object, method = body ? 'POST' : 'GET'): Promise<Response> {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${publicKey}`,
        accept: body ? 'text/event-stream' : 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body ? JSON.stringify(body) : null,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: call.signal,
    });
    call.responded = true;
    call.heard();
    if (!response.ok) throw await readFailure(response);
    return response;
  }

  async function read<Value>(
    url: string,
    signal: AbortSignal,
    parse: (value: unknown) => Value,
    body?: object,
    method?: string,
  ): Promise<Value> {
    const call = createCall(signal, options);
    try {
      return parse(parseJson((await (await request(call, url, body, method)).text()) || '0'));
    } catch (error) {
      throw await explain(error, signal, call);
    } finally {
      call.end();
    }
  }

  return {
    readAgent: (signal) => read(`${agentUrl}?widget=${version}`, signal, parseAgent),
    readConversation: (id, signal, before) => {
      const query = before ? `?before=${encodeURIComponent(before)}` : '';
      return read(conversations + encodeURIComponent(id) + query, signal, parseConversation);
    },
    change: (id, path, method, body) =>
      read(
        (id ? conversations + encodeURIComponent(id) : agentUrl) + path,
        new AbortController().signal,
        (value) => fields<BegunConversation>(value).conversationId,
        body,
        method,
      ),
    async *ask(question, signal) {
      const call = createCall(signal, options);
      try {
        return yield* readReply(await request(call, `${agentUrl}/messages`, question), call);
      } catch (error) {
        throw await explain(error, signal, call);
      } finally {
        call.end();
      }
    },
  };
}

async function* readReply(response: Response, call: Call): AsyncGenerator<ReplyPart, Completion> {
  const type = response.headers.get('content-type') ?? '';
  // A proxy that can't stream may have made one answer of it.
  if (type.startsWith('application/json')) return parseCompletion(parseJson(await response.text()));
  if (!type.startsWith('text/event-stream') || !response.body) throw new ChatFailure('answer_unexpected');
  for await (const { event, data } of readEvents(response.body, call.heard)) {
    const value = parseJson(data);
    if (event === 'start') yield { kind: 'start', conversationId: text(fields<StreamStart>(value).conversationId) };
    if (event === 'delta') {
      const delta = fields<StreamDelta>(value);
      if (!outcomeOf(delta)) yield { kind: 'delta', text: text(delta.text) };
    }
    if (event === 'done') return parseCompletion(value);
    if (event === 'error') throw parseProblem(value, 'agent_failed');
  }
  throw new ChatFailure('interrupted');
}

/** How much later than it was set for a timer fires when the computer was asleep, and how long is waited for more then. */
const LATE_MS = 2000;
const AWAKE_MS = 5000;

/**
 * A signal that follows the caller's, and aborts by itself when nothing was heard for `silenceMs`. After a sleep the timer
 * may be there before the bytes that came meanwhile: then they get some seconds more.
 */
function createCall(outer: AbortSignal, { api, silenceMs }: ClientOptions): Call {
  const controller = new AbortController();
  const follow = () => controller.abort(outer.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (waitMs: number) => {
    const dueAtMs = Date.now() + waitMs;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (Date.now() - dueAtMs > LATE_MS) wait(AWAKE_MS);
      else controller.abort(new ChatFailure('silent'));
    }, waitMs);
  };
  const heard = () => wait(silenceMs);
  heard();
  const over = new AbortController();
  const { signal } = over;
  outer.addEventListener('abort', follow, { signal });
  if (outer.aborted) follow();
  const end = () => {
    clearTimeout(timer);
    over.abort();
  };
  const call = { signal: controller.signal, heard, responded: false, isBlocked: isMixedContent(api), end };
  ofDocument('addEventListener')(
    'securitypolicyviolation',
    ({ blockedURI }) => (call.isBlocked ||= blockedURI.startsWith(api)),
    { signal },
  );
  return call;
}

/** `fetch` says "TypeError" for everything that isn't an answer; what is known beside it says more. */
async function explain(error: unknown, outer: AbortSignal, call: Call): Promise<unknown> {
  if (outer.aborted || error instanceof ChatFailure) return error;
  if (call.signal.reason instanceof ChatFailure) return call.signal.reason;
  if (call.responded) return new ChatFailure('interrupted');
  // What the policy of the page has to say may come a moment later.
  await new Promise((resolve) => setTimeout(resolve));
  return new ChatFailure(call.isBlocked ? 'blocked' : navigator.onLine ? 'unreachable' : 'offline');
}

function requireIdentity({ publicKey, agentId }: Identity): void {
  if (publicKey === '') throw new ChatFailure('credentials_missing');
  if (publicKey.includes('sk_')) throw new ChatFailure('secret_in_browser');
  if (!/^pk_[0-9a-z]{32}$/.test(publicKey)) throw new ChatFailure('credentials_malformed');
  if (agentId === '') throw new ChatFailure('not_found');
}
