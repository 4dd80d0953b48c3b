/** The code that the dashboard offers, against a real server. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guardCodes } from '../../dashboard/pages/key/guard-code.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

type About = Parameters<(typeof guardCodes)[number]['code']>[0];

const codeFor = (name: string, about: About): string => guardCodes.find(({ id }) => id === name)!.code(about);

describe('the guard for Express', () => {
  let server: TestServer;
  let key: TestKey;
  let api: Server;
  const { POSTERN_PAIR } = process.env;

  beforeAll(async () => {
    server = await startTestServer();
    const organizationId = await server.createOrganization();
    const caller = await server.createKey(organizationId, { scopes: ['keys:verify'] });
    const scopes = ['orders:read'];
    key = await server.createKey(organizationId, { scopes, publishableScopes: scopes, externalId: 'customer-42' });
    process.env.POSTERN_PAIR = `${caller.publicKey}:${caller.secretKey}`;
    const app = express();
    const code = codeFor('express', { server: server.url, organizationId, scope: 'orders:read' });
    // What is offered is text, to be pasted where there is an app.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function('app', code)(app as Express);
    app.get('/', (request, response) => {
      response.json((request as unknown as { postern: { key: object } }).postern.key);
    });
    api = createServer(app).listen(0, '127.0.0.1');
    await once(api, 'listening');
  });
  afterAll(() => {
    process.env.POSTERN_PAIR = POSTERN_PAIR;
    api.close();
  });

  const ask = (headers: Readonly<Record<string, string>>, method = 'GET') =>
    send({ port: (api.address() as AddressInfo).port }, '/', { headers, method });

  test('lets in whom the key lets in, tells whose key it is, and answers the others as it was told', async () => {
    for (const headers of [key.from('https://shop.example'), key.asSecret]) {
      const reply = await ask(headers);
      expect([reply.status, reply.json()]).toMatchObject([200, { id: key.id, externalId: 'customer-42' }]);
    }
    const evil = await ask(key.from('https://evil.example'));
    expect([evil.status, evil.json().code]).toEqual([403, 'origin_not_allowed']);
    expect(evil.headers['access-control-allow-origin']).toBe('*');
    expect((await ask({})).status).toBe(401);
    expect((await ask({ origin: 'https://shop.example' }, 'OPTIONS')).status).toBe(204);
  });

  test('lets nobody in when the server is gone', async () => {
    await server.stop();
    expect((await ask(key.asSecret)).status).toBe(503);
  });
});

/** Whether a program is there to look at code in its language. */
function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    // gofmt knows no such option, and is there.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

describe.each([
  ['fastapi', 'python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], ''],
  ['php', 'php', ['-l'], ''],
  ['go', 'gofmt', ['-e'], 'package guard\n'],
] as const)('the guard for %s', (name, program, args, before) => {
  test.skipIf(!isThere(program)).each([undefined, 'orders:read'])('can be read by its language, scope %s', (scope) => {
    const input = before + codeFor(name, { server: 'https://gate.example.com', organizationId: 'org_1', scope });
    expect(() => execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'inherit'] })).not.toThrow();
  });
});
