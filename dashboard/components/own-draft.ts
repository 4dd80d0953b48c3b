/** What is typed about an organization's own API, for a new key or on a key's page, and what of it is to be saved. */
import { builtInScopes, defaultScopes, isScope, scopeRule, type Scope } from '../../server/gate/scope.ts';
import type { Key, KeyMetadata, KeyPatch } from '../../server/http/wire.ts';

export interface OwnDraft {
  /** As typed, with spaces or commas between them. */
  readonly scopes: string;
  readonly publishableScopes: readonly Scope[];
  readonly externalId: string;
  /** JSON; empty: nothing is noted. */
  readonly metadata: string;
}

export type OwnProblems = Partial<Record<'scopes' | 'metadata', string>>;

const ours: ReadonlySet<Scope> = new Set<Scope>(builtInScopes);

/** Where each part of it stands in a key. */
export const ownFieldNames = ['scopes', 'publishableScopes', 'externalId', 'metadata'] as const;

type OwnPart = Pick<Key, (typeof ownFieldNames)[number]>;

/** As the server makes a key that nothing is said of. */
export const newKeyOwn: OwnPart = { scopes: defaultScopes, publishableScopes: [], externalId: null, metadata: {} };

export function toOwnDraft({ scopes, publishableScopes, externalId, metadata }: OwnPart): OwnDraft {
  return {
    scopes: scopes.filter((scope) => !ours.has(scope)).join(' '),
    publishableScopes,
    externalId: externalId ?? '',
    metadata: Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata, undefined, 2),
  };
}

/** Each once, without those of ours: they have boxes of their own. */
export function ownScopesOf(text: string): readonly Scope[] {
  return [...new Set(text.split(/[\s,]+/))].filter((scope) => scope !== '' && !ours.has(scope));
}

/** Only what differs from the key. */
export function toOwnPatch(draft: OwnDraft, key: OwnPart): Pick<KeyPatch, keyof OwnPart> {
  const before = toOwnDraft(key);
  const own = ownScopesOf(draft.scopes);
  const publishableScopes = draft.publishableScopes.filter((scope) => own.includes(scope));
  const isOther = (one: readonly Scope[], other: readonly Scope[]): boolean =>
    one.length !== other.length || one.some((scope) => !other.includes(scope));
  const metadata = parseMetadata(draft.metadata);
  return {
    ...(isOther(own, ownScopesOf(before.scopes)) && { scopes: [...key.scopes.filter((one) => ours.has(one)), ...own] }),
    ...(isOther(publishableScopes, key.publishableScopes) && { publishableScopes }),
    ...(draft.externalId.trim() !== before.externalId && { externalId: draft.externalId.trim() || null }),
    ...(draft.metadata !== before.metadata && metadata && { metadata }),
  };
}

/** Whether there is anything to save or to discard. */
export function isOwnDirty(draft: OwnDraft, key: OwnPart): boolean {
  return draft.metadata !== toOwnDraft(key).metadata || Object.keys(toOwnPatch(draft, key)).length > 0;
}

/** What can be said before the server is asked. */
export function ownProblemsOf(draft: OwnDraft): OwnProblems {
  const bad = ownScopesOf(draft.scopes).find((scope) => !isScope(scope));
  return {
    ...(bad !== undefined && { scopes: `${bad.slice(0, 80)}: ${scopeRule}` }),
    ...(parseMetadata(draft.metadata) === undefined && {
      metadata: 'Write a JSON object, such as {"plan": "pro", "seats": 5}.',
    }),
  };
}

function parseMetadata(text: string): KeyMetadata | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KeyMetadata) : undefined;
  } catch {
    return undefined;
  }
}
