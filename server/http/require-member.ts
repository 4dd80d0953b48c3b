/**
 * Lets a call through to an organization's things: a person who is signed in and a member, or a key pair of that
 * organization with the scope. What belongs to another organization is answered as if it were not there.
 */
import type { Request, RequestHandler, Response } from 'express';
import { isAtLeast } from '../accounts/roles.ts';
import type { CurrentSession, Sessions } from '../accounts/sessions.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Role } from '../records/membership.ts';
import type { BuiltInScope } from '../gate/scope.ts';
import type { Store } from '../store/port.ts';
import { isId } from './body.ts';
import type { ProblemAnswers } from './errors.ts';
import { callerOf, type MemberCaller } from './locals.ts';
import type { RequireKey } from './require-key.ts';
import type { SessionCookie } from './session-cookie.ts';

interface RequireMemberParts {
  readonly store: Pick<Store, 'findMember'>;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly cookie: SessionCookie;
  readonly requireKey: RequireKey;
  readonly answers: ProblemAnswers;
  readonly publicOrigin: string;
}

/**
 * `needed`: the least role, where need be by who calls for what. `scopes`: any of them lets a key pair through, which may
 * then do what a member may.
 */
export type RequireMember = (
  needed: Role | ((caller: MemberCaller, request: Request) => Role),
  scopes?: readonly BuiltInScope[],
) => RequestHandler;

export const noSuchOrganization = refuse('not_found', { detail: 'There is no such organization.' });

const signInFirst = refuse('sign_in_required', {
  fix: 'Sign in at /sign-in, or send a key pair that has the scope keys:manage.',
});

export function createRequireMember(parts: RequireMemberParts): RequireMember {
  const { store, requireKey, answers } = parts;
  const requireSession = requireCurrentSession(parts);

  return (needed, scopes = ['keys:manage']) => {
    const requirePair = requireKey(scopes);

    function letThrough(request: Request, response: Response, caller: MemberCaller, next: () => void): void {
      const least = typeof needed === 'string' ? needed : needed(caller, request);
      if (!isAtLeast(caller.role, least)) {
        return answers.answer(
          response,
          refuse('forbidden', {
            detail: `This needs the role ${least}; you are ${caller.role === 'owner' ? 'an' : 'a'} ${caller.role}.`,
            fix: 'Ask an owner of the organization to do it, or to change your role in Settings → Members.',
          }),
        );
      }
      response.locals.member = caller;
      next();
    }

    return async (request, response, next) => {
      const { organizationId } = request.params;
      if (request.headers.authorization !== undefined) {
        await requirePair(request, response, () => {
          const { principal, key } = callerOf(response);
          if (principal.organizationId !== organizationId) return answers.answer(response, noSuchOrganization);
          const actor = { kind: 'key', id: key.id, name: key.name } as const;
          letThrough(request, response, { organizationId, actor, role: 'member' }, next);
        });
        return;
      }
      const current = await requireSession(request, response);
      if (current === undefined) return;
      const { user } = current;
      const membership = isId(organizationId, 'org') ? await store.findMember(organizationId, user.id) : undefined;
      if (membership === undefined) return answers.answer(response, noSuchOrganization);
      const actor = { kind: 'user', id: user.id, name: user.email } as const;
      letThrough(request, response, { organizationId: membership.organizationId, actor, role: membership.role }, next);
    };
  };
}

/** The session of a request, or undefined when it was answered: nobody is signed in, or a change comes from another page. */
export function requireCurrentSession(
  parts: Pick<RequireMemberParts, 'sessions' | 'cookie' | 'answers' | 'publicOrigin'>,
): (request: Request, response: Response) => Promise<CurrentSession | undefined> {
  const { sessions, cookie, answers, publicOrigin } = parts;
  return async (request, response) => {
    const sealed = cookie.read(request);
    const current = sealed === undefined ? undefined : await sessions.find(sealed);
    if (current === undefined) {
      if (sealed !== undefined) cookie.clear(response);
      answers.answer(response, signInFirst);
      return undefined;
    }
    response.locals.userId = current.user.id;
    const refusal = isRead(request) ? undefined : refuseOtherPage(request, publicOrigin);
    if (refusal === undefined) return current;
    answers.answer(response, refusal);
    return undefined;
  };
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Browsers send the page's Origin with every change; another site's page, or none at all, changes nothing here. */
export function refuseOtherPage(request: Request, publicOrigin: string): Refusal | undefined {
  if (request.headers.origin === publicOrigin) return undefined;
  return refuse('forbidden', {
    detail: 'Only a page of this server may do this.',
    fix: `Send the header "Origin: ${publicOrigin}"; browsers do it by themselves on pages of ${publicOrigin}.`,
  });
}
