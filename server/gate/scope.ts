/** What a call may do. A key has a set of scopes; a publishable call has at most the two that a browser needs. */
export const scopes = ['agents:read', 'messages:write', 'keys:verify', 'keys:manage', 'usage:read'] as const;

export type Scope = (typeof scopes)[number];

/** How a call proves itself: a publishable key alone, or the pair with its secret. */
export type CallMode = 'publishable' | 'secret';

export const defaultScopes: readonly Scope[] = ['agents:read', 'messages:write', 'keys:verify'];

const publishableScopes: ReadonlySet<Scope> = new Set(['agents:read', 'messages:write']);

/** The scopes that a call has: the key's own, and for a publishable call only those a stranger's browser may have. */
export function effectiveScopes(keyScopes: readonly Scope[], mode: CallMode): readonly Scope[] {
  return mode === 'secret' ? keyScopes : keyScopes.filter((scope) => publishableScopes.has(scope));
}
