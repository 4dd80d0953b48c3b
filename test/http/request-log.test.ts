/** What a request leaves in the log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSecretKey } from '../../server/gate/key-format.ts';
import { logPath } from '../../server/http/log-path.ts';
import { measureProcessorMs } from '../support/processor-time.ts';
import { send, sendRaw } from '../support/requests.ts';
import { startTestServer, testSessionSecret, type TestKey, type TestServer } from '../support/server.ts';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly path?: string;
  readonly code?: string;
  readonly origin?: string;
  readonly address?: string;
}

const linesOf = ({ logLines }: TestServer): readonly Line[] => logLines.map((line) => JSON.parse(line) as Line);

/** The line of a request that was just answered. */
async function lineOf(server: TestServer, ask: () => Promise<unknown>): Promise<Line> {
  const before = server.logLines.length;
  await ask();
  await expect.poll(() => server.logLines.length).toBeGreaterThan(before);
  return linesOf(server).at(-1)!;
}

describe('one line for each request', () => {
  let server: TestServer;
  let named: TestServer;
  let key: TestKey;
  beforeAll(async () => {
    server = await startTestServer();
    named = await startTestServer({ environment: { LOG_ADDRESSES: 'on', TRUST_PROXY: '1' } });
    key = await server.createKey(await server.createOrganization());
  });
  afterAll(async () => {
    await server.stop();
    await named.stop();
  });

  test.each(['/healthz', '/readyz', '/metrics'])('%s is at debug', async (path) => {
    expect(await lineOf(server, () => send(server, path))).toMatchObject({ level: 'debug', path });
  });

  test('a refusal has the origin of its page; what is no origin, and what was accepted, has none', async () => {
    const ask = (origin: string) => send(server, '/api/v1/key', { headers: key.from(origin) });
    expect(await lineOf(server, () => ask('https://evil.example'))).toMatchObject({
      level: 'info',
      code: 'origin_not_allowed',
      origin: 'https://evil.example',
    });
    expect(await lineOf(server, () => ask('null'))).toMatchObject({ code: 'origin_opaque', origin: 'null' });
    for (const origin of ['https://shop.example', 'hunter2', `https://${createSecretKey()}/`]) {
      expect(await lineOf(server, () => ask(origin))).not.toHaveProperty('origin');
    }
  });

  test('with LOG_ADDRESSES=on a refusal has the address that it came from; without it no line has one', async () => {
    const headers = { 'x-forwarded-for': '[2001:db8::7]:4711' };
    expect(await lineOf(named, () => send(named, '/api/v1/key', { headers }))).toMatchObject({
      address: '2001:db8::7',
    });
    expect(await lineOf(named, () => send(named, '/sign-in', { headers }))).toMatchObject({ level: 'info' });
    expect(await lineOf(named, () => send(named, '/healthz', { headers }))).not.toHaveProperty('address');
    expect(await lineOf(server, () => send(server, '/api/v1/key'))).not.toHaveProperty('address');
  });

  test('what was typed as a path by mistake is not in it', async () => {
    for (const path of [
      '/hunter2',
      '/api/v1/hunter2',
      '/sign-in/hunter2?x=hunter2',
      '/org%2fhunter2',
      '//hunter2@evil.example/',
    ]) {
      const line = await lineOf(server, () => send(server, path));
      expect(JSON.stringify(line), path).not.toContain('hunter2');
    }
    const bytes = 'GET http://me:hunter2@gate.example/api/docs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const line = await lineOf(server, () => sendRaw(server, bytes).whole);
    expect(line).toMatchObject({ path: '/api/docs' });
  });
});

const secret = createSecretKey();
const percent = (text: string, times: number): string => {
  let encoded = Array.from(text, (sign) => `%${sign.charCodeAt(0).toString(16)}`).join('');
  for (let count = 1; count < times; count++) encoded = encoded.replaceAll('%', '%25');
  return encoded;
};

describe('the path in the log', () => {
  test.each<[string, boolean, string]>([
    ['/api/v1/agents/agt_1?key=x', true, '/api/v1/agents/agt_1'],
    ['/api/v1/agnets', false, '/api/v1/*'],
    ['/hunter2', false, '/*'],
    ['/postern/api/v1/key', false, '/*/api/v1/key'],
    ['/Hunter2/../metrics', false, '/*/*/metrics'],
    ['/%68unter2', false, '/*'],
    ['/%', false, '/*'],
    ['/api/v1/authorize/patients/7?x', true, '/api/v1/authorize/*'],
    ['http://me:pw@host/api/docs', true, '/api/docs'],
    ['http://me:pw@host?x', true, ''],
    [`/${secret}`, true, '/sk_[redacted]'],
  ])('%s (there: %s) is %s', (url, isKnown, shown) => {
    expect(logPath(url, isKnown)).toBe(shown);
  });

  test.each([1, 2, 3, 4, 5, 9])('has no piece of a key that is percent-encoded %i times', (times) => {
    for (const isKnown of [true, false]) {
      const shown = logPath(`/api/v1/agents/${'a'.repeat(30)}/${percent(secret, times)}`, isKnown);
      for (let start = 3; start + 6 <= secret.length; start++)
        expect(shown).not.toContain(secret.slice(start, start + 6));
      expect(shown).not.toMatch(/%[0-9a-f]{2}/);
    }
  });

  test('takes no time for the longest path that there can be', async () => {
    const ms = await measureProcessorMs(() => {
      for (const part of ['%25', '%', '/', 'a', '%2525252525', '%zz'])
        logPath(`/${part.repeat(16_384 / part.length)}`, false);
    });
    expect(ms).toBeLessThan(250);
  });
});

test('a start has one line that says what runs', async () => {
  const server = await startTestServer({ environment: { PUBLIC_URL: 'https://gate.example.com', TRUST_PROXY: '2' } });
  const started = linesOf(server).filter(({ msg }) => msg === 'Postern starts');
  await server.stop();
  expect(started).toEqual([
    {
      level: 'info',
      time: expect.any(Number) as unknown,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown,
      store: 'lmdb',
      publicUrl: 'https://gate.example.com',
      trustProxy: 2,
      redis: false,
      demo: false,
      msg: 'Postern starts',
    },
  ]);
});

test('in production every line is JSON, and the first owner’s link is in one of them, at every level', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const command = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PORT: '0',
    LOG_LEVEL: 'error',
    PUBLIC_URL: 'https://gate.example.com',
    SESSION_SECRET: testSessionSecret,
    DATABASE_URL: `lmdb:${join(folder, 'store')}`,
    DEMO: 'on',
  };
  const args = ['--import', import.meta.resolve('tsx'), command, 'start'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines: { setupUrl?: string; msg: string }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as { msg: string });
    if (line.includes('listening on http://')) break;
  }
  child.kill('SIGTERM');
  await closed;
  rmSync(folder, { recursive: true });
  const [link] = lines.flatMap(({ setupUrl }) => setupUrl ?? []);
  expect(link).toMatch(/^https:\/\/gate\.example\.com\/setup#token=[\w-]{43}$/);
  expect(lines.at(-1)?.msg).toMatch(/^Postern is listening on http:\/\/127\.0\.0\.1:\d+$/);
  expect(JSON.stringify(lines)).not.toMatch(/sk_/);
});
