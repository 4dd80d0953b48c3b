/** `/api/org/{organizationId}/members` and `/audit`: who belongs to an organization, and who changed what. */
import type { IRouter, Request, Response } from 'express';
import { inviteInput, roleInput } from '../../../accounts/account-input.ts';
import { createMemberManager, type MemberManager } from '../../../accounts/members.ts';
import type { SetupLinks } from '../../../accounts/setup-links.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, isId, parseBody, parsePage } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentAuditEvent, presentInvitation, presentMember } from '../../present.ts';
import type { OrgRouteParts } from './keys.ts';
import type * as Wire from '../../wire.ts';

export interface OrgMemberParts extends OrgRouteParts {
  readonly links: SetupLinks;
  /** The address that a one-time link's token makes. */
  readonly linkUrl: (token: string) => string;
}

export function addOrgMemberRoutes(routes: IRouter, parts: OrgMemberParts): void {
  const { store, clock, links, requireMember, answers, linkUrl } = parts;
  const body = createJsonBody();

  function open(response: Response): { members: MemberManager; organizationId: string } {
    const { organizationId, actor } = memberOf(response);
    return { members: createMemberManager({ store, clock, links, actor }), organizationId };
  }

  routes
    .route('/api/org/:organizationId/members')
    .get(requireMember('viewer'), async (_request, response) => {
      const { members, organizationId } = open(response);
      const listed = await members.list(organizationId);
      answerJson<Wire.Members>(response, {
        data: listed.members.map(presentMember),
        invitations: listed.invitations.map(presentInvitation),
      });
    })
    .post(requireMember('owner'), body, async (request, response) => {
      const input = parseBody(inviteInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { members, organizationId } = open(response);
      const invited = await members.invite(organizationId, input.value);
      if (isRefusal(invited)) return answers.answer(response, invited);
      response.statusCode = 201;
      answerJson<Wire.CreatedInvitation>(response, {
        invitation: presentInvitation(invited.link),
        url: linkUrl(invited.token),
      });
    })
    .all(answers.methodNotAllowed('GET', 'POST'));

  const isOwner = requireMember('owner');
  // Whoever may read may also leave; everybody else's membership is an owner's business.
  const mayRemove = requireMember(({ actor }, { params }) =>
    actor.kind === 'user' && actor.id === params.userId ? 'viewer' : 'owner',
  );

  routes
    .route('/api/org/:organizationId/members/:userId')
    .patch(isOwner, body, async (request, response) => {
      const input = parseBody(roleInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { members, organizationId } = open(response);
      const member = await members.change(organizationId, idOf(request), input.value.role);
      if (isRefusal(member)) return answers.answer(response, member);
      answerJson(response, presentMember(member));
    })
    .delete(mayRemove, async (request, response) => {
      const { members, organizationId } = open(response);
      const refusal = await members.remove(organizationId, idOf(request));
      if (refusal !== undefined) return answers.answer(response, refusal);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('PATCH', 'DELETE'));

  routes
    .route('/api/org/:organizationId/audit')
    .get(requireMember('viewer'), async (request, response) => {
      const page = parsePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { items, nextCursor } = await store.listAudit(memberOf(response).organizationId, page.value);
      answerJson<Wire.AuditPage>(response, { data: items.map(presentAuditEvent), nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));
}

/** A person's id, or an invitation's; any other text is nobody's. */
function idOf(request: Request): string {
  const { userId } = request.params;
  return isId(userId, 'usr') || isId(userId, 'lnk') ? userId : '';
}
