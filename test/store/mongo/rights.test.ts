/** A MongoDB that asks for passwords, and users with fewer rights than `readWrite`. */
import { MongoMemoryServer } from 'mongodb-memory-server-core';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openWhole } from '../../support/open-whole.ts';
import { sampleKey } from '../../support/sample-records.ts';

const { binary } = inject('mongod');
const [root, password] = ['root', 'p@ss:w/rd'];

describe.skipIf(binary === undefined)('a MongoDB user', () => {
  let server: MongoMemoryServer;
  let admin: Connection;

  function urlOf(user: string, database: string): string {
    const url = new URL(server.getUri(database));
    url.username = user;
    url.password = encodeURIComponent(password);
    url.searchParams.set('authSource', 'admin');
    return url.href;
  }

  beforeAll(async () => {
    process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
    server = await MongoMemoryServer.create({
      binary: { systemBinary: binary! },
      instance: { storageEngine: 'wiredTiger', launchTimeout: 30_000 },
      auth: { enable: true, customRootName: root, customRootPwd: password },
    });
    admin = await mongoose.createConnection(urlOf(root, 'admin')).asPromise();
    for (const [role, actions] of [
      ['records', ['find', 'insert', 'update', 'remove']],
      ['recordsAndIndexes', ['find', 'insert', 'update', 'remove', 'listIndexes']],
    ]) {
      const privileges = [{ resource: { db: 'app', collection: '' }, actions }];
      await admin.db!.command({ createRole: role, privileges, roles: [] });
      await admin.db!.command({ createUser: role, pwd: password, roles: [role] });
    }
    const roles = [{ role: 'readWrite', db: 'app' }];
    await admin.db!.command({ createUser: 'readWrite', pwd: password, roles });
  });
  afterAll(async () => {
    await admin.close();
    await server.stop();
  });

  const open = (user: string) => openWhole(urlOf(user, 'app'));
  const sentence = /^Error: The MongoDB user needs readWrite on this database, or create these indexes: (.+)\.$/;
  async function missingFor(user: string): Promise<readonly string[]> {
    const error = await open(user).then(
      (store) => store.close(),
      (caught: unknown) => caught,
    );
    return sentence.exec(String(error))?.[1]?.split('; ') ?? [];
  }

  // Fails where the driver's own sentence is passed on, with the whole command in it.
  test('who may build no index, on an empty database: one sentence, with all that is missing', async () => {
    const missing = await missingFor('recordsAndIndexes');
    expect(missing.length).toBeGreaterThan(14);
    expect(missing).toContain('postern_keys {"publicKey":1} unique');
    expect(missing).toContain('postern_turns {"conversationId":1,"askedAt":1,"messageId":1}');
    expect(missing).toContain('postern_conversations {"isDeleting":1} only where {"isDeleting":true}');
  });

  // Fails where indexes are built without looking.
  test('who may build no index works when all are there, and is told of one that is not', async () => {
    await (await open('readWrite')).close();
    const store = await open('recordsAndIndexes');
    const key = sampleKey('org_1');
    expect(await store.createKey(key)).toBe('created');
    expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
    await store.close();

    const keys = admin.useDb('app').collection('postern_keys');
    await keys.dropIndex('publicKey_1');
    expect(await missingFor('recordsAndIndexes')).toEqual(['postern_keys {"publicKey":1} unique']);
    // One that is not unique lets two keys be one.
    await admin
      .useDb('app')
      .db!.command({ createIndexes: 'postern_keys', indexes: [{ key: { publicKey: 1 }, name: 'p' }] });
    expect(await missingFor('recordsAndIndexes')).toEqual(['postern_keys {"publicKey":1} unique']);
    await keys.dropIndex('p');
    const byHand = { key: { publicKey: 1 }, unique: true, name: 'by hand' };
    await admin.useDb('app').db!.command({ createIndexes: 'postern_keys', indexes: [byHand] });
    await (await open('recordsAndIndexes')).close();
  });

  test('who may not even look at the indexes is told the same', async () => {
    expect((await missingFor('records')).length).toBeGreaterThan(14);
  });

  test('with a wrong password is refused, and the password is in no sentence', async () => {
    const error: unknown = await openWhole(urlOf('readWrite', 'app').replace('p%40ss', 'wr%40ng')).catch(
      (caught: unknown) => caught,
    );
    expect(String(error)).toContain('Authentication failed');
    expect(String(error)).not.toMatch(/wr(%40|@)ng/);
  });
});
