/** `/api/org/{organizationId}/members`: who belongs to an organization. */
import type { IRouter, Request, Response } from 'express';
import { mailedInviteInput, roleInput } from '../../../accounts/account-input.ts';
import type { MailInvitation } from '../../../accounts/mail-invitation.ts';
import { createMemberManager, type MemberManager } from '../../../accounts/members.ts';
import type { SetupLinks } from '../../../accounts/setup-links.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, isId, parseBody } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentInvitation, presentMember } from '../../present.ts';
import type { OrgRouteParts } from './keys.ts';
import type * as Wire from '../../wire.ts';

export interface OrgMemberParts extends OrgRouteParts {
  readonly links: SetupLinks;
  /** The address that a one-time link's token makes. */
  readonly linkUrl: (token: string) => string;
  readonly mailInvitation: MailInvitation;
}

export function addOrgMemberRoutes(routes: IRouter, parts: OrgMemberParts): void {
  const { store, clock, links, requireMember, answers, linkUrl, mailInvitation } = parts;
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
      const input = parseBody(mailedInviteInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { members, organizationId } = open(response);
      const { mail, ...asked } = input.value;
      const invited = await members.invite(organizationId, asked);
      if (isRefusal(invited)) return answers.answer(response, invited);
      const url = linkUrl(invited.token);
      const mailed = await mailInvitation(memberOf(response).actor, invited.link, url, mail);
      response.statusCode = 201;
      answerJson<Wire.CreatedInvitation>(response, {
        invitation: presentInvitation(invited.link),
        url,
        mail: mailed && { sent: mailed.sent, failure: mailed.failure },
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
}

/** A person's id, or an invitation's; any other text is nobody's. */
function idOf(request: Request): string {
  const { userId } = request.params;
  return isId(userId, 'usr') || isId(userId, 'lnk') ? userId : '';
}
