/**
 * The one way to an upstream. It follows no redirect, sends what it is told and nothing of a caller's, gives each phase its time, and
 * bounds what it reads: in all, and for one line, so that nobody downstream has to hold a line without an end.
 */
import { LRUCache } from 'lru-cache';
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici';
import { agentLimits } from './agent-limits.ts';
import { UpstreamError } from './upstream-error.ts';

interface UpstreamTimes {
  readonly connectMs: number;
  readonly silenceMs: number;
}

const upstreamTimes: UpstreamTimes = { connectMs: 10_000, silenceMs: 30_000 };
/** Of one token in a piece of its own, with all that stands around it; most send some 350. */
const tokenBytesMax = 512;
const bytesMax = agentLimits.outputTokens * tokenBytesMax;
const lineBytesMax = 256 * 1024;
/** Of one organization to one upstream. */
const connectionsMax = 128;
const organizationsMax = 1_000;
/** Of one origin; of more the oldest are forgotten. */
const givenUpMax = 100;

interface UpstreamWatch {
  /** A connection takes the request: nothing was sent before. */
  readonly onSent?: (() => void) | undefined;
  /** The call was given up on while there was no connection, and then none came. */
  readonly onUnreached?: ((error: Error) => void) | undefined;
}

interface UpstreamCaller {
  readonly upstream: string;
  /** Who it is asked for. Each has connections of its own, so that none takes those of another. */
  readonly organizationId: string;
}

export type UpstreamFetch = (caller: UpstreamCaller, watch?: UpstreamWatch) => typeof globalThis.fetch;

interface Way {
  readonly dispatcher: Agent;
  /** Tells when the connection that is being made to this address fails, though nobody waits for it. */
  readonly giveUp: (url: string, tell: (error: Error) => void) => void;
}

export function createUpstreamFetch({ connectMs, silenceMs }: UpstreamTimes = upstreamTimes): UpstreamFetch {
  // Closing waits for what is under way.
  const ways = new LRUCache<string, Way>({
    max: organizationsMax,
    dispose: ({ dispatcher }) => void dispatcher.close(),
  });

  function wayOf(organizationId: string): Way {
    const known = ways.get(organizationId);
    if (known !== undefined) return known;
    const dispatcher = new Agent({
      connect: { timeout: connectMs },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      connections: connectionsMax,
      pipelining: 1,
    });
    const way = { dispatcher, giveUp: createGivenUp(dispatcher) };
    ways.set(organizationId, way);
    return way;
  }

  return ({ upstream, organizationId }, { onSent, onUnreached } = {}) =>
    async (url, init) => {
      const { dispatcher, giveUp } = wayOf(organizationId);
      let isSent = false;
      const watched = dispatcher.compose(
        (dispatch) => (options, handler) =>
          dispatch(
            options,
            withStart(handler, () => {
              isSent = true;
              onSent?.();
            }),
          ),
      );
      const headers = new Headers(init?.headers);
      // What is compressed can't be bounded before it is read.
      headers.set('accept-encoding', 'identity');
      headers.set('user-agent', 'postern');
      const response = await undiciFetch(url instanceof Request ? url.url : url, {
        method: 'POST',
        headers: [...headers],
        body: init?.body as string,
        signal: init?.signal ?? null,
        redirect: 'manual',
        dispatcher: watched,
      }).catch((error: unknown) => {
        if (!isSent && onUnreached !== undefined && init?.signal?.aborted === true)
          giveUp(url instanceof Request ? url.url : String(url), onUnreached);
        throw error;
      });
      const { status, body } = response;
      if (status >= 300 && status < 400) {
        await body?.cancel();
        throw new UpstreamError('redirect', upstream, `answered ${status}, a redirect, which is not followed`, {
          status,
        });
      }
      if (response.headers.has('content-encoding') && response.headers.get('content-encoding') !== 'identity') {
        await body?.cancel();
        throw new UpstreamError('garbage', upstream, 'answered with a compressed body, which it was not asked for');
      }
      const bounded = body === null ? null : (body as ReadableStream<Uint8Array>).pipeThrough(createBound(upstream));
      return new Response(bounded, {
        status,
        headers: [...response.headers],
      });
    };
}

/** `onStart` is called as a connection takes the request, before its first byte. */
function withStart(handler: Dispatcher.DispatchHandler, onStart: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      onStart();
      handler.onRequestStart?.(controller, context);
    },
    onResponseStart: (...started) => handler.onResponseStart?.(...started),
    onResponseData: (...data) => handler.onResponseData?.(...data),
    onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
    onResponseError: (...failed) => handler.onResponseError?.(...failed),
  };
}

/** Who gave a connection up that is still being made, by its origin: told when it fails, forgotten when it is there. */
function createGivenUp(dispatcher: Agent): Way['giveUp'] {
  const givenUp = new Map<string, readonly ((error: Error) => void)[]>();
  const take = (origin: string) => {
    const waiting = givenUp.get(origin) ?? [];
    givenUp.delete(origin);
    return waiting;
  };
  dispatcher.on('connect', ({ origin }) => take(origin));
  dispatcher.on('connectionError', ({ origin }, _targets, error) => take(origin).forEach((tell) => tell(error)));
  return (url, tell) => {
    const { origin } = new URL(url);
    givenUp.set(origin, [...(givenUp.get(origin) ?? []), tell].slice(-givenUpMax));
  };
}

const lineFeed = 10;

function createBound(upstream: string): TransformStream<Uint8Array, Uint8Array> {
  let read = 0;
  let line = 0;
  return new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      const lastBreak = chunk.lastIndexOf(lineFeed);
      line = lastBreak === -1 ? line + chunk.byteLength : chunk.byteLength - lastBreak - 1;
      if (read > bytesMax || line > lineBytesMax) {
        throw new UpstreamError(
          'too_long',
          upstream,
          `sent more than ${read > bytesMax ? bytesMax : lineBytesMax} bytes in ${read > bytesMax ? 'an answer' : 'a line'}`,
        );
      }
      controller.enqueue(chunk);
    },
  });
}
