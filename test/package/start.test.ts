/** `npm start`, `npm run build` and `npm pack` in a fresh copy of this checkout, and the package installed, as processes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathInRepository, readRepositoryFile } from '../support/repository.ts';
import { send } from '../support/requests.ts';
import { launchBrowser, openPage } from '../e2e/browser.ts';
import { copyCheckout, runIn, untilListening, type Running } from './checkout.ts';
import { copyPages, fillIn, mistakenFile, mistakes, pagePackages, pages, serveBuilt } from './pages.ts';

const remedy = 'npm install --include=dev && npm run build';
let cwd: string;
let starts = 0;
beforeAll(() => {
  cwd = copyCheckout();
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** Each on a store of its own. */
function npmStart(environment: Readonly<Record<string, string>> = {}): Running {
  const DATABASE_URL = `lmdb:${join(cwd, `.data/${++starts}`)}`;
  return runIn({ cwd, environment: { PORT: '0', LOG_LEVEL: 'error', DATABASE_URL, ...environment } }, 'npm', 'start');
}

async function expectStopped({ child, exited, port }: Awaited<ReturnType<typeof untilListening>>): Promise<void> {
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  await expect(send({ port }, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}

const inDist = (name: string): string => join(cwd, 'dist', name);
const leftovers = (): readonly string[] =>
  readdirSync(join(cwd, 'dist')).filter((name) => /^\.(lock|next-)/.test(name));

describe('npm start', () => {
  test('without what builds, and without a build: one sentence, and exit code 1', async () => {
    const installed = runIn(
      { cwd, environment: { NODE_ENV: 'production' } },
      ...(['npm', 'install', '--no-audit', '--no-fund'] as const),
    );
    expect({ code: await installed.exited, output: installed.output() }).toMatchObject({ code: 0 });
    const started = npmStart();
    expect(await started.exited).toBe(1);
    expect(started.output()).toContain(`\nPostern is not built: ${remedy}\n`);
    expect(started.output()).not.toContain('    at ');
    renameSync(join(cwd, 'node_modules'), join(cwd, 'node_modules-for-production'));
    symlinkSync(pathInRepository('node_modules'), join(cwd, 'node_modules'));
  });

  test('ended in the middle of its build: ends what builds, and leaves nothing', async () => {
    const { child, output, exited } = npmStart();
    await expect.poll(output, { timeout: 60_000 }).toContain('Building');
    await expect.poll(leftovers, { timeout: 60_000 }).toHaveLength(2);
    child.kill('SIGTERM');
    await exited;
    expect(leftovers()).toEqual([]);
    expect(existsSync(inDist('server'))).toBe(false);
  });

  // Fails for a build that goes on when its lock was taken for the left-over one that it had just replaced.
  test('whose lock somebody else replaced, who saw the same left-over one: waits like anybody, and then builds', async () => {
    const leftOver = '999999999';
    const holder = (): string => (existsSync(inDist('.lock')) ? readFileSync(inDist('.lock'), 'utf8') : leftOver);
    let firstWord = '';
    // Once more where the lock was replaced too late.
    for (let attempt = 0; attempt < 5 && firstWord !== 'Another'; attempt++) {
      writeFileSync(inDist('.lock'), leftOver);
      const { child, output, exited } = npmStart();
      try {
        await expect.poll(() => ['', leftOver].includes(holder()), { timeout: 60_000, interval: 5 }).toBe(false);
        writeFileSync(inDist('.lock'), `${process.pid}`);
        await expect.poll(output, { timeout: 60_000 }).toMatch(/Another build|Building/);
        firstWord = /Another|Building/.exec(output())![0];
        rmSync(inDist('.lock'), { force: true });
        await expect.poll(output, { timeout: 60_000 }).toContain('Building');
      } finally {
        child.kill('SIGTERM');
        await exited;
      }
    }
    expect(firstWord).toBe('Another');
    expect(leftovers()).toEqual([]);
  });

  test('two at once in one checkout: one builds, the other waits, both serve; ended at npm, nothing is left on their ports', async () => {
    // As a build that was killed leaves it, in a container in which the same process ids come again.
    writeFileSync(inDist('.lock'), '999999999');
    const both = await Promise.all([npmStart(), npmStart()].map(untilListening));
    const outputs = both.map(({ output }) => output());
    expect(outputs.filter((text) => text.includes('\nBuilding (once, until something changes) …\n'))).toHaveLength(1);
    expect(
      outputs.filter((text) => text.includes('\nAnother build is under way here: waiting for it.\n')),
    ).toHaveLength(1);
    for (const { port } of both) {
      for (const path of ['/widget.js', '/demo', '/sign-in', '/api/openapi.json', '/readyz']) {
        expect([path, (await send({ port }, path)).status]).toEqual([path, 200]);
      }
    }
    for (const one of both) await expectStopped(one);
    expect(leftovers()).toEqual([]);
  });

  test('with nothing changed it does not build; a running server serves the old build until that of npm pack is whole', async () => {
    const served = await untilListening(npmStart());
    expect(served.output()).not.toContain('Building');
    const get = async (path: string): Promise<string> => {
      const { status, text } = await send(served, path);
      expect([path, status]).toEqual([path, 200]);
      return text;
    };
    const before = await get('/widget.js');
    const loader = join(cwd, 'widget/loader.ts');
    writeFileSync(
      loader,
      `${readFileSync(loader, 'utf8')}\nObject.assign(window, { changedLoader: 'a new build' });\n`,
    );
    const building = runIn({ cwd }, 'npm', 'pack');
    const seen = new Set<string>();
    while (building.child.exitCode === null) {
      seen.add(await get('/widget.js'));
      await get('/demo');
    }
    expect(await building.exited).toBe(0);
    const after = await get('/widget.js');
    expect(after).toContain('a new build');
    expect([...seen].filter((text) => text !== before && text !== after)).toEqual([]);
    await expectStopped(served);
  });

  test('without what builds, but with a build: starts it, and says when it is older than its sources', async () => {
    rmSync(join(cwd, 'node_modules'));
    renameSync(join(cwd, 'node_modules-for-production'), join(cwd, 'node_modules'));
    const served = await untilListening(npmStart());
    expect(served.output()).not.toMatch(/buil[dt]ing|built/i);
    await expectStopped(served);
    writeFileSync(join(cwd, 'server/changed.ts'), '');
    const older = await untilListening(npmStart());
    expect(older.output()).toContain(
      `was made from other sources, and what builds is not installed. To build anew: ${remedy}\n`,
    );
    await expectStopped(older);
  });
});

describe('the package that npm pack built, installed in an empty folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-installed-'));
    const tarball = join(
      cwd,
      readdirSync(cwd).find((name) => name.endsWith('.tgz'))!,
    );
    await ran('npm', 'install', '--omit=dev', '--no-audit', '--no-fund', tarball);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a program in the folder prints. */
  async function ran(program: string, ...args: readonly string[]): Promise<string> {
    const running = runIn({ cwd: folder }, program, ...args);
    expect([await running.exited, running.output()]).toEqual([0, running.output()]);
    return running.output();
  }

  test('has what the build made, and nothing that only a build needs', () => {
    const files = readdirSync(join(folder, 'node_modules/postern'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain('dist/server/cli.js');
    const made = files.filter((file) => !file.startsWith('docs/'));
    expect(made.filter((file) => /\.(map|tsbuildinfo)$|(?<!\.d)\.ts$|(^|\/)\.[^/]+$/.test(file))).toEqual([]);
  });

  test('npx postern start serves; what it prints works; ended at npx, nothing is left on its port', async () => {
    const environment = { PORT: '0', LOG_LEVEL: 'error' };
    const served = await untilListening(runIn({ cwd: folder, environment }, 'npx', 'postern', 'start'));
    const get = async (path: string): Promise<string> => {
      const { status, text } = await send(served, path);
      expect([path, status]).toEqual([path, 200]);
      return text;
    };
    expect(await get('/widget.js')).toContain('a new build');
    for (const path of ['/demo', '/sign-in']) {
      const [, asset = 'no asset'] = /src="([^"]+\.js)"/.exec(await get(path)) ?? [];
      expect(await get(asset)).not.toBe('');
    }
    for (const path of ['/api/docs', '/api/docs/reference.js', '/api/docs/reference.css', '/llms.txt']) await get(path);
    expect(await get('/api/docs/protect.md')).toContain('# Protect your own API');
    const { version } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { version: string };
    const scripts = readdirSync(join(folder, 'node_modules/postern/dist/widget', version));
    const chat = scripts.find((name) => /^chat-.*\.js$/.test(name))!;
    expect(await get(`/widget/${version}/${chat}`)).toContain('customElements');

    const [call = '', secretCall = ''] = served.output().match(/curl .*/g) ?? [];
    const curl = (command: string) => ran('sh', '-c', `${command} --silent --noproxy '*' --write-out '\n%{http_code}'`);
    expect(await curl(call)).toMatch(/Postern[^]*\n200$/);
    expect(await curl(secretCall)).toMatch(/Postern[^]*\n200$/);
    expect(await curl(call.replace('shop.example.localhost', 'evil.example'))).toMatch(/origin_not_allowed[^]*\n403$/);
    expect(await ran('npx', 'postern', 'org', 'list')).toMatch(/^org_demo /m);

    served.child.kill('SIGTERM');
    // Its output ends with the last process that writes to it, and that is the server.
    await served.exited;
    await expect(send(served, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('says its version, and has an import for the widget and one for package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { version: string };
    expect(await ran('npx', 'postern', '--version')).toBe(`${version}\n`);
    const program = `import { PosternChat, definePosternChat } from 'postern/widget';
      import about from 'postern/package.json' with { type: 'json' };
      console.log(typeof PosternChat, typeof definePosternChat, about.version);`;
    expect(await ran(process.execPath, '--no-warnings', '--input-type=module', '--eval', program)).toBe(
      `function function ${version}\n`,
    );
  });

  test('its entries are right for Node and for TypeScript, and hold in a strict program of somebody else', async () => {
    const tarball = readdirSync(cwd).find((name) => name.endsWith('.tgz'))!;
    for (const [tool, ...args] of [
      ['publint', '--strict'],
      ['attw', '--profile', 'esm-only'],
    ] as const) {
      const running = runIn(
        { cwd: folder },
        pathInRepository(`node_modules/.bin/${tool}`),
        join(cwd, tarball),
        ...args,
      );
      expect([tool, await running.exited, running.output()]).toEqual([tool, 0, running.output()]);
    }

    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...readPackage(), type: 'module' }));
    writeFileSync(join(folder, 'gate.ts'), gateProgram);
    writeFileSync(join(folder, 'own.ts'), ownProgram);
    const packages = ['typescript', '@types/node@20', 'express', '@types/express'];
    await ran('npm', 'install', '--no-audit', '--no-fund', ...packages);
    const strict = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--resolveJsonModule', '--types', 'node'];
    await ran('npx', 'tsc', ...strict, 'gate.ts');
    await ran('npx', 'tsc', ...strict, '--skipLibCheck', 'own.ts');
    expect(await ran(process.execPath, '--no-warnings', 'gate.js')).toBe('true https://shop.example.com 267 71\n');
  });

  test('the ten lines of the README stand in front of an Express app, beside a server of the package', async () => {
    const environment = { PORT: '0', LOG_LEVEL: 'error' };
    const served = await untilListening(runIn({ cwd: folder, environment }, 'npx', 'postern', 'start'));
    const create = async (...scopes: readonly string[]) => {
      const options = ['--org', 'org_demo', '--name', 'Own', '--domain', 'shop.example', ...scopes, '--json'];
      const made = JSON.parse(await ran('npx', 'postern', 'keys', 'create', ...options)) as {
        readonly key: { readonly publicKey: string };
        readonly secretKey: string;
      };
      return { publicKey: made.key.publicKey, pair: `${made.key.publicKey}:${made.secretKey}` };
    };
    const asking = await create('--scope', 'keys:verify');
    const visitor = await create('--scope', 'invoices:read', '--publishable-scope', 'invoices:read');

    const [, file = '', lines = ''] =
      /as a file `([\w.]+)`:\n\n```js\n(import express[^]*?)```/.exec(readRepositoryFile('README.md')) ?? [];
    const program = lines
      .replace('https://HOST', `http://127.0.0.1:${served.port}`)
      .replace('pk_…:sk_…', asking.pair)
      .replace(
        'app.listen(4000)',
        "app.listen(0, '127.0.0.1', function () { console.log(`listening on http://127.0.0.1:${this.address().port}`); })",
      );
    // As `npm init -y` leaves a folder.
    const ownFolder = join(folder, 'own');
    mkdirSync(ownFolder);
    writeFileSync(join(ownFolder, 'package.json'), '{ "type": "commonjs" }');
    writeFileSync(join(ownFolder, file), program);
    const own = await untilListening(runIn({ cwd: ownFolder }, process.execPath, file));
    const call = async (authorization: string, origin?: string) => {
      const headers = { authorization: `Bearer ${authorization}`, ...(origin !== undefined && { origin }) };
      const { status, text } = await send(own, '/invoices', { headers });
      return [status, (JSON.parse(text) as { readonly code?: string }).code];
    };
    expect(await call(visitor.pair)).toEqual([200, undefined]);
    expect(await call(visitor.publicKey, 'https://shop.example')).toEqual([200, undefined]);
    expect(await call(visitor.publicKey, 'https://evil.example')).toEqual([403, 'origin_not_allowed']);
    expect(await call(visitor.pair.replace(/:.*/, `:${asking.pair.split(':')[1]!}`))).toEqual([401, 'key_invalid']);
    for (const { child, exited } of [own, served]) {
      child.kill('SIGTERM');
      await exited;
    }
  });

  test('a page of Vite, of React and of Vue: its types hold, a mistake is found, and its chat answers in a browser', async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...readPackage(), type: 'module' }));
    copyPages(folder);
    await ran('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...pagePackages);
    const checked = runIn({ cwd: folder }, 'npx', 'vue-tsc', '-p', '.');
    await checked.exited;
    const found = new Set(Array.from(checked.output().matchAll(/^([^\s(]+)\(\d+,\d+\): error/gm), ([, file]) => file));
    expect([...found].sort(), checked.output()).toEqual(mistakes.map((_, index) => mistakenFile(index)).sort());

    const environment = { PORT: '0', LOG_LEVEL: 'error' };
    const served = await untilListening(runIn({ cwd: folder, environment }, 'npx', 'postern', 'start'));
    const [publicKey = ''] = /pk_\w+/.exec(served.output()) ?? [];
    fillIn(folder, { 'pk_…': publicKey, 'agt_…': 'agt_demo', 'https://HOST': `http://127.0.0.1:${served.port}` });
    const browser = await launchBrowser();
    for (const name of pages) {
      await ran('npx', 'vite', 'build', name, '--logLevel', 'warn');
      const site = await serveBuilt(join(folder, name, 'dist'));
      const { page, errors, thrown } = await openPage(browser, `http://shop.example.localhost:${site.port}/`);
      const dialog = page.getByRole('dialog');
      for (const isFirst of [true, false]) {
        await page.getByRole('button', { name: 'Ask' }).click();
        const answers = dialog.getByText('Postern is a self-hosted gate');
        await answers.nth(isFirst ? 0 : 1).waitFor();
        await page.locator('output', { hasText: 'Postern is a self-hosted gate' }).waitFor();
        await dialog.getByRole('button', { name: 'Close' }).click();
        await dialog.waitFor({ state: 'hidden' });
      }
      expect([name, errors, thrown]).toEqual([name, [], []]);
      await page.close();
      site.stop();
    }
    await browser.close();
    served.child.kill('SIGTERM');
    await served.exited;
  });

  const readPackage = (): object => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
});

