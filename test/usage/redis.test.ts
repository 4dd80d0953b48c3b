/** Limits of several processes on one Redis: real servers, a real redis-server that is killed, stopped and filled up. */
import { Agent } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import type { RateLimit } from '../../server/gate/ports.ts';
import { withoutSecrets } from '../../server/logger.ts';
import { createCounters, type Counters } from '../../server/usage/counters.ts';
import { openRedis, type RedisLink } from '../../server/usage/redis.ts';
import { findFreePort } from '../support/free-port.ts';
import { createPerson, openBrowser } from '../support/people.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { againWhenStalled } from '../support/stalls.ts';

const program = inject('redis') ?? '';
const path = '/api/v1/key';
const away = 'Redis is away: this process counts limits for itself';
const back = 'Redis is back: limits are shared again';
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const endings: (() => Promise<void>)[] = [];
const atEnd = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing => {
  endings.unshift(() => thing.stop());
  return thing;
};
async function endAll(): Promise<void> {
  const failures: unknown[] = [];
  // All of them, also when one fails: what goes on would disturb the next test.
  for (const end of endings.splice(0)) await end().catch((error: unknown) => failures.push(error));
  expect(failures).toEqual([]);
}
afterEach(endAll);
/** Of all attempts at one test. */
const attemptsMsMax = 90_000;
/** A Redis that does not answer for half a second is away; so is one whose answer lies unread for so long. */
const whileAwake = (run: () => Promise<void>) => () => againWhenStalled(500, () => run().finally(endAll));
afterAll(() => agent.destroy());

async function startTwo(url: string, environment: Readonly<Record<string, string>> = {}): Promise<TestServer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  endings.unshift(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
  const options = { database: `lmdb:${join(folder, 'store')}`, environment: { REDIS_URL: url, ...environment } };
  return [atEnd(await startTestServer(options)), atEnd(await startTestServer(options))];
}

/** What publishable calls with new keys send: to prove a secret would take longer than what is measured here. */
async function createPublishable<Limits extends readonly RateLimit[]>(server: TestServer, ...limits: Limits) {
  const headers: RequestHeaders[] = [];
  for (const limit of limits) headers.push((await createKey(server, limit)).from('https://shop.example'));
  return headers as { [Index in keyof Limits]: RequestHeaders };
}

async function createKey(server: TestServer, rateLimit: RateLimit | null): Promise<TestKey> {
  return server.createKey(await server.createOrganization(), { rateLimit });
}

