/** What follows from who may call: what the call needs, and what it can be refused with. */
import { checks } from '../../gate/checks.ts';
import type { ProblemCode } from '../../gate/problem.ts';
import type { Caller, Operation } from './operation.ts';
import { problemCodes } from './problem-schemas.ts';

const fromKeyChecks: readonly ProblemCode[] = [...checks.flatMap(({ codes }) => codes), 'rate_limited'];
const fromAnywhere: readonly ProblemCode[] = ['request_invalid', 'headers_too_many', 'internal'];
const ofPages: readonly ProblemCode[] = ['server_busy', 'store_unavailable'];

/** What a caller may be refused with before the operation begins. */
function refusalsOf(caller: Caller): readonly ProblemCode[] {
  switch (caller.kind) {
    case 'anyone':
      return [];
    case 'key':
      return [
        ...fromKeyChecks.filter((code) => code !== 'scope_missing' || caller.scope !== undefined),
        'store_unavailable',
      ];
    case 'member':
      return [...fromKeyChecks, ...ofPages, 'sign_in_required', 'forbidden', 'not_found'];
    case 'session':
      return [...ofPages, 'sign_in_required', 'forbidden'];
    case 'ownPage':
      return [...ofPages, 'forbidden'];
    case 'proxy':
      return [...fromKeyChecks, 'store_unavailable'];
    case 'monitor':
      return ['credentials_missing', 'key_invalid', 'forbidden'];
  }
}

/** One of these is needed; an empty one needs nothing. */
export function securityOf(caller: Caller): readonly Readonly<Record<string, readonly string[]>>[] {
  switch (caller.kind) {
    case 'anyone':
    case 'ownPage':
      return [];
    case 'key': {
      const scopes = caller.scope === undefined ? [] : [caller.scope];
      return caller.isPairOnly ? [{ keyPair: scopes }] : [{ publishableKey: scopes }, { keyPair: scopes }];
    }
    case 'member':
      return [{ session: [] }, ...(caller.scopes ?? ['keys:manage']).map((scope) => ({ keyPair: [scope] }))];
    case 'session':
      return [{ session: [] }];
    case 'proxy':
      return [{ publishableKey: [] }, { keyPair: [] }];
    case 'monitor':
      return [{ metricsToken: [] }, {}];
  }
}

/** By the least role. */
export const whoMay: Readonly<Record<string, string>> = {
  viewer: 'Any member may call it, and a pair.',
  member: 'Members and owners may call it, and a pair.',
  owner: 'Only owners may call it.',
};

/** Every code that this operation can be refused with, in the order of the table of problems. */
export function codesOf({ caller, body, refusals = [], conflict }: Operation): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>([
    ...refusalsOf(caller),
    ...fromAnywhere,
    ...(body === undefined ? [] : (['body_too_large'] as const)),
    ...refusals,
    ...(conflict === undefined ? [] : (['conflict'] as const)),
  ]);
  return problemCodes.filter((code) => codes.has(code));
}
