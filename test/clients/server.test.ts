/** The clients of docs/models.md that run on a server, with the pair, by the very code that stands there. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { recipe } from './recipes.ts';

const run = promisify(execFile);
let server: TestServer;
let key: TestKey;
let agentId: string;
const folder = mkdtempSync(join(import.meta.dirname, 'node_modules', '.recipes-'));

beforeAll(async () => {
  server = await startTestServer();
  const organizationId = await server.createOrganization();
  key = await server.createKey(organizationId);
  const faq = [{ question: 'When do you open?', answer: 'We open at nine.' }];
  agentId = (await server.createAgent(organizationId, { faq, public: false })).id;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

async function runRecipe(name: string, file: string, program: string, pair: string) {
  const path = join(folder, file);
  const url = `http://localhost:${server.port}`;
  writeFileSync(path, recipe(name, { url, key: key.publicKey, agentId }));
  return run(program, [path], { env: { ...process.env, POSTERN_PAIR: pair }, timeout: 60_000 }).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => (error as { readonly stderr: string }).stderr,
  );
}

test('openai in Node: answered with the pair, and with a wrong one told why', async () => {
  const pair = `${key.publicKey}:${key.secretKey}`;
  expect(await runRecipe('openai, in Node', 'node.mjs', process.execPath, pair)).toBe('We open at nine.');
  const wrong = await runRecipe('openai, in Node', 'node.mjs', process.execPath, key.publicKey);
  expect(wrong).toContain("code: 'origin_missing'");
});

// Fails without X-Should-Retry: the client sends what was refused again, twice by itself, and pays for it.
describe('openai in Node repeats nothing by itself', () => {
  let own: TestServer;
  let pair: Record<string, string>;
  let model: string;
  let ends = Promise.resolve();
  let timesAsked = 0;
  const messages = [{ role: 'user', content: 'Hi?' }] as const;
  beforeAll(async () => {
    own = await startTestServer({
      openAgent: () =>
        Promise.resolve({
          // A model that was asked, and gave nothing to show.
          async *answer(_messages, _signal, options) {
            timesAsked += 1;
            options?.onAsked?.();
            await ends;
            throw Object.assign(new Error('gave no text'), { isPaid: true });
          },
        }),
    });
    const organizationId = await own.createOrganization();
    pair = (await own.createKey(organizationId)).asSecret;
    model = (await own.createAgent(organizationId, { creditsPerMessage: 3 })).id;
  });
  afterAll(() => own.stop());

  async function open() {
    const { default: OpenAI } = await import('openai');
    let sentCount = 0;
    const client = new OpenAI({
      baseURL: `http://localhost:${own.port}/api/v1`,
      apiKey: pair.authorization!.slice('Bearer '.length),
      fetch: (url, init) => {
        sentCount += 1;
        return fetch(url, init);
      },
    });
    const ask = (key: string): Promise<unknown> =>
      client.chat.completions.create({ model, messages: [...messages] }, { headers: { 'Idempotency-Key': key } }).then(
        () => 'answered',
        (error: unknown) => [(error as { status: number }).status, (error as { code: string }).code],
      );
    return { sent: () => sentCount, ask };
  }

  test('what failed and was charged', async () => {
    const { sent, ask } = await open();
    expect(await ask('one')).toEqual([502, 'agent_failed']);
    expect([sent(), timesAsked]).toEqual([1, 1]);
  });

  test('what is being answered already', async () => {
    let end: () => void = () => undefined;
    ends = new Promise((resolve) => (end = resolve));
    const { sent, ask } = await open();
    const first = ask('two');
    await expect.poll(() => timesAsked).toBe(2);
    expect(await ask('two')).toEqual([409, 'conflict']);
    expect(sent()).toBe(2);
    end();
    expect(await first).toEqual([502, 'agent_failed']);
    expect([sent(), timesAsked]).toEqual([2, 2]);
  });
});

const python = await findPython();

test.skipIf(python === undefined)('openai in Python: the same', { timeout: 120_000 }, async () => {
  const pair = `${key.publicKey}:${key.secretKey}`;
  expect(await runRecipe('openai, in Python', 'python.py', python!, pair)).toBe('We open at nine.');
  const wrong = await runRecipe('openai, in Python', 'python.py', python!, key.publicKey);
  expect(wrong).toMatch(
    /PermissionDeniedError.*A publishable key needs an Origin header\. Call from a web page on an allowed domain/,
  );
});

/** A Python that has the client, in an environment of its own that is made once; undefined, with a line, where it can't be had. */
async function findPython(): Promise<string | undefined> {
  const version = '3.57.0';
  const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern', `python-openai-${version}`);
  const program = join(home, 'bin', 'python');
  try {
    await run(program, ['-c', 'import openai']).catch(async () => {
      mkdirSync(join(home, '..'), { recursive: true });
      await run('python3', ['-m', 'venv', home]);
      await run(program, ['-m', 'pip', 'install', '--quiet', `openai==${version}`], { timeout: 180_000 });
    });
    return program;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(`SKIPPED: the openai client of Python can not be had: ${String(error)}`);
    return undefined;
  }
}
