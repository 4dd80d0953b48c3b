/** What every refusal must look like, whatever its code. */
import { expect } from 'vitest';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import type { Reply } from './requests.ts';

const exposed = 'X-Request-Id,Retry-After,RateLimit,RateLimit-Policy,X-Should-Retry';

export interface ExpectedFields {
  /** Defaults to the code's title. */
  readonly detail?: string;
  readonly fix?: string;
  readonly origin?: string;
  readonly problems?: readonly { readonly path: string; readonly message: unknown }[];
}

/** The status and the whole body, field by field; no field but those. */
export function expectProblemBody(reply: Reply, publicOrigin: string, code: ProblemCode, fields: object = {}): void {
  const { status, title } = problems[code];
  expect(reply.problem()).toEqual({
    type: `${publicOrigin}/api/docs#${code}`,
    title,
    status,
    code,
    detail: title,
    requestId: reply.headers['x-request-id'],
    ...fields,
  });
  expect(reply.status).toBe(status);
  if (code === 'rate_limited') expectLimit(reply);
}

/** What says when the next try may help, and which limit it was. */
export function expectLimit({ headers }: Reply): void {
  const seconds = Number(headers['retry-after']);
  expect(seconds).toBeGreaterThan(0);
  const field = String(headers.ratelimit);
  const [, name] = new RegExp(`"([a-z-]+)";r=0;t=${seconds}\\b`).exec(field) ?? [];
  expect(name, field).toBeDefined();
  expect(headers['ratelimit-policy']).toMatch(
    new RegExp(`"${name}";q=\\d+;(?:w=\\d+|qu="concurrent-requests")(?:,|$)`),
  );
}

/** The whole answer of `/api/v1`, header by header too. */
export function expectProblem(
  reply: Reply,
  publicOrigin: string,
  code: ProblemCode,
  fields: ExpectedFields = {},
): void {
  expectProblemBody(reply, publicOrigin, code, fields);
  const { status } = problems[code];
  expect(reply.headers['x-request-id']).toMatch(/^[0-9a-z]{10}-[0-9a-z]+$/);
  expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(reply.headers['access-control-allow-origin']).toBe('*');
  expect(reply.headers['access-control-expose-headers']).toBe(exposed);
  expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
  expect(reply.headers['www-authenticate']).toBe(challenges[code] ?? (status === 401 ? invalidToken : undefined));
  expect(reply.headers).not.toHaveProperty('location');
}

const invalidToken = 'Bearer realm="postern", error="invalid_token"';
const challenges: Partial<Record<ProblemCode, string>> = {
  credentials_missing: 'Bearer realm="postern"',
  scope_missing: 'Bearer realm="postern", error="insufficient_scope"',
};
