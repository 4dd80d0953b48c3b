import type { Key, KeyDomain, KeyPatch } from '../server/http/wire.ts';

/** A key whose domains were changed on the screen, as the server will have it. */
export function withDomains(
  key: Key,
  { addDomains = [], removeDomains = [] }: Pick<KeyPatch, 'addDomains' | 'removeDomains'>,
): Key {
  const kept = key.domains.filter(({ pattern }) => !removeDomains.includes(pattern));
  const entries = new Map(kept.map((entry) => [entry.pattern, entry]));
  for (const added of addDomains) {
    const { pattern, ...notes } = typeof added === 'string' ? { pattern: added } : added;
    const isInForce = key.allowedDomains.includes(pattern);
    const before = isInForce ? entries.get(pattern) : undefined;
    entries.set(pattern, { ...(before ?? newDomain(pattern)), ...withoutUndefined(notes) });
  }
  const texts = addDomains.map((added) => (typeof added === 'string' ? added : added.pattern));
  const stay = key.allowedDomains.filter((pattern) => !removeDomains.includes(pattern));
  return { ...key, allowedDomains: [...new Set([...stay, ...texts])], domains: [...entries.values()] };
}

function newDomain(pattern: string): KeyDomain {
  return {
    pattern,
    label: null,
    expiresAt: null,
    addedAt: new Date().toISOString(),
    addedBy: null,
    lastMatchedAt: null,
  };
}

function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
