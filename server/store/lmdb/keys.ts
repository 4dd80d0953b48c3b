import { entriesOf } from '../../records/domain-entry.ts';
import type { KeyRecord } from '../../records/key.ts';
import { each, joined } from '../joined.ts';
import { toUnavailable, type LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, listNewestFirst, put, remove, removeBelow, withRevision } from './entries.ts';
import { removeSpendings } from './spendings.ts';
import { isAsGuarded } from '../guards.ts';
import type { KeyStore } from '../port.ts';

const lookUpsMax = 500;

export function createKeys({ db, read, write, create }: LmdbConnection): KeyStore {
  const { keys, publicKeys, keyTags, usageDays } = db;
  const look = (publicKey: string): KeyRecord | undefined => toKey(keys.get(publicKey));
  const byPublicKey = joined((asked: readonly string[]) => read(() => each(asked, look, toUnavailable)), lookUpsMax);

  return {
    createKey: (key) => create('keys', key),
    findKeyByPublicKey: (publicKey) => byPublicKey.load(publicKey),
    findKey: (organizationId, keyId) => read(() => getKey(db, organizationId, keyId)),

    listKeys: (organizationId, page) =>
      read(() => {
        const { items, nextCursor } = listNewestFirst(publicKeys, organizationId, page);
        const found = items.map((publicKey) => toKey(keys.get(publicKey)));
        return { items: found.filter((key) => key !== undefined), nextCursor };
      }),

    countKeys: (organizationId) =>
      read(() => publicKeys.getKeysCount({ start: [organizationId, ''], end: [organizationId, afterAll] })),

    listKeyTags: (organizationId, limit) => read(() => [...tagsOf(db, organizationId, limit)]),

    changeKey: (organizationId, keyId, change, guard) =>
      write(() => {
        const key = getKey(db, organizationId, keyId);
        if (key === undefined) return 'not_found';
        if (!isAsGuarded(key, guard)) return 'conflict';
        const changed = { ...key, ...change, revision: key.revision + 1 };
        put(keys, key.publicKey, changed);
        for (const tag of key.tags) remove(keyTags, [organizationId, tag, keyId]);
        for (const tag of changed.tags) put(keyTags, [organizationId, tag, keyId], true);
        return { before: key, after: changed };
      }),

    keepSecretDigest: (organizationId, keyId, secretHash, digest) =>
      write(() => {
        const key = getKey(db, organizationId, keyId);
        if (key === undefined) return;
        const { secret, previousSecret } = key;
        if (secret.hash === secretHash) put(keys, key.publicKey, { ...key, secret: { ...secret, digest } });
        else if (previousSecret?.hash === secretHash) {
          put(keys, key.publicKey, { ...key, previousSecret: { ...previousSecret, digest } });
        }
      }),

    deleteKey: (organizationId, keyId) =>
      write(() => {
        const key = getKey(db, organizationId, keyId);
        if (key === undefined) return 'not_found';
        remove(keys, key.publicKey);
        remove(publicKeys, [organizationId, keyId]);
        for (const tag of key.tags) remove(keyTags, [organizationId, tag, keyId]);
        removeBelow(usageDays, keyId);
        removeSpendings(db, keyId);
        return 'deleted';
      }),
  };
}

/** Each once: whatever else has a tag is leapt over. */
function* tagsOf({ keyTags }: LmdbDatabases, organizationId: string, limit: number): Generator<string, void, void> {
  let last: readonly string[] = [];
  for (let count = 0; count < limit; count++) {
    const [next] = keyTags.getKeys({ start: [organizationId, ...last], limit: 1 });
    if (next?.[0] !== organizationId) return;
    yield next[1];
    last = [next[1], afterAll];
  }
}

/** Inside a read or a write. */
export function getKey(
  { keys, publicKeys }: Pick<LmdbDatabases, 'keys' | 'publicKeys'>,
  organizationId: string,
  keyId: string,
): KeyRecord | undefined {
  const publicKey = publicKeys.get([organizationId, keyId]);
  return publicKey === undefined ? undefined : toKey(keys.get(publicKey));
}

/** A key from before there was something to note about it has nothing of that; one from before makers and revisions neither. */
export function toKey(kept: KeyRecord | undefined): KeyRecord | undefined {
  if (kept === undefined || 'tags' in kept) return kept;
  const old: KeyRecord = kept;
  const domains = (old as Partial<KeyRecord>).domains ?? [];
  const absent = {
    notes: '',
    tags: [],
    createdBy: null,
    publishableScopes: [],
    externalId: null,
    metadata: {},
    budget: null,
    visitorBudget: null,
  };
  const { allowedDomains } = old;
  return { ...absent, ...withRevision(old), domains: entriesOf({ allowedDomains, domains }) };
}