/** Calls in turn on each server, all at once; how many got which status. */
async function callAll(servers: readonly TestServer[], calls: number, headers: RequestHeaders) {
  const all = Array.from({ length: calls }, (_, index) =>
    send(servers[index % servers.length]!, path, { headers, agent }),
  );
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(all)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function countPassed(servers: readonly TestServer[], calls: number, headers: RequestHeaders): Promise<number> {
  const { 200: passed = 0, 429: limited = 0, ...others } = await callAll(servers, calls, headers);
  expect(others).toEqual({});
  expect(passed + limited).toBe(calls);
  return passed;
}

function redisLines(server: TestServer): string[] {
  return server.logLines
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .filter((text) => text.includes('Redis'));
}

async function expectLines(servers: readonly TestServer[], lines: readonly string[]): Promise<void> {
  for (const server of servers) await expect.poll(() => redisLines(server)).toEqual(lines);
}

interface Load {
  end(): Promise<{ readonly statuses: Readonly<Record<string, number>>; readonly slowestMs: number }>;
}

/** Some clients of each server, one call after the other, until it is ended. */
function startLoad(servers: readonly TestServer[], headers: RequestHeaders, clientsOfEach = 5): Load {
  let isOver = false;
  let slowestMs = 0;
  const statuses: Record<string, number> = {};
  const callOnAndOn = async (server: TestServer): Promise<void> => {
    while (!isOver) {
      const startedAt = performance.now();
      const outcome = await send(server, path, { headers, agent }).then(({ status }) => status, String);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      statuses[outcome] = (statuses[outcome] ?? 0) + 1;
    }
  };
  const clients = servers.flatMap((server) => Array.from({ length: clientsOfEach }, () => callOnAndOn(server)));
  const end = async () => {
    isOver = true;
    await Promise.all(clients);
    return { statuses, slowestMs };
  };
  atEnd({ stop: () => end().then(() => undefined) });
  return { end };
}

const often = { requests: 1_000_000, windowSeconds: 60 };
const rarely = { requests: 6, windowSeconds: 60 };

describe.skipIf(program === '')('two servers on one Redis', { timeout: attemptsMsMax }, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis(program);
  });
  afterAll(() => redis.stop());

  test(
    'share the limit of a key to the unit',
    whileAwake(async () => {
      const servers = await startTwo(redis.url);
      const key = await createKey(servers[0]!, { requests: 25, windowSeconds: 60 });
      expect(await countPassed(servers, 80, key.asSecret)).toBe(25);
      await expectLines(servers, []);
    }),
  );

  test(
    'share the limit of a key and an address',
    whileAwake(async () => {
      const servers = await startTwo(redis.url, { RATE_LIMIT_PER_KEY_IP: '25/60' });
      const key = await createKey(servers[0]!, null);
      expect(await countPassed(servers, 80, key.from('https://shop.example'))).toBe(25);
    }),
  );

  test(
    'share the limit of refused credentials',
    whileAwake(async () => {
      // Another attempt comes from the same address.
      await redis.client.flushall();
      const servers = await startTwo(redis.url, { RATE_LIMIT_REFUSED_PER_IP: '25/60' });
      expect(await callAll(servers, 80, {})).toEqual({ 401: 25, 429: 55 });
    }),
  );

  test(
    'share the tries to sign in, and who has signed in from there: they have 30 more, and begin anew together',
    whileAwake(async () => {
      // Another attempt comes from the same address.
      await redis.client.flushall();
      const servers = await startTwo(redis.url);
      const { email } = await createPerson(servers[0]!);
      const trySignIn = async (index: number, password: string): Promise<number> => {
        const browser = openBrowser(servers[index % 2]!);
        return (await browser.send('/api/session', { body: { email, password } })).status;
      };
      for (let index = 0; index < 7; index++) expect(await trySignIn(index, 'a wrong password')).toBe(401);
      expect(await trySignIn(7, 'correct horse battery staple')).toBe(200);
      for (let index = 0; index < 38; index++) expect(await trySignIn(index, 'a wrong password')).toBe(401);
      expect([await trySignIn(0, 'a wrong password'), await trySignIn(1, 'a wrong password')]).toEqual([429, 429]);
      // 46 passwords one after the other.
    }),
    120_000,
  );

  test('say what is left as one server would', async () => {
    const servers = await startTwo(redis.url);
    const key = await createKey(servers[0]!, { requests: 5, windowSeconds: 60 });
    const left: unknown[] = [];
    for (const index of [0, 1, 1, 0, 1, 0]) {
      const { headers } = await send(servers[index]!, path, { headers: key.asSecret });
      left.push(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
    }
    expect(left).toEqual(['4', '3', '2', '1', '0', '0']);
  });

  test('leave nothing in it that names anybody, nor anything that stays', async () => {
    await redis.client.flushall();
    const servers = await startTwo(redis.url, { RATE_LIMIT_PER_KEY_IP: '25/60', RATE_LIMIT_REFUSED_PER_IP: '25/60' });
    const key = await createKey(servers[0]!, often);
    await callAll(servers, 4, key.from('https://shop.example'));
    await callAll(servers, 4, {});
    await openBrowser(servers[0]!).send('/api/session', {
      body: { email: 'ada@example.com', password: 'a wrong one' },
    });
    const names = await redis.client.keys('*');
    expect(names.map((name) => name.replace(/:.*/, '')).toSorted()).toEqual([
      'postern',
      'postern/key-ip/25/60',
      'postern/key/1000000/60',
      'postern/refused-ip/25/60',
      'postern/sign-in-account/8/900',
      'postern/sign-in/30/900',
    ]);
    for (const name of names) {
      expect(name).toMatch(/:(trial|[\w-]{22})$/);
      expect(name).not.toMatch(/127\.0\.0\.1|::1|ada|@|key_/);
      const seconds = await redis.client.ttl(name);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(900);
    }
  });

  test('an installation with another session secret counts for itself', async () => {
    const link = await openRedis(redis.url, { onAway: () => undefined, onBack: () => undefined });
    const [one, other] = ['one', 'another'].map((secret) =>
      createCounters({ shared: { redis: link, secret } })('x', rarely),
    );
    for (let count = 0; count < 9; count++) await one?.count('192.0.2.1');
    expect(await one?.count('192.0.2.1')).toMatchObject({ isExceeded: true });
    expect(await other?.count('192.0.2.1')).toMatchObject({ isExceeded: false, remaining: 5 });
    await link.close();
  });

  test('a stop closes the connection', async () => {
    const connections = async (): Promise<number> =>
      ((await redis.client.client('LIST')) as string).trim().split('\n').length;
    const before = await connections();
    const server = await startTestServer({ environment: { REDIS_URL: redis.url } });
    expect(await connections()).toBe(before + 1);
    await server.stop();
    await expect.poll(connections).toBe(before);
  });
});

