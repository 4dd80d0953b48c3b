import type { IRouter } from 'express';
import { z } from 'zod';
import { isRefusal, problems } from '../../../gate/problem.ts';
import { isScope, scopeRule } from '../../../gate/scope.ts';
import type { Verdict } from '../../../gate/verdict.ts';
import type { Authenticator } from '../../../gate/authenticate.ts';
import type { Store } from '../../../store/port.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';
import { answerJson, presentCaller } from '../../present.ts';
import type { RequireKey } from '../../require-key.ts';
import type * as Wire from '../../wire.ts';

export const verifyInput = z.strictObject({
  // However long: what a visitor sent is judged, not refused as the caller's mistake.
  credential: z.string(),
  origin: z.string().optional(),
  scope: z.string().refine(isScope, scopeRule).optional(),
});

/** `/api/v1/key`, who am I, and `/api/v1/keys/verify`, who is this. */
export function addKeyRoutes(
  routes: IRouter,
  parts: {
    readonly store: Store;
    readonly authenticator: Authenticator;
    readonly requireKey: RequireKey;
    readonly answers: ProblemAnswers;
  },
): void {
  const { store, authenticator, requireKey, answers } = parts;

  routes
    .route('/api/v1/key')
    .get(requireKey(), async (_request, response) => {
      const caller = callerOf(response);
      const { organizationId, mode } = caller.principal;
      const credits = mode === 'secret' ? await store.findCredits(organizationId) : undefined;
      answerJson(response, presentCaller(caller, credits));
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/v1/keys/verify')
    .post(requireKey('keys:verify'), createJsonBody(), async (request, response) => {
      const body = parseBody(verifyInput, request);
      if (isRefusal(body)) return answers.answer(response, body);
      const { credential, origin, scope } = body.value;
      const verdict = await authenticator.verify(
        {
          // Judged as if it had come in a header.
          authorizations: [`Bearer ${credential}`],
          origins: origin === undefined ? [] : [origin],
          isSameOriginRead: false,
        },
        scope,
        callerOf(response).principal.organizationId,
      );
      answerJson(response, presentVerdict(verdict));
    })
    .all(answers.methodNotAllowed('POST'));
}

function presentVerdict(verdict: Verdict): Wire.KeyVerdict {
  if (verdict.outcome === 'refused') {
    const { code, detail, fix } = verdict.refusal;
    return { valid: false, code, detail: detail ?? problems[code].title, ...(fix !== undefined && { fix }) };
  }
  const { organizationId, keyId, mode, scopes: held } = verdict.principal;
  return { valid: true, code: 'ok', organizationId, keyId, mode, scopes: held };
}
