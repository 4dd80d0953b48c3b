/** Lets a call through when its key may make it; otherwise answers why not. */
import type { RequestHandler } from 'express';
import type { BuiltInScope } from '../gate/scope.ts';
import type { Call } from '../gate/call.ts';
import type { Authenticator } from '../gate/authenticate.ts';
import type { LimitPolicy } from '../gate/problem.ts';
import { isOwnCall } from './call-self.ts';
import { readCall, type PublicPlace } from './credentials.ts';
import type { ProblemAnswers } from './errors.ts';
import { setLimitHeaders } from './limit-headers.ts';
import type { OpenRequests } from './open-requests.ts';

/** Needs the scope, or any one of several; undefined: whatever the key has. */
export type RequireKey = (
  scope?: BuiltInScope | readonly BuiltInScope[],
  options?: Pick<Call, 'isUnlimited'>,
) => RequestHandler;

export function createRequireKey(
  authenticator: Pick<Authenticator, 'authenticate' | 'judge'>,
  answers: ProblemAnswers,
  place: PublicPlace,
  openRequests?: OpenRequests,
): RequireKey {
  return (scope, options) => async (request, response, next) => {
    const call = readCall(request, place);
    const verdict = isOwnCall(request.headers)
      ? (await authenticator.judge(call, scope)).verdict
      : await authenticator.authenticate({ ...call, ...options, enter }, scope);
    response.locals.verdict = verdict;
    setLimitHeaders(response, verdict.limits);
    if (!verdict.ok) answers.answer(response, verdict.refusal);
    else next();

    function enter(keyId: string): LimitPolicy | undefined {
      if (openRequests === undefined || response.closed) return undefined;
      const isStream = request.headers.accept?.includes('text/event-stream') === true;
      const entered = openRequests.enter(keyId, call.ip ?? '', isStream);
      if (typeof entered !== 'function') return entered;
      response.once('close', entered);
      return undefined;
    }
  };
}