describe.skipIf(program === '')('sign-in limits of two processes', () => {
  let redis: RedisServer;
  let links: RedisLink[];
  let counters: Counters[];
  beforeAll(async () => {
    redis = await startRedis(program);
    const silent = { onAway: () => undefined, onBack: () => undefined };
    links = [await openRedis(redis.url, silent), await openRedis(redis.url, silent)];
    counters = links.map((link) => createCounters({ shared: { redis: link, secret: 'the same' } }));
  });
  afterAll(async () => {
    for (const link of links) await link.close();
    await redis.stop();
  });

  test('30 tries of one address on however many accounts, 8 on one account, whoever is asked', async () => {
    const limiters = counters.map((of) => createSignInLimiter(of));
    const countAllowed = async (tries: number, address: string, emailOf: (index: number) => string) => {
      const all = Array.from({ length: tries }, (_, index) => limiters[index % 2]!.begin(address, emailOf(index)));
      return (await Promise.all(all)).filter((begun) => !isRefusal(begun)).length;
    };
    expect(await countAllowed(50, '192.0.2.1', (index) => `${index}@example.com`)).toBe(30);
    expect(await countAllowed(50, '192.0.2.2', () => 'ada@example.com')).toBe(8);
    expect(await countAllowed(1, '192.0.2.3', () => 'ada@example.com')).toBe(1);
  });
});

