/** The code that the dashboard offers, against a real server. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guardCodes } from '../../dashboard/pages/key/guard-code.ts';
import { requireKey } from '../../server/express/index.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

type About = Parameters<(typeof guardCodes)[number]['code']>[0];

const codeFor = (name: string, about: About): string => guardCodes.find(({ id }) => id === name)!.code(about);

describe('the guard for Express', () => {
  let server: TestServer;
  let key: TestKey;
  let api: Server;
  const { POSTERN_CREDENTIAL } = process.env;

  beforeAll(async () => {
    server = await startTestServer();
    const organizationId = await server.createOrganization();
    const caller = await server.createKey(organizationId, { scopes: ['keys:verify'] });
    const scopes = ['orders:read'];
    key = await server.createKey(organizationId, { scopes, publishableScopes: scopes, externalId: 'customer-42' });
    process.env.POSTERN_CREDENTIAL = `${caller.publicKey}:${caller.secretKey}`;
    const code = codeFor('express', { server: server.url, organizationId, scope: 'orders:read' });
    const [imports] = readRepositoryFile('docs/examples/express.ts').split('\n\n');
    expect(code.split('\n\n')[0]).toBe(imports);
    const program = code.replace(imports!, '').replace('app.listen(4000);', 'return app;');
    // What is offered is text, to be pasted. In a function it can import nothing, so it is given what it imports.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    const app = new Function('express', 'requireKey', program)(express, requireKey) as Express;
    api = createServer(app).listen(0, '127.0.0.1');
    await once(api, 'listening');
  });
  afterAll(() => {
    process.env.POSTERN_CREDENTIAL = POSTERN_CREDENTIAL;
    api.close();
  });

  const ask = (headers: Readonly<Record<string, string>>, method = 'GET') =>
    send({ port: (api.address() as AddressInfo).port }, '/', { headers, method });

  test('lets in whom the key lets in, tells whose key it is, and answers the others as it was told', async () => {
    for (const headers of [key.from('https://shop.example'), key.asSecret]) {
      const reply = await ask(headers);
      expect([reply.status, reply.json()]).toEqual([200, { of: 'customer-42' }]);
    }
    const evil = await ask(key.from('https://evil.example'));
    expect([evil.status, evil.json().code]).toEqual([403, 'origin_not_allowed']);
    expect(evil.headers['access-control-allow-origin']).toBe('*');
    expect((await ask({})).status).toBe(401);
    const preflight = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };
    expect((await ask(preflight, 'OPTIONS')).status).toBe(204);
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

/** What the page tells to change, changed as the page tells it. */
test.each([
  [
    'go',
    'guards/guard.go',
    [
      ['os.Getenv("POSTERN_URL")+"/api', '"http://127.0.0.1:3000/api'],
      ['r.Header.Get("Origin")}', 'r.Header.Get("Origin"), "scope": "orders:read"}'],
    ],
  ],
  [
    'php',
    'guards/guard.php',
    [
      ["getenv('POSTERN_URL') . '/api", "'http://127.0.0.1:3000/api"],
      ['?string $scope = null', "?string $scope = 'orders:read'"],
    ],
  ],
  ['nginx', 'proxies/nginx.conf', [['org_demo&', 'org_demo&scope=orders:read&']]],
  [
    'caddy',
    'proxies/Caddyfile',
    [
      ['forward_auth ', 'forward_auth http://'],
      ['org_demo', 'org_demo&scope=orders:read'],
    ],
  ],
] as const)('the guard for %s is that of docs/examples/%s', (name, file, changes) => {
  const asTold = changes.reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    },
    readRepositoryFile(`docs/examples/${file}`).trimEnd(),
  );
  const about = { server: 'http://127.0.0.1:3000', organizationId: 'org_demo', scope: 'orders:read' };
  const withoutWhatToChange = (text: string) => text.replace(/Change the .*/, '');
  expect(withoutWhatToChange(codeFor(name, about))).toBe(withoutWhatToChange(asTold));
});

describe.each([
  [
    'nginx',
    'events {} http {',
    '}',
    (file: string, folder: string) => ['-t', '-c', file, '-p', folder, '-e', `${folder}/error.log`],
  ],
  ['caddy', '', '', (file: string) => ['validate', '--adapter', 'caddyfile', '--config', file]],
] as const)('the guard for %s', (name, before, after, args) => {
  test.skipIf(!isThere(name)).each(['http://127.0.0.1:3000', 'https://localhost', 'https://localhost:8443'])(
    'is taken by the proxy, with the gate at %s',
    (server) => {
      const folder = mkdtempSync(join(tmpdir(), 'postern-guard-'));
      const file = join(folder, 'configuration');
      const code = codeFor(name, { server, organizationId: 'org_1', scope: undefined });
      writeFileSync(file, `${before}\n${code}\n${after}\n`);
      expect(() => execFileSync(name, args(file, folder), { stdio: 'pipe' })).not.toThrow();
      expect(code.includes(name === 'nginx' ? 'proxy_ssl_server_name on;' : 'header_up Host')).toBe(
        server.startsWith('https'),
      );
      rmSync(folder, { recursive: true });
    },
  );
});

describe.each([
  ['fastapi', 'python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], ''],
  ['php', 'php', ['-l'], ''],
  ['go', 'gofmt', ['-e'], ''],
] as const)('the guard for %s', (name, program, args, before) => {
  test.skipIf(!isThere(program)).each([undefined, 'orders:read'])('can be read by its language, scope %s', (scope) => {
    const input = before + codeFor(name, { server: 'https://gate.example.com', organizationId: 'org_1', scope });
    expect(() => execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'inherit'] })).not.toThrow();
  });
});
