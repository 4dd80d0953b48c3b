/** The commands of docs/databases.md, *Backups*, as they stand there: in an empty folder, after a start with a key. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleCommand, type BundledCommand } from '../support/command.ts';
import { openBrowser } from '../support/people.ts';
import { readRepositoryFile } from '../support/repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-docs-'));
const section = /^## Backups\n(.*?)^## /ms.exec(readRepositoryFile('docs/databases.md'))?.[1] ?? '';
const blocks = [...section.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block = '']) => block);
const password = 'a new pass phrase of mine';
let command: BundledCommand;
let cookie: [string, string] | undefined;
/** A free port for all of them: a cookie's name holds it. */
let port = 0;

beforeAll(async () => {
  command = await bundleCommand('docs', folder);
});
afterAll(() => {
  command.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts in the folder, does something there, and stops. */
async function withStarted<Result>(
  environment: Readonly<Record<string, string>>,
  act: (printed: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const env = { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'silent', DEMO: 'off', ...environment };
  const child = spawn(process.execPath, [command.path, 'start'], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (line.includes('listening on')) break;
  }
  child.stdout.resume();
  port = Number(/:(\d+)$/.exec(printed.at(-1) ?? '')?.[1]);
  try {
    return await act(printed);
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
}

const visit = () => openBrowser({ port, publicOrigin: `http://localhost:${port}` }, cookie && [cookie]);

/** Runs a block; its last line may be a start, which is done apart. */
async function runBlock(block: string): Promise<void> {
  const lines = block.trim().split('\n');
  const [, settings] = /^((?:\w+=\S+ )*)npm start$/.exec(lines.at(-1) ?? '') ?? [];
  const script = [
    // The package's script runs the same command.
    `npm() { shift 4; ${process.execPath} '${command.path}' "$@"; }`,
    'set -e',
    ...(settings === undefined ? lines : lines.slice(0, -1)),
  ];
  execFileSync('bash', ['-c', script.join('\n')], { cwd: folder, env: { PATH: process.env.PATH }, stdio: 'pipe' });
  if (settings === undefined) return;
  const environment = Object.fromEntries(
    settings
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((pair) => pair.split('=') as [string, string]),
  );
  await withStarted(environment, async () => {
    const reply = await visit().send('/api/session');
    expect([reply.status, reply.json()]).toMatchObject([200, { organizations: [{ name: 'Acme' }] }]);
  });
}

test('a backup is made, put back, and started on as it is; who was signed in stays so', async () => {
  expect(blocks).toHaveLength(3);
  cookie = await withStarted({}, async (printed) => {
    const token = printed.find((line) => line.includes('#token='))?.split('=')[1] ?? '';
    const browser = visit();
    const body = { token, password, organizationName: 'Acme' };
    expect((await browser.send('/api/setup', { body })).status).toBe(200);
    return [...browser.cookies][0]!;
  });
  for (const block of blocks) await runBlock(block);
});
