/**
 * What a call may do. A key has a set of scopes: words of this program, and words of its organization's own for its own API.
 * A publishable call has at most the two that the chat needs and what its key lists as publishable.
 */
export const builtInScopes = ['agents:read', 'messages:write', 'keys:verify', 'keys:manage', 'usage:read'] as const;

/** A scope that this program asks for. */
export type BuiltInScope = (typeof builtInScopes)[number];

/** One of ours or an organization's own. */
export type Scope = string;

/** How a call proves itself: a publishable key alone, or the pair with its secret. */
export type CallMode = 'publishable' | 'secret';

export const scopesMax = 50;
export const scopeRule = 'A scope has 1 to 64 of the characters a-z, 0-9, "_", ".", ":" and "-".';

export const scopePattern = /^[a-z0-9_.:-]{1,64}$/;

export function isScope(text: string): boolean {
  return scopePattern.test(text);
}

const chatScopes = ['agents:read', 'messages:write'] as const satisfies readonly BuiltInScope[];

export const defaultScopes: readonly Scope[] = chatScopes;

const ofChat: ReadonlySet<string> = new Set(chatScopes);
const builtIn: ReadonlySet<string> = new Set(builtInScopes);

/** Whether a key may list it as publishable: what the chat needs is so anyway, and nothing else of ours ever is. */
export function isPublishable(scope: Scope): boolean {
  return !builtIn.has(scope);
}

interface KeyScopes {
  readonly scopes: readonly Scope[];
  readonly publishableScopes: readonly Scope[];
}

/** The scopes that a call has: the key's own, and for a publishable call only those a stranger's browser may have. */
export function effectiveScopes({ scopes, publishableScopes }: KeyScopes, mode: CallMode): readonly Scope[] {
  if (mode === 'secret') return scopes;
  return scopes.filter((scope) => ofChat.has(scope) || (isPublishable(scope) && publishableScopes.includes(scope)));
}
