/**
 * How an API of one's own answers a visitor whom the gate refused: the problem (RFC 9457) that Postern itself would answer, which a
 * page may read. And what it says to a preflight, with which no credentials can come.
 */
import { limitField } from '../gate/limit-fields.ts';
import { challengeOf } from '../gate/problem.ts';
import type { LimitLeft } from '../http/wire.ts';
import type { Denial } from './gate.ts';

const exposed = 'Retry-After, RateLimit';

/** So that any page may read the answer. The key was the gate. */
export const corsHeaders: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': exposed,
};

export function isPreflight(method: string, header: (name: string) => string | null | undefined): boolean {
  return method === 'OPTIONS' && Boolean(header('origin')) && Boolean(header('access-control-request-method'));
}

export function preflightHeaders(header: (name: string) => string | null | undefined): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': header('access-control-request-method') ?? '',
    'Access-Control-Allow-Headers': header('access-control-request-headers') ?? '',
    'Access-Control-Max-Age': '7200',
    Vary: 'Access-Control-Request-Method, Access-Control-Request-Headers',
  };
}

export function limitHeaders(limits: readonly LimitLeft[]): Record<string, string> {
  return limits.length === 0 ? {} : { RateLimit: limitField(limits) };
}

export function denialHeaders({ code, retryAfterSeconds }: Denial): Record<string, string> {
  const challenge = challengeOf(code);
  return {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
    ...(retryAfterSeconds !== null && { 'Retry-After': String(retryAfterSeconds) }),
  };
}

export function denialBody({ status, code, title, detail, fix }: Denial): string {
  return JSON.stringify({ title, status, code, detail, ...(fix !== null && { fix }) });
}
