/** Lets a call through when its key may make it; otherwise answers why not. */
import type { RequestHandler } from 'express';
import type { Scope } from '../gate/scope.ts';
import type { LimitState } from '../gate/ports.ts';
import type { Authenticator } from '../gate/authenticate.ts';
import { isOwnCall } from './call-self.ts';
import { readCall } from './credentials.ts';
import type { ProblemAnswers } from './errors.ts';
import type { OpenRequests } from './open-requests.ts';

/** Needs the scope, or any one of several; undefined: whatever the key has. */
export type RequireKey = (scope?: Scope | readonly Scope[]) => RequestHandler;

export function createRequireKey(
  authenticator: Pick<Authenticator, 'authenticate' | 'judge'>,
  answers: ProblemAnswers,
  serverHost: string,
  openRequests?: OpenRequests,
): RequireKey {
  return (scope) => async (request, response, next) => {
    const call = readCall(request, serverHost);
    const verdict = isOwnCall(request.headers)
      ? (await authenticator.judge(call, scope)).verdict
      : await authenticator.authenticate({ ...call, enter }, scope);
    response.locals.verdict = verdict;
    if (verdict.limits.length > 0) {
      response.setHeader('RateLimit-Policy', verdict.limits.map(presentPolicy).join(', '));
      response.setHeader('RateLimit', verdict.limits.map(presentLimit).join(', '));
    }
    if (verdict.outcome === 'refused') answers.answer(response, verdict.refusal);
    else next();

    function enter(keyId: string): boolean {
      if (openRequests === undefined || response.closed) return true;
      const isStream = request.headers.accept?.includes('text/event-stream') === true;
      const leave = openRequests.enter(keyId, call.ip ?? '', isStream);
      if (leave !== undefined) response.once('close', leave);
      return leave !== undefined;
    }
  };
}

/** Structured fields of draft-ietf-httpapi-ratelimit-headers. */
function presentPolicy({ name, requests, windowSeconds }: LimitState): string {
  return `"${name}";q=${requests};w=${windowSeconds}`;
}

function presentLimit({ name, remaining, resetSeconds }: LimitState): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`;
}
