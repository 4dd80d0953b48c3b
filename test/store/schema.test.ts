/** What a store says of itself, and what a database that is not Postern's own must not change. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { copyEmbedded } from '../../server/store/open.ts';
import { openFolder, type LmdbDatabases } from '../../server/store/lmdb/databases.ts';
import { schemaVersion } from '../../server/store/schema.ts';
import { bundleCommand, type BundledCommand } from '../support/command.ts';
import { freshDatabase } from '../support/mongod.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleUser } from '../support/sample-records.ts';
import { startTestServer } from '../support/server.ts';

const { url: mongod } = inject('mongod');
const newer = `schema version ${schemaVersion + 1}, and this program knows ${schemaVersion}`;

let folder: string;
let command: BundledCommand;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-schema-'));
  command = await bundleCommand('schema', folder);
});
afterAll(() => {
  command.remove();
  rmSync(folder, { recursive: true });
});

interface Database {
  readonly url: string;
  readVersion(): Promise<unknown>;
  writeVersion(version: number): Promise<void>;
}

function embedded(): Database {
  const path = join(folder, crypto.randomUUID());
  const use = async <Result>(work: (meta: LmdbDatabases['meta']) => Result): Promise<Result> => {
    const { db, close } = openFolder(path);
    const result = work(db.meta);
    await close();
    return result;
  };
  return {
    url: `lmdb:${path}`,
    readVersion: () => use((meta) => meta.get('schema')),
    async writeVersion(version) {
      await use((meta) => meta.putSync('schema', version));
    },
  };
}

function onMongo(): Database {
  const url = freshDatabase(mongod ?? 'mongodb://127.0.0.1');
  const use = async <Result>(
    work: (meta: mongoose.mongo.Collection<{ _id: string; version: number }>) => Promise<Result>,
  ): Promise<Result> => {
    const connection = await mongoose.createConnection(url).asPromise();
    const result = await work(connection.db!.collection('postern_meta'));
    await connection.close();
    return result;
  };
  return {
    url,
    readVersion: () => use(async (meta) => (await meta.findOne({ _id: 'schema' }))?.version),
    async writeVersion(version) {
      await use((meta) => meta.updateOne({ _id: 'schema' }, { $set: { version } }));
    },
  };
}

const stores = [
  ['embedded', embedded, false],
  ['on MongoDB', onMongo, mongod === undefined],
] as const;

describe.each(stores)('the schema version of a store %s', (_name, make, isSkipped) => {
  // Fails for a program that opens whatever there is.
  test.skipIf(isSkipped)('is written at the first start, and a newer one is refused', { timeout: 60_000 }, async () => {
    const database = make();
    const [first, second] = await Promise.all([openWhole(database.url), openWhole(database.url)]);
    await first.createUser(sampleUser());
    await Promise.all([first.close(), second.close()]);
    expect(await database.readVersion()).toBe(schemaVersion);

    await database.writeVersion(schemaVersion + 1);
    await expect(openWhole(database.url)).rejects.toThrow(newer);
    await expect(startTestServer({ database: database.url })).rejects.toThrow(newer);
    const environment = { DATABASE_URL: database.url };
    const created = await command.run(['org', 'create', '--name', 'A'], { environment });
    expect([created.code, created.stdout]).toEqual([1, '']);
    expect(created.stderr).toContain(newer);
    const other = make();
    for (const [from, to, option] of [
      [database.url, other.url, '--from'],
      [other.url, database.url, '--to'],
    ] as const) {
      const moved = await command.run(['migrate-store', '--from', from, '--to', to]);
      expect(moved.code).toBe(1);
      expect(moved.stderr).toContain(`The store of ${option} can not be opened: The store has ${newer}`);
      // The second way needs something to copy from.
      await (await openWhole(other.url)).close();
    }
    expect(await database.readVersion()).toBe(schemaVersion + 1);

    await database.writeVersion(schemaVersion);
    const again = await openWhole(database.url);
    expect(await again.hasUsers()).toBe(true);
    await again.close();
  });
});

test('a backup checks the schema version, and its copy has it', async () => {
  const database = embedded();
  const path = database.url.slice('lmdb:'.length);
  await (await openWhole(database.url)).close();
  const copy = embedded();
  const target = copy.url.slice('lmdb:'.length);
  const environment = { DATABASE_URL: database.url };
  expect(await command.run(['backup', target], { environment })).toMatchObject({ code: 0 });
  expect(await copy.readVersion()).toBe(schemaVersion);
  await database.writeVersion(schemaVersion + 1);
  await expect(copyEmbedded(path, mkdtempSync(join(folder, 'copy-')))).rejects.toThrow(newer);
  const refused = await command.run(['backup', `${target}-2`], { environment });
  expect([refused.code, refused.stderr.includes(newer)]).toEqual([1, true]);
});

describe.skipIf(mongod === undefined)('a MongoDB database of somebody else', () => {
  // Fails where collections have no prefix: `users` of the other program make it look as if somebody could sign in.
  test('is used beside what is there: the first owner gets a link, and nothing of the other is touched', async () => {
    const url = freshDatabase(mongod!);
    const other = await mongoose.createConnection(url).asPromise();
    onTestFinished(async () => {
      await other.dropDatabase();
      await other.close();
    });
    const theirs = { users: [{ pw: 'x' }, { pw: 'y' }], keys: [{ foo: 1 }], organizations: [{ name: 'Theirs' }] };
    for (const [name, documents] of Object.entries(theirs)) {
      await other.db!.collection(name).insertMany(documents.map((document) => ({ ...document })));
    }
    const server = await startTestServer({ database: url });
    const ready = await server.ready;
    expect(ready?.setupUrl).toMatch(/\/setup#/);
    await server.createKey(await server.createOrganization());
    await server.stop();
    for (const [name, documents] of Object.entries(theirs)) {
      const found = await other
        .db!.collection(name)
        .find({}, { projection: { _id: 0 } })
        .toArray();
      expect(found).toEqual(documents);
      expect(await other.db!.collection(name).indexes()).toHaveLength(1);
    }
    const names = (await other.db!.listCollections().toArray()).map(({ name }) => name);
    const ours = names.filter((name) => !Object.hasOwn(theirs, name));
    expect(ours.length).toBeGreaterThan(9);
    for (const name of ours) expect(name).toMatch(/^postern_/);
  });
});
