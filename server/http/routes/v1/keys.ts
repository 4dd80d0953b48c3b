import type { IRouter } from 'express';
import type { z } from 'zod';
import type { Call } from '../../../gate/call.ts';
import type { Clock } from '../../../gate/clock.ts';
import { isRefusal } from '../../../gate/problem.ts';
import type { Store } from '../../../store/port.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import type { Judge } from '../../judge.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentCaller, presentVerdict } from '../../present.ts';
import { verifyInput } from '../../request-input.ts';
import type { RequireKey } from '../../require-key.ts';

/** `/api/v1/key`, who am I, and `/api/v1/keys/verify`, who is this. */
export function addKeyRoutes(
  routes: IRouter,
  parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly judge: Judge;
    readonly requireKey: RequireKey;
    readonly answers: ProblemAnswers;
  },
): void {
  const { store, clock, judge, requireKey, answers } = parts;

  routes
    .route('/api/v1/key')
    .get(requireKey(), async (_request, response) => {
      const caller = callerOf(response);
      const { organizationId, mode } = caller.principal;
      const credits = mode === 'secret' ? await store.findCredits(organizationId) : undefined;
      answerJson(response, presentCaller(caller, clock(), credits));
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/keys/verify')
    .post(requireKey('keys:verify', { isUnlimited: true }), createJsonBody(), async (request, response) => {
      const body = parseBody(verifyInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      const { scope, cost, idempotencyKey } = body.value;
      const { organizationId } = callerOf(response).principal;
      const { verdict, credits } = await judge(visitorsCall(body.value, organizationId), {
        organizationId,
        scope,
        cost,
        idempotencyKey,
      });
      response.locals.judged = verdict;
      answerJson(response, presentVerdict(verdict, credits));
    })
    .all(answers.methodNotAllowed('POST'));
}

/** Judged as if it had come in headers. An empty one was not sent: some servers hand it on so. */
function visitorsCall(
  { authorization, credential, origin, ip }: z.output<typeof verifyInput>,
  organizationId: string,
): Call {
  const header = credential === undefined || credential === '' ? authorization : `Bearer ${credential}`;
  return {
    authorizations: header === undefined || header === '' ? [] : [header],
    origins: origin === undefined || origin === '' ? [] : [origin],
    isSameOriginRead: false,
    ...(ip !== undefined && { ip, ipSaidBy: organizationId }),
  };
}