describe.skipIf(program === '')('while Redis is away', { timeout: attemptsMsMax }, () => {
  test(
    'killed under load: no call fails or waits, limits hold in each process, and it comes back by itself',
    whileAwake(async () => {
      const redis = atEnd(await startRedis(program));
      const servers = await startTwo(redis.url);
      const [busy, limited, later] = await createPublishable(servers[0]!, often, rarely, rarely);
      const load = startLoad(servers, busy);
      expect(await countPassed(servers, 4, limited)).toBe(4);
      await redis.kill();
      await expectLines(servers, [away]);
      for (const server of servers) {
        expect(await countPassed([server], 20, limited)).toBe(6);
        expect((await send(server, '/metrics')).text).toContain('\npostern_redis_up 0\n');
      }

      atEnd(await startRedis(program, { port: redis.port }));
      await expectLines(servers, [away, back]);
      expect(await countPassed(servers, 20, later)).toBe(6);
      for (const server of servers) {
        server.clock.advance(1_000);
        expect((await send(server, '/metrics')).text).toContain('\npostern_redis_up 1\n');
      }
      const { statuses, slowestMs } = await load.end();
      expect(Object.keys(statuses)).toEqual(['200']);
      expect(slowestMs).toBeLessThan(1_000);
      await expectLines(servers, [away, back]);
    }),
  );

  test(
    'restarted at once under load: away once, back once',
    whileAwake(async () => {
      const redis = atEnd(await startRedis(program));
      const servers = await startTwo(redis.url);
      const [busy] = await createPublishable(servers[0]!, often);
      const load = startLoad(servers, busy);
      await expect.poll(() => redis.client.dbsize()).toBeGreaterThan(1);
      await redis.kill();
      atEnd(await startRedis(program, { port: redis.port }));
      await expectLines(servers, [away, back]);
      // Longer than any timer of the connection that was lost.
      const calls = servers.map((server) => server.logLines.length);
      await expect
        .poll(() => servers.every((server, index) => server.logLines.length > calls[index]! + 500))
        .toBe(true);
      const { statuses, slowestMs } = await load.end();
      expect(Object.keys(statuses)).toEqual(['200']);
      expect(slowestMs).toBeLessThan(1_000);
      await expectLines(servers, [away, back]);
    }),
  );

  test(
    'stopped by SIGSTOP under load: it is not waited for',
    whileAwake(async () => {
      const redis = atEnd(await startRedis(program));
      const servers = await startTwo(redis.url, { RATE_LIMIT_PER_KEY_IP: '1000000/60' });
      const [busy, limited] = await createPublishable(servers[0]!, often, rarely);
      const load = startLoad(servers, busy);
      await expect.poll(() => redis.client.dbsize()).toBeGreaterThan(1);
      redis.signal('SIGSTOP');
      await expectLines(servers, [away]);
      const { statuses, slowestMs } = await load.end();
      expect(Object.keys(statuses)).toEqual(['200']);
      expect(slowestMs).toBeLessThan(1_000);

      for (const server of servers) expect(await countPassed([server], 20, limited)).toBe(6);
      redis.signal('SIGCONT');
      await expectLines(servers, [away, back]);
    }),
  );

  test('that goes on hanging is tried again and again, and no count waits for it', async () => {
    const redis = atEnd(await startRedis(program));
    const lines: string[] = [];
    const listener = { onAway: () => void lines.push('away'), onBack: () => void lines.push('back') };
    const link = await openRedis(redis.url, listener);
    endings.unshift(() => link.close());
    const counter = createCounters({ shared: { redis: link, secret: 'x' } })('x', often);
    redis.signal('SIGSTOP');
    await expect.poll(() => lines).toEqual(['away']);
    let connections = 0;
    link.client.on('connect', () => connections++);
    for (let counts = 1; connections < 2; counts++) {
      const first = await Promise.race([counter.count('a'), new Promise((resolve) => setImmediate(resolve, 'waited'))]);
      expect(first).toMatchObject({ remaining: often.requests - counts });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    redis.signal('SIGCONT');
    await expect.poll(() => lines).toEqual(['away', 'back']);
  });

  test('memory full: it answers, but counts nothing; also that is away, and told once', async () => {
    const redis = atEnd(await startRedis(program));
    const servers = await startTwo(redis.url);
    const key = await createKey(servers[0]!, rarely);
    await redis.client.config('SET', 'maxmemory', '1');
    await expectLines(servers, [away]);
    expect(servers[0]!.logLines.find((line) => line.includes(away))).toContain('OOM command not allowed');
    for (const server of servers) expect(await countPassed([server], 20, key.asSecret)).toBe(6);
    await redis.client.config('SET', 'maxmemory', '0');
    await expectLines(servers, [away, back]);
  });

  test('down at the start: the server starts, and shares limits when it comes', async () => {
    const port = await findFreePort();
    const servers = await startTwo(`redis://127.0.0.1:${port}`);
    await expectLines(servers, [away]);
    expect(await countPassed(servers, 4, (await createKey(servers[0]!, rarely)).asSecret)).toBe(4);
    atEnd(await startRedis(program, { port }));
    await expectLines(servers, [away, back]);
    expect(await countPassed(servers, 20, (await createKey(servers[0]!, rarely)).asSecret)).toBe(6);
  });
});

test('the password of a REDIS_URL is cut out of every line of the log, also one without a user', () => {
  expect(withoutSecrets('{"url":"redis://:hunter2@host:6379/1"}')).toBe('{"url":"redis://:[redacted]@host:6379/1"}');
  expect(withoutSecrets('rediss://user:hunter2@host')).toBe('rediss://user:[redacted]@host');
});

describe('what is no Redis for this server', () => {
  const password = 'hunter2-hunter2';

  async function startWith(url: string): Promise<{ server: TestServer; line: string }> {
    const server = atEnd(await startTestServer({ environment: { REDIS_URL: url } }));
    await expectLines([server], [away]);
    const key = await createKey(server, rarely);
    expect(await countPassed([server], 9, key.asSecret)).toBe(6);
    expect(server.logLines.join('\n')).not.toContain(password);
    return { server, line: server.logLines.find((text) => text.includes(away)) ?? '' };
  }

  test.skipIf(program === '')('a wrong password is one line without it', async () => {
    const redis = atEnd(await startRedis(program, { password: 'another' }));
    const { line } = await startWith(`redis://:${password}@127.0.0.1:${redis.port}`);
    expect(line).toContain('WRONGPASS');
    const { line: missing } = await startWith(`redis://127.0.0.1:${redis.port}`);
    expect(missing).toContain('NOAUTH');
  });

  test.skipIf(program === '')('a database that is not there is not replaced by another one', async () => {
    const redis = atEnd(await startRedis(program));
    const { line } = await startWith(`${redis.url}/99`);
    expect(line).toContain('DB index is out of range');
    expect(await redis.client.keys('*')).toEqual([]);
  });

  test.skipIf(program === '')('the right password is used', async () => {
    const redis = atEnd(await startRedis(program, { password }));
    const servers = await startTwo(redis.url);
    expect(await countPassed(servers, 20, (await createKey(servers[0]!, rarely)).asSecret)).toBe(6);
    await expectLines(servers, []);
  });

  test.skipIf(program === '')(
    'a user with the rights that docs/configuration.md names, and no other, can share limits',
    async () => {
      const [, rights = '', names = ''] =
        /A user for it needs\s+`([^`]+)` on\s+`(~[^`]+)`/.exec(readRepositoryFile('docs/configuration.md')) ?? [];
      const user = ['--user', 'limits', 'on', `>${password}`, names, ...rights.split(' '), '+select'];
      const redis = atEnd(await startRedis(program, { settings: user }));
      const servers = await startTwo(`redis://limits:${password}@127.0.0.1:${redis.port}/1`);
      expect(await countPassed(servers, 20, (await createKey(servers[0]!, rarely)).asSecret)).toBe(6);
      const email = 'ada@example.com';
      await createPerson(servers[0]!, { email });
      const signIn = { body: { email, password: 'correct horse battery staple' } };
      expect((await openBrowser(servers[0]!).send('/api/session', signIn)).status).toBe(200);
      await redis.client.select(1);
      // The person's own counter is gone, and the address's is back at none.
      const kept = await redis.client.keys('postern/sign-in*');
      expect(kept.map((name) => name.replace(/:.*/, ''))).toEqual(['postern/sign-in/30/900']);
      expect(await redis.client.get(kept[0]!)).toBe('0');
      await expectLines(servers, []);
    },
  );

  test.skipIf(program === '')('a Redis that quotes the password back: it is cut out', async () => {
    const redis = atEnd(await startRedis(program, { settings: ['--rename-command', 'AUTH', ''] }));
    const { line } = await startWith(`redis://:${password}@127.0.0.1:${redis.port}`);
    expect(line).toContain('[redacted]');
  });

  test('a server that takes connections and says nothing does not keep the start waiting', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const startedAt = performance.now();
    const { server } = await startWith(`redis://:${password}@127.0.0.1:${(mute.address() as { port: number }).port}`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await server.stop();
    mute.close();
  });

  test('another kind of server', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { server } = await startWith(`rediss://:${password}@127.0.0.1:${(other.address() as { port: number }).port}`);
    await server.stop();
    const plain = await startWith(`redis://:${password}@127.0.0.1:${(other.address() as { port: number }).port}`);
    expect(plain.line).toContain('Protocol error');
    await plain.server.stop();
    other.close();
  });

  test('a name that nobody has', async () => {
    const { line } = await startWith(`redis://:${password}@redis.invalid`);
    expect(line).toMatch(/ENOTFOUND|EAI_AGAIN|did not answer/);
  });
});
