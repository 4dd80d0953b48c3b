/** `requireKey` for whatever speaks Fetch: Hono, Next.js route handlers, Bun, Deno, workers. */
import { corsHeaders, denialBody, denialHeaders, isPreflight, limitHeaders, preflightHeaders } from './answer.ts';
import type { Gate, Needs, Principal } from './gate.ts';

export type VerifiedRequest =
  | {
      readonly ok: true;
      readonly principal: Principal;
      /** To be set on the answer, so that a page may read it. */
      readonly headers: Readonly<Record<string, string>>;
    }
  /** To be answered as it is: a preflight, or why the call may not pass. */
  | { readonly ok: false; readonly response: Response };

export interface VerifyOptions extends Needs {
  /** The visitor's address as your platform tells it, for the limits by address. */
  readonly ip?: string | undefined;
  /** The API's own name for what is charged (`Shown`). */
  readonly idempotencyKey?: string | undefined;
}

/** Judges a request. The body is not read. */
export async function verifyRequest(
  request: Request,
  gate: Gate,
  options: VerifyOptions = {},
): Promise<VerifiedRequest> {
  const { ip, idempotencyKey, ...needs } = options;
  const { method, headers } = request;
  const header = (name: string): string | null => headers.get(name);
  if (isPreflight(method, header)) {
    return { ok: false, response: new Response(null, { status: 204, headers: preflightHeaders(header) }) };
  }
  const shown = {
    method,
    authorization: header('authorization'),
    origin: header('origin'),
    site: header('sec-fetch-site'),
    ip,
    idempotencyKey,
  };
  const judged = await gate.judge(shown, needs);
  const passed = { ...corsHeaders, ...limitHeaders(judged.limits) };
  if (judged.ok) return { ok: true, principal: judged.principal, headers: passed };
  const { denial } = judged;
  const answer = { status: denial.status, headers: { ...passed, ...denialHeaders(denial) } };
  return { ok: false, response: new Response(denialBody(denial), answer) };
}
