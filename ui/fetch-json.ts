/** The one file of the pages that fetches: it answers a value or throws an `ApiError`; an aborted call rejects with `AbortError`. */
import { ApiError, type ApiFailure } from './api-error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Sent {
  readonly body?: object | undefined;
  readonly signal?: AbortSignal | undefined;
}

const timeoutMs = 30_000;

/** Undefined where the answer is 204. */
export async function fetchJson<Result>(method: Method, path: string, { body, signal }: Sent = {}): Promise<Result> {
  const response = await send(path, {
    method,
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.status === 204) return undefined as Result;
  const answer: unknown = await response.json().catch((error: unknown) => {
    if (signal?.aborted) throw error;
    return undefined;
  });
  if (response.ok && answer !== undefined) return answer as Result;
  throw readProblem(response, answer);
}

/** What a stream of events says, one JSON value each, until it ends. Whoever stops reading ends it. */
export async function* fetchEvents<Event>(path: string, { body, signal }: Sent = {}): AsyncGenerator<Event, void> {
  const response = await send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
    signal: signal ?? null,
  });
  if (!response.ok || response.body === null) {
    throw readProblem(response, await response.json().catch(() => undefined));
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw notReached();
      });
      if (done) return;
      const lines = (text + value).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as Event;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function send(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...request, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw error instanceof DOMException ? offline('The server did not answer in time. Try again.') : notReached();
  }
}

const notReached = (): ApiError => offline('The server can not be reached. Check the connection and try again.');

const offline = (detail: string): ApiError => new ApiError({ status: 0, code: 'offline', detail });

function readProblem(response: Response, answer: unknown): ApiError {
  const { status, headers } = response;
  const waitSeconds = Number(headers.get('retry-after'));
  const problem = (typeof answer === 'object' ? answer : undefined) as Partial<ApiFailure> | null | undefined;
  return new ApiError({
    ...problem,
    status,
    code: problem?.code ?? 'unexpected',
    detail: problem?.detail ?? `The server gave an answer that this page does not understand (${status}).`,
    retryAfterSeconds: waitSeconds > 0 ? waitSeconds : undefined,
  });
}