/** The gate in front of something that has nothing of Postern but this. */
const gateProgram = `
import {
  createAuthenticator, createPublicKey, createScryptQueue, createSecretKey, createSecrets, isRefusal, type GateKey,
} from 'postern/gate';
import cases from 'postern/gate/cases.json' with { type: 'json' };

const secrets = createSecrets({ queue: createScryptQueue() });
const secret = await secrets.store(createSecretKey(), 'org_1');
if (isRefusal(secret)) throw new Error(secret.code);
const publicKey = createPublicKey();
const key: GateKey = {
  id: 'key_1', organizationId: 'org_1', name: 'Shop', secret, previousSecret: null, allowedDomains: ['*.example.com'],
  enabled: true, expiresAt: null, scopes: ['agents:read'], publishableScopes: [], externalId: null, metadata: {}, rateLimit: null, refuseSecretInBrowser: false, learningUntil: null,
};
const { authenticate } = createAuthenticator({
  store: { findKeyByPublicKey: (wanted) => Promise.resolve(wanted === publicKey ? key : undefined) },
  secrets,
  limiter: { countCall: () => Promise.resolve([]), countRefusal: () => Promise.resolve([]) },
  meter: { record: () => undefined },
  clock: () => Date.now(),
  serverOrigin: 'https://api.example.com',
  onBadPattern: () => undefined,
});
const call = { authorizations: ['Bearer ' + publicKey], origins: ['https://shop.example.com'], isSameOriginRead: false };
const verdict = await authenticate(call, 'agents:read');
const origin = verdict.ok ? verdict.principal.origin : verdict.refusal.code;
console.log(verdict.ok, origin, cases.origins.length, cases.patterns.length);
`;

