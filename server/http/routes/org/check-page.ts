/** `/api/org/{organizationId}/check-page`: why the chat doesn't work on a page. */
import type { IRouter } from 'express';
import type { CheckPage } from '../../../doctor/page-checks.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { memberOf } from '../../locals.ts';
import { answerJson } from '../../present.ts';
import { readerOf } from '../../reader.ts';
import { pageInput } from '../../request-input.ts';
import type { RequireMember } from '../../require-member.ts';
import type * as Wire from '../../wire.ts';

export interface PageCheckRouteParts {
  readonly checkPage: CheckPage;
  readonly requireMember: RequireMember;
  readonly answers: ProblemAnswers;
}

export function addPageCheckRoute(routes: IRouter, { checkPage, requireMember, answers }: PageCheckRouteParts): void {
  routes
    .route('/api/org/:organizationId/check-page')
    .post(requireMember('member'), createJsonBody(), async (request, response) => {
      const input = parseBody(pageInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const report = await checkPage(memberOf(response).organizationId, new URL(input.value.url), readerOf(response));
      if (isRefusal(report)) return answers.answer(response, report);
      answerJson<Wire.PageReport>(response, report);
    })
    .all(answers.methodNotAllowed('POST'));
}
