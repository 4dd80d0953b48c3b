/** What costs a run of scrypt over HTTP, what costs none, and what is answered when too much would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { scryptThreads } from '../../server/scrypt-threads.ts';
import { createMember, createPerson, openBrowser, type Member } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function countSecretRuns(server: TestServer): Promise<number> {
  const { text } = await send(server, '/metrics');
  return Number(/^postern_scrypt_runs_total\{of="secret"\} (\d+)$/m.exec(text)?.[1]);
}

describe('a restart', () => {
  let stores = 0;

  async function restart<Result>(servers: number, each: (server: TestServer) => Promise<Result>) {
    const database = `lmdb:${join(folder, `store-${stores++}`)}`;
    const results: Result[] = [];
    for (let start = 0; start < servers; start++) {
      const server = await startTestServer({ database });
      results.push(await each(server));
      await server.stop();
    }
    return results;
  }

  test('with 60 pairs that were made here costs no scrypt, also when all are used at once', async () => {
    const pairs: { authorization: string }[] = [];
    const runs = await restart(3, async (server) => {
      if (pairs.length === 0) {
        const organizationId = await server.createOrganization();
        const member = await createMember(server, organizationId, 'member');
        // No scrypt where none is counted: whose digest is not there would be refused below.
        const hash = vi.spyOn(scryptThreads, 'kdf').mockResolvedValue(Buffer.alloc(96));
        // One at a time: a member makes 60 a minute.
        for (let index = 0; index < 60; index++) {
          const made = await member.send(`/api/org/${organizationId}/api-keys`, { body: { name: `${index}` } });
          const { key, secretKey } = made.json() as { key: { publicKey: string }; secretKey: string };
          pairs.push({ authorization: `Bearer ${key.publicKey}:${secretKey}` });
        }
        hash.mockRestore();
      }
      const replies = await Promise.all(pairs.map((headers) => send(server, '/api/v1/key', { headers })));
      expect(replies.map(({ status }) => status)).toEqual(pairs.map(() => 200));
      return countSecretRuns(server);
    });
    expect(runs).toEqual([0, 0, 0]);
  }, 60_000);

  test('with a pair from the command line, which has no digest, costs one run, once; so does its previous secret', async () => {
    const pairs: { authorization: string }[] = [];
    const runs = await restart(3, async (server) => {
      if (pairs.length === 0) {
        const key = await server.createKey(await server.createOrganization());
        const rotated = await server.keys.rotate(key.organizationId, key.id, 3_600);
        if (!('secretKey' in rotated)) throw new Error(rotated.code);
        pairs.push(key.asSecret, { authorization: `Bearer ${key.publicKey}:${rotated.secretKey}` });
      }
      for (const headers of [...pairs, ...pairs]) {
        expect((await send(server, '/api/v1/key', { headers })).status).toBe(200);
      }
      return countSecretRuns(server);
    });
    expect(runs).toEqual([2, 0, 0]);
  });

  test('a secret that was rotated away or deleted is refused at the next call, whatever its digest was', async () => {
    await restart(1, async (server) => {
      const organizationId = await server.createOrganization();
      const member = await createMember(server, organizationId, 'member');
      const path = `/api/org/${organizationId}/api-keys`;
      const { key, secretKey } = (await member.send(path, { body: { name: 'A key' } })).json() as unknown as {
        key: { id: string; publicKey: string };
        secretKey: string;
      };
      const headers = { authorization: `Bearer ${key.publicKey}:${secretKey}` };
      expect((await send(server, '/api/v1/key', { headers })).status).toBe(200);
      const rotated = await member.send(`${path}/${key.id}/rotate`, { body: { graceSeconds: 0 } });
      expect((await send(server, '/api/v1/key', { headers })).status).toBe(401);
      const again = { authorization: `Bearer ${key.publicKey}:${String(rotated.json().secretKey)}` };
      expect((await send(server, '/api/v1/key', { headers: again })).status).toBe(200);
      await member.send(`${path}/${key.id}`, { method: 'DELETE' });
      expect((await send(server, '/api/v1/key', { headers: again })).status).toBe(401);
    });
  });
});

describe('too much at once', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  test('server_busy: 503 with Retry-After, for keys, pairs and sign-ins alike; what needs no scrypt goes on', async () => {
    const unproven = await server.createKey(await server.createOrganization());
    const proven = await server.createKey(unproven.organizationId);
    const organizationId = await server.createOrganization();
    const member = await createMember(server, organizationId, 'member');
    const call = (headers: RequestHeaders) => send(server, '/api/v1/key', { headers });
    const make = () => member.send(`/api/org/${organizationId}/api-keys`, { body: { name: 'A key' } });
    expect((await call(proven.asSecret)).status).toBe(200);

    const ends: (() => void)[] = [];
    vi.spyOn(scryptThreads, 'kdf').mockImplementation(
      () => new Promise((resolve) => ends.push(() => resolve(Buffer.alloc(96)))),
    );
    const running = [make(), make()];
    await expect.poll(() => ends.length).toBe(2);
    const waiting = Array.from({ length: 40 }, make);
    const replies = await Promise.all([
      ...waiting,
      call(unproven.asSecret),
      openBrowser(server).send('/api/session', { body: { email: 'ada@example.com', password: 'x' } }),
    ]);
    for (const reply of replies) {
      expectProblemBody(reply, server.publicOrigin, 'server_busy', { fix: 'Try again in a few seconds.' });
      expect(reply.headers['retry-after']).toBe('2');
    }
    expect((await call(proven.asSecret)).status).toBe(200);
    expect((await call(unproven.from('https://shop.example'))).status).toBe(200);

    for (const end of ends) end();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([201, 201]);
    expect((await server.store.listKeys(organizationId, { limit: 100 })).items).toHaveLength(2);
    expect((await call(unproven.asSecret)).status).toBe(200);
  });
});

describe('a member', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  test('makes and rotates at most 60 keys a minute, then gets 429; another member and another minute go on', async () => {
    vi.spyOn(scryptThreads, 'kdf').mockResolvedValue(Buffer.alloc(96));
    const organizationId = await server.createOrganization();
    const [one, other] = [
      await createMember(server, organizationId, 'member'),
      await createMember(server, organizationId, 'member'),
    ];
    const path = `/api/org/${organizationId}/api-keys`;
    const make = (by: Member) => by.send(path, { body: { name: 'A key' } });
    const { id } = (await make(one)).json().key as { id: string };
    const rotate = (by: Member) => by.send(`${path}/${id}/rotate`, { body: {} });
    for (let count = 0; count < 59; count++) {
      expect([200, 201]).toContain((await (count % 2 === 0 ? make(one) : rotate(one))).status);
    }
    for (const reply of [await make(one), await rotate(one)]) {
      expectProblemBody(reply, server.publicOrigin, 'rate_limited', {
        detail: 'A member makes and rotates at most 60 keys a minute.',
        fix: 'Wait 60 seconds, then try again.',
      });
      expect(reply.headers['retry-after']).toBe('60');
    }
    expect((await make(other)).status).toBe(201);
    expect((await one.send(`${path}/${id}`, { method: 'PATCH', body: { name: 'x' } })).status).toBe(200);
    server.clock.advance(60_000);
    expect((await make(one)).status).toBe(201);
  });
});

describe('somebody who has signed in from an address', () => {
  test(
    'still signs in from there after 31 wrong tries, on their own account or on others',
    { timeout: 60_000 },
    async () => {
      const server = await startTestServer();
      const { email } = await createPerson(server);
      const signIn = async (of: string, password: string): Promise<number> =>
        (await openBrowser(server).send('/api/session', { body: { email: of, password } })).status;
      expect(await signIn(email, 'correct horse battery staple')).toBe(200);
      for (let count = 0; count < 31; count++) await signIn(`${count}@example.com`, 'a wrong password');
      expect(await signIn('stranger@example.com', 'a wrong password')).toBe(429);
      expect(await signIn(email, 'correct horse battery staple')).toBe(200);
      await server.stop();
    },
  );
});
