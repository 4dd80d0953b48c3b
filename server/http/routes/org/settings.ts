/** `/api/org/{organizationId}/settings`: what is said of an organization as a whole. */
import type { IRouter } from 'express';
import { organizationInput } from '../../../accounts/account-input.ts';
import { renameOrganization } from '../../../accounts/organizations.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson } from '../../present.ts';
import { noSuchOrganization } from '../../require-member.ts';
import type * as Wire from '../../wire.ts';
import type { OrgRouteParts } from './keys.ts';

export function addOrgSettingsRoutes(routes: IRouter, { store, clock, requireMember, answers }: OrgRouteParts): void {
  routes
    .route('/api/org/:organizationId/settings')
    .get(requireMember('viewer'), async (_request, response) => {
      const organization = await store.findOrganization(memberOf(response).organizationId);
      if (organization === undefined) return answers.answer(response, noSuchOrganization);
      answerJson<Wire.OrganizationSettings>(response, { name: organization.name });
    })
    .patch(requireMember('owner'), createJsonBody(), async (request, response) => {
      const input = parseBody(organizationInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { organizationId, actor } = memberOf(response);
      const renamed = await renameOrganization({ store, clock, actor }, organizationId, input.value.name);
      if (isRefusal(renamed)) return answers.answer(response, renamed);
      answerJson<Wire.OrganizationSettings>(response, { name: renamed.name });
    })
    .all(answers.methodNotAllowed('GET', 'PATCH'));
}
