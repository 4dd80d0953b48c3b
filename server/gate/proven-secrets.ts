/**
 * Digests of secrets that scrypt has proven. One organization has a tenth of the room: beyond that its own oldest makes
 * room, so that no tenant with very many pairs makes the others prove theirs anew.
 */
import { LRUCache } from 'lru-cache';

interface ProvenSecrets {
  has(digest: string): boolean;
  add(digest: string, organizationId: string): void;
}

export function createProvenSecrets(entriesMax = 100_000): ProvenSecrets {
  const shareMax = entriesMax / 10;
  /** Oldest first. */
  const shares = new Map<string, Set<string>>();
  const all = new LRUCache<string, string>({
    max: entriesMax,
    dispose(organizationId, digest) {
      const share = shares.get(organizationId);
      share?.delete(digest);
      if (share?.size === 0) shares.delete(organizationId);
    },
  });

  return {
    has: (digest) => all.has(digest),
    add(digest, organizationId) {
      all.set(digest, organizationId);
      const share = shares.get(organizationId) ?? new Set();
      shares.set(organizationId, share.add(digest));
      const [oldest] = share;
      if (share.size > shareMax && oldest !== undefined) all.delete(oldest);
    },
  };
}
