/** `/api/org/{organizationId}/settings`: what is said of an organization as a whole. */
import type { IRouter } from 'express';
import { settingsInput } from '../../../accounts/account-input.ts';
import { changeOrganization, settingsOf } from '../../../accounts/organizations.ts';
import { isRefusal } from '../../../gate/problem.ts';
import type { Organization } from '../../../records/organization.ts';
import { createJsonBody, parseBody } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentContact } from '../../present.ts';
import { noSuchOrganization } from '../../require-member.ts';
import type * as Wire from '../../wire.ts';
import type { OrgRouteParts } from './keys.ts';

export interface OrgSettingsParts extends OrgRouteParts {
  /** Of organizations that chose no retention. */
  readonly serverRetentionDays: number;
}

export function addOrgSettingsRoutes(routes: IRouter, parts: OrgSettingsParts): void {
  const { store, requireMember, answers } = parts;
  const present = (organization: Organization): Wire.OrganizationSettings => {
    const { auditReading, retentionDays, contact, privacyUrl } = settingsOf(organization, parts);
    const shown = { contact: contact && presentContact(contact), privacyUrl };
    return { name: organization.name, auditReading, retentionDays, ...shown };
  };

  routes
    .route('/api/org/:organizationId/settings')
    .get(requireMember('viewer'), async (_request, response) => {
      const organization = await store.findOrganization(memberOf(response).organizationId);
      if (organization === undefined) return answers.answer(response, noSuchOrganization);
      answerJson<Wire.OrganizationSettings>(response, present(organization));
    })
    .patch(requireMember('owner'), createJsonBody(), async (request, response) => {
      const input = parseBody(settingsInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { organizationId, actor } = memberOf(response);
      const changed = await changeOrganization({ ...parts, actor }, organizationId, input.value);
      if (isRefusal(changed)) {
        const extra: Wire.SettingsConflict = changed.deletes === undefined ? {} : { deletes: changed.deletes };
        return answers.answer(response, changed, { ...extra });
      }
      answerJson<Wire.OrganizationSettings>(response, present(changed));
    })
    .all(answers.methodNotAllowed('GET', 'PATCH'));
}
