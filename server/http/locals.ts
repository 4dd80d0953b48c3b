/** What the layers of one request leave for each other in `response.locals`. */
import type { ProblemCode } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { Role } from '../records/membership.ts';
import type { Accepted, Verdict } from '../gate/verdict.ts';

/** Who calls for an organization, and what they may do there. */
export interface MemberCaller {
  readonly organizationId: string;
  readonly actor: Actor;
  readonly role: Role;
}

declare global {
  // Express's own way to type `response.locals`.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Locals {
      requestId: string;
      /** Set by `require-key`: whatever came of the credentials. */
      verdict?: Verdict;
      /** Set by `keys/verify`: what came of the visitor's credentials, which are another key than the caller's. */
      judged?: Verdict;
      /** Set by `require-member`: who calls for an organization. */
      member?: MemberCaller;
      /** Set with a session: who is signed in. */
      userId?: string;
      /** Set by the routes of the OpenAI interface: refusals have its `error` too. */
      isForOpenAi?: true;
      /** Set by `errors`: what was answered instead. */
      problemCode?: ProblemCode;
      /** Set by `errors`: what broke, for the log. */
      failure?: unknown;
    }
  }
}

/** The accepted call; only for routes behind `require-key`. */
export function callerOf(response: { locals: Express.Locals }): Accepted {
  const { verdict } = response.locals;
  if (verdict?.ok !== true) throw new Error('This route is not behind require-key.');
  return verdict;
}

/** Who calls for the organization; only for routes behind `require-member`. */
export function memberOf(response: { locals: Express.Locals }): MemberCaller {
  const { member } = response.locals;
  if (member === undefined) throw new Error('This route is not behind require-member.');
  return member;
}