/** Each other entry of the package, with its types. */
const ownProgram = `
import express from 'express';
import { openGate, openStore, readConfig, startServer, type InProcessGate, type Store } from 'postern';
import { createGate, verifyRequest, type Principal } from 'postern/client';
import { requireKey } from 'postern/express';
import type { PosternChat } from 'postern/widget';

const store: Store = await openStore({ kind: 'lmdb', path: 'own-store' });
const inProcess: InProcessGate = openGate({ store, organizationId: 'org_1' });
const remote = createGate({ url: 'https://gate.example.com', credential: 'pk_1:sk_1' });
const app = express();
app.use(requireKey(inProcess, { scope: 'invoices:read', cost: 1, idempotencyKey: (request) => request.get('x-order') }));
app.get('/', (request, response) => {
  const principal: Principal | undefined = request.postern;
  response.json(principal?.key.metadata);
});
export const verified = async (request: Request): Promise<Response> => {
  const found = await verifyRequest(request, remote, { scope: 'invoices:read', ip: '192.0.2.1' });
  return found.ok ? Response.json(found.principal.scopes, { headers: found.headers }) : found.response;
};
export const chat = (element: PosternChat): void => element.focus();
export const start = async () => {
  const read = readConfig(process.env);
  return 'ok' in read ? read.problems : startServer;
};
`;
