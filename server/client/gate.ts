/**
 * Asks a Postern server who calls, for an API of one's own: `POST /api/v1/keys/verify` over connections that are kept. It fails
 * closed: no answer in time, or one that is no verdict, refuses the visitor with 503. A credential is never in an error.
 */
import type { KeyVerdict, LimitLeft } from '../http/wire.ts';

/** Where the gate is, and the pair with the scope `keys:verify` that asks it. */
export interface GateOptions {
  /** The server's public origin, such as `https://gate.example.com`. */
  readonly url: string;
  /** `pk_…:sk_…` */
  readonly credential: string;
  /** For one visitor's call, in all: 2,000 unless given. */
  readonly timeoutMs?: number;
  /** Told when the gate could not be asked, once for each call. Its message names no credential. Default: `console.error`. */
  readonly onError?: (error: Error) => void;
}

/** What a call must have. */
export interface Needs {
  /** Such as `invoices:read`. */
  readonly scope?: string;
  /** Credits that the call takes, 0 to 1,000,000. */
  readonly cost?: number;
  /** The API's own public origin: its own pages' reads come without an Origin. */
  readonly origin?: string;
}

/** What a visitor's request shows. Undefined and null: it is not there. */
export interface Shown {
  /** `GET` … */
  readonly method: string;
  /** The whole header. Of several, all of them, with a comma between. */
  readonly authorization?: string | null | undefined;
  readonly origin?: string | null | undefined;
  /** `Sec-Fetch-Site` */
  readonly site?: string | null | undefined;
  /** The visitor's address, for the limits by address. */
  readonly ip?: string | null | undefined;
  /**
   * The API's own name for what is charged: a repeated one takes its cost once, within 24 hours. At most 200 characters. Never
   * as the visitor sent it, who would pay once for any number of calls.
   */
  readonly idempotencyKey?: string | null | undefined;
}

/** Who calls. */
export type Principal = Omit<Extract<KeyVerdict, { valid: true }>, 'valid' | 'code' | 'status' | 'limits'>;

/** What to answer a visitor who may not pass. `detail` and `fix` are public. */
export type Denial = Omit<Extract<KeyVerdict, { valid: false }>, 'valid' | 'limits'>;

export type Judged =
  | { readonly ok: true; readonly principal: Principal; readonly limits: readonly LimitLeft[] }
  | { readonly ok: false; readonly denial: Denial; readonly limits: readonly LimitLeft[] };

/** Judges calls; over HTTP (`createGate`) or in this process (`openGate` of `postern`). */
export interface Gate {
  judge(shown: Shown, needs?: Needs): Promise<Judged>;
}

const timeoutMsUsual = 2_000;

/** Nobody can tell whether the call may pass: it may not. */
export const storeAway: Judged = {
  ok: false,
  denial: {
    status: 503,
    code: 'store_unavailable',
    title: 'The service is not available right now.',
    detail: 'Whether this key may call can’t be checked right now.',
    fix: 'Try again in a few seconds.',
    retryAfterSeconds: 2,
  },
  limits: [],
};

export function createGate({
  url,
  credential,
  timeoutMs = timeoutMsUsual,
  // eslint-disable-next-line no-console -- another program's, whose log is not known here
  onError = (error) => console.error(error.message),
}: GateOptions): Gate {
  const address = new URL('/api/v1/keys/verify', url);
  if (!/^pk_\w+:sk_\w+$/.test(credential)) {
    throw new TypeError('The credential of a gate is a pair, pk_…:sk_…, with the scope keys:verify.');
  }

  async function ask(body: string, signal: AbortSignal): Promise<Response> {
    const request = {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body,
      signal,
      // The pair goes to the gate and nowhere else.
      redirect: 'error',
    } as const;
    try {
      return await fetch(address, request);
    } catch (error) {
      // A kept connection that the gate closed meanwhile. What it took for a cost it doesn't take again.
      if (signal.aborted) throw error;
      return fetch(address, request);
    }
  }

  return {
    async judge(shown, needs = {}) {
      try {
        const response = await ask(JSON.stringify(questionOf(shown, needs)), AbortSignal.timeout(timeoutMs));
        const answer = (await response.json()) as KeyVerdict;
        const judged = response.ok ? readVerdict(answer) : undefined;
        if (judged !== undefined) return judged;
        onError(new Error(`The gate at ${address.origin} answered ${response.status} ${refusedCode(answer)}.`.trim()));
      } catch (error) {
        onError(new Error(`The gate at ${address.origin} gave no answer: ${reasonOf(error, timeoutMs)}.`));
      }
      return storeAway;
    },
  };
}

/** Where a call comes from: a read of the API's own page says so without an Origin. */
export function originOf({ method, origin, site }: Shown, needs: Needs): string | undefined {
  const isOwnRead = (method === 'GET' || method === 'HEAD') && site === 'same-origin';
  return origin ?? (isOwnRead ? needs.origin : undefined);
}

function questionOf(shown: Shown, needs: Needs): object {
  const { authorization, ip, idempotencyKey } = shown;
  return {
    authorization: authorization ?? null,
    origin: originOf(shown, needs) ?? null,
    ip: ip ?? null,
    scope: needs.scope ?? null,
    ...(needs.cost !== undefined && {
      cost: needs.cost,
      idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
    }),
  };
}

/** Undefined: it is no verdict. */
export function readVerdict(answer: KeyVerdict): Judged | undefined {
  const { limits } = answer;
  if (answer.valid) {
    const { organizationId, mode, scopes, origin, key, credits } = answer;
    return { ok: true, principal: { organizationId, mode, scopes, origin, key, credits }, limits };
  }
  const { status, code, title, detail, fix, retryAfterSeconds } = answer;
  // What says neither yes nor no is not from a gate.
  if (!(status >= 400)) return undefined;
  return { ok: false, denial: { status, code, title, detail, fix, retryAfterSeconds }, limits };
}

/** Such as `key_invalid`: the pair of this API itself was refused. */
function refusedCode(answer: unknown): string {
  const { code } = (answer ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `none within ${timeoutMs} ms`;
  if (error instanceof SyntaxError) return 'what came is no JSON';
  const { code } = ((error as Error).cause ?? error) as { readonly code?: unknown };
  return typeof code === 'string' ? code : 'the connection failed';
}
