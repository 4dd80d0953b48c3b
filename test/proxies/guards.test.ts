/** The guards of docs/protect.md, each in its own language, in an API that asks a real gate by `POST /api/v1/keys/verify`. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOnPath } from '../support/find-on-path.ts';
import { startListening, type ListeningChild } from '../support/listening-child.ts';
import { findFreePort } from '../support/free-port.ts';
import { pathInRepository, readRepositoryFile } from '../support/repository.ts';
import { send, type Reply, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const run = promisify(execFile);
const shop = 'https://shop.example';

interface Language {
  readonly name: string;
  readonly file: string;
  readonly program: string | undefined;
  /** An API around the guard, by the name of its file: it answers the id of the key, or 204 to a preflight. */
  readonly app: readonly [string, string];
  /** Makes what is started out of the folder; resolves to the program and its arguments. */
  readonly build: (program: string, folder: string, port: number) => Promise<readonly [string, readonly string[]]>;
}

const goProgram = findOnPath('go') ?? ['/usr/local/go/bin/go'].find((path) => existsSync(path));

const languages: readonly Language[] = [
  {
    name: 'Python',
    file: 'guard.py',
    program: findOnPath('python3'),
    app: [
      'app.py',
      `
import sys
from wsgiref.simple_server import make_server
from guard import guard
def app(environ, start_response):
    start_response("204 None" if "postern" not in environ else "200 OK", [])
    return [environ["postern"]["key"]["id"].encode()] if "postern" in environ else []
make_server("127.0.0.1", int(sys.argv[1]), guard(app)).serve_forever()
`,
    ],
    build: (program, folder, port) => Promise.resolve([program, [join(folder, 'app.py'), String(port)]]),
  },
  {
    name: 'Go',
    file: 'guard.go',
    program: goProgram,
    app: [
      'main.go',
      `
package main
import ("io"; "net/http"; "os")
func main() {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Postern-Key")) })
	guarded := guard(api)
	http.ListenAndServe("127.0.0.1:" + os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "OPTIONS" { w.WriteHeader(204) } else { guarded.ServeHTTP(w, r) }
	}))
}
`,
    ],
    async build(program, folder, port) {
      writeFileSync(join(folder, 'go.mod'), 'module guarded\n\ngo 1.21\n');
      await run(program, ['build', '-o', 'guarded', '.'], { cwd: folder });
      return [join(folder, 'guarded'), [String(port)]];
    },
  },
  {
    name: 'PHP',
    file: 'guard.php',
    program: findOnPath('php'),
    app: [
      'index.php',
      `<?php
require __DIR__ . '/guard.php';
$caller = guard();
if (!isset($caller['key'])) { http_response_code(204); } else { echo $caller['key']['id']; }
`,
    ],
    build: (program, folder, port) =>
      Promise.resolve([program, ['-S', `127.0.0.1:${port}`, '-t', folder, join(folder, 'index.php')]]),
  },
];

for (const { name, file, program, app, build } of languages) {
  if (program === undefined)
    console.error(`\n!!! THE GUARD IN ${name.toUpperCase()} IS NOT TESTED: there is no ${name}.\n`);

  describe.skipIf(program === undefined)(`the guard in ${name}`, () => {
    let gate: TestServer;
    let folder: string;
    let child: ListeningChild;
    let port: number;
    let key: TestKey;
    let stranger: TestKey;

    beforeAll(async () => {
      gate = await startTestServer();
      key = await gate.createKey(await gate.createOrganization());
      stranger = await gate.createKey(await gate.createOrganization());
      const verifier = await gate.createKey(key.organizationId, { scopes: ['keys:verify'] });
      folder = mkdtempSync(join(tmpdir(), 'postern-guard-'));
      cpSync(pathInRepository(`docs/examples/guards/${file}`), join(folder, file));
      writeFileSync(join(folder, app[0]), app[1]);
      port = await findFreePort();
      const [started, args] = await build(program!, folder, port);
      child = await startListening(started, args, port, {
        ...process.env,
        POSTERN_URL: `http://127.0.0.1:${gate.port}`,
        POSTERN_CREDENTIAL: `${verifier.publicKey}:${verifier.secretKey}`,
      });
    });
    afterAll(async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = (headers: RequestHeaders, method = 'GET'): Promise<Reply> =>
      send({ port }, '/orders', { method, headers });

    function expectStopped(reply: Reply, status: number, code: string): void {
      expect([reply.status, reply.problem().code]).toEqual([status, code]);
      expect(reply.headers['access-control-allow-origin']).toBe('*');
    }

    test('lets a pair and a page on an allowed domain through, as whom they are', async () => {
      const forged = { 'postern-key': 'key_1' };
      for (const headers of [key.asSecret, key.from(shop)]) {
        const reply = await ask({ ...headers, ...forged });
        expect([reply.status, reply.text]).toEqual([200, key.id]);
      }
    });

    test('stops everybody else, and says why', async () => {
      expectStopped(await ask({}), 401, 'credentials_missing');
      expectStopped(await ask({ authorization: 'Basic x' }), 401, 'credentials_malformed');
      expectStopped(await ask(stranger.asSecret), 401, 'key_invalid');
      expectStopped(await ask(key.from('https://evil.example')), 403, 'origin_not_allowed');
      expectStopped(await ask({ authorization: key.from(shop).authorization }), 403, 'origin_missing');
      const limited = await gate.createKey(key.organizationId, { rateLimit: { requests: 1, windowSeconds: 60 } });
      expect((await ask(limited.asSecret)).status).toBe(200);
      expectStopped(await ask(limited.asSecret), 429, 'rate_limited');
    });

    test('a preflight passes', async () => {
      const headers = { origin: shop, 'access-control-request-method': 'PUT' };
      expect((await ask(headers, 'OPTIONS')).status).toBe(204);
    });

    test('is under 25 lines, without its imports', () => {
      const text = readRepositoryFile(`docs/examples/guards/${file}`).replace(/^import \([^)]*\)$/m, '');
      const lines = text
        .split('\n')
        .filter((line) => line.trim() !== '' && !/^(#|\/\/|import |package |<\?php)/.test(line));
      expect(lines.length).toBeLessThan(25);
    });

    test('the last: a gate that is stopped lets nobody through', async () => {
      await gate.stop();
      for (const headers of [key.asSecret, key.from(shop)]) {
        expectStopped(await ask(headers), 503, 'store_unavailable');
      }
    });
  });
}
