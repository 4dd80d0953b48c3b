import type { PublicKey } from '../../gate/key-format.ts';
import type { KeyRecord } from '../../records/key.ts';
import { isAsGuarded } from '../guards.ts';
import { each, joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { fromKey, fromKeyChange, toKey } from './mapping.ts';
import type { KeyDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { bothAs, limited, lookUpsPerQueryMax, newestFirst, toPage } from './queries.ts';
import type { KeyStore } from '../port.ts';

export function createKeys({ models, run, create, changeAsRead, confirmed }: MongoConnection): KeyStore {
  const { keys, usageDays, spendings } = models;
  const byPublicKey = joined(findByPublicKeys, lookUpsPerQueryMax);

  async function findByPublicKeys(publicKeys: readonly string[]): Promise<(KeyRecord | undefined | Error)[]> {
    const distinct = [...new Set(publicKeys)];
    const these = { publicKey: { $in: distinct as PublicKey[] } };
    const options = { ...limited, batchSize: distinct.length + 1 };
    const found = await run(() => plain(keys).find(these, options).toArray());
    const documents = new Map<string, KeyDocument>(found.map((document) => [document.publicKey, document]));
    return each(publicKeys, (publicKey) => {
      const document = documents.get(publicKey);
      return document && toKey(document);
    });
  }

  return {
    createKey: (key) => create(keys, fromKey(key)),
    findKeyByPublicKey: async (publicKey) => byPublicKey.load(textOf(publicKey)),

    findKey: (organizationId, keyId) =>
      run(async () => {
        const found = await keys.findOne({ _id: keyId, organizationId }, {}, confirmed()).lean();
        return found === null ? undefined : toKey(found);
      }),

    listKeys: (organizationId, page) =>
      run(async () => toPage(await newestFirst(keys, { organizationId }, page, confirmed()).lean(), page, toKey)),

    countKeys: (organizationId) => run(() => keys.countDocuments({ organizationId }, confirmed())),

    listKeyTags: (organizationId, limit) =>
      run(async () => {
        const found = await keys
          .aggregate<{
            _id: string;
          }>([{ $match: { organizationId } }, { $unwind: '$tags' }, { $group: { _id: '$tags' } }, { $limit: limit }])
          .option({ ...confirmed(), batchSize: limit + 1 });
        return found.map(({ _id }) => _id);
      }),

    async changeKey(organizationId, keyId, change, guard) {
      const made = await changeAsRead(keys, { _id: keyId, organizationId }, {}, (found) =>
        isAsGuarded(toKey(found), guard) ? fromKeyChange(change) : 'conflict',
      );
      return typeof made === 'string' ? made : bothAs(toKey, made);
    },

    keepSecretDigest: (organizationId, keyId, secretHash, digest) =>
      run(async () => {
        for (const place of ['secret', 'previousSecret'] as const) {
          const filter = { _id: keyId, organizationId, [`${place}.hash`]: secretHash };
          const { matchedCount } = await keys.updateOne(filter, { $set: { [`${place}.digest`]: digest } }, limited);
          if (matchedCount > 0) return;
        }
      }),

    deleteKey: (organizationId, keyId) =>
      run(async () => {
        const { deletedCount } = await keys.deleteOne({ _id: keyId, organizationId }, limited);
        // Also when the key was gone: a deletion that was cut off here is finished by doing it again.
        await usageDays.deleteMany({ keyId, organizationId }, limited);
        await spendings.deleteMany({ keyId, organizationId }, limited);
        return deletedCount === 1 ? 'deleted' : 'not_found';
      }),
  };
}
