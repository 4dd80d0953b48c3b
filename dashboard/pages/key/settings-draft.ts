/** What is typed into a key's settings, and what of it is to be saved. */
import { builtInScopes, type Scope } from '../../../server/gate/scope.ts';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import { count } from '../../components/number-words.ts';
import { fromLocalInput, toLocalInput } from '../../local-time.ts';

export interface SettingsDraft {
  /** As `<input type="datetime-local">` has it; empty: it never expires. */
  readonly expiry: string;
  readonly scopes: readonly Scope[];
  readonly isLimited: boolean;
  readonly requests: string;
  readonly windowSeconds: string;
}

export const rateLimitMax = { requests: 1_000_000, windowSeconds: 86_400 } as const;

export function toDraft({ expiresAt, scopes, rateLimit }: Key): SettingsDraft {
  return {
    expiry: expiresAt === null ? '' : toLocalInput(expiresAt),
    scopes,
    isLimited: rateLimit !== null,
    requests: String(rateLimit?.requests ?? 60),
    windowSeconds: String(rateLimit?.windowSeconds ?? 60),
  };
}

/** Only what differs from the key. */
export function toPatch(draft: SettingsDraft, key: Key): KeyPatch {
  const before = toDraft(key);
  const isOurs = (scope: Scope): boolean => (builtInScopes as readonly Scope[]).includes(scope);
  const wanted = [
    ...builtInScopes.filter((scope) => draft.scopes.includes(scope)),
    ...draft.scopes.filter((scope) => !isOurs(scope)),
  ];
  const areScopesChanged = wanted.length !== key.scopes.length || wanted.some((scope) => !key.scopes.includes(scope));
  const isLimitChanged =
    draft.isLimited !== before.isLimited ||
    (draft.isLimited && (draft.requests !== before.requests || draft.windowSeconds !== before.windowSeconds));
  const rateLimit = draft.isLimited
    ? { requests: Number(draft.requests), windowSeconds: Number(draft.windowSeconds) }
    : null;
  return {
    ...(draft.expiry !== before.expiry && {
      expiresAt: draft.expiry === '' ? null : (fromLocalInput(draft.expiry) ?? draft.expiry),
    }),
    ...(areScopesChanged && { scopes: wanted }),
    ...(isLimitChanged && { rateLimit }),
  };
}

export type DraftProblems = Partial<Record<'expiry' | 'requests' | 'windowSeconds', string>>;

/** What can be said before the server is asked. */
export function problemsOf(draft: SettingsDraft, patch: KeyPatch, nowMs: number): DraftProblems {
  const isPast = typeof patch.expiresAt === 'string' && !(Date.parse(patch.expiresAt) > nowMs);
  const requests = outside(draft.requests, rateLimitMax.requests);
  const windowSeconds = outside(draft.windowSeconds, rateLimitMax.windowSeconds);
  return {
    ...(isPast && { expiry: 'This time is past. To stop the key now, disable it.' }),
    ...(draft.isLimited && requests !== undefined && { requests }),
    ...(draft.isLimited && windowSeconds !== undefined && { windowSeconds }),
  };
}

function outside(text: string, max: number): string | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= max ? undefined : `A whole number from 1 to ${count(max)}.`;
}
