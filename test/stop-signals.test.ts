/** What ends a server process, and how: with signals, and when it can't start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bundleCommand, type BundledCommand } from './support/command.ts';
import { send } from './support/requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-signals-'));
let command: BundledCommand;
beforeAll(async () => {
  command = await bundleCommand('stop-signals', folder);
});
afterAll(() => {
  command.remove();
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  readonly exited: Promise<unknown[]>;
}

const serverEnvironment = (name: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  PORT: '0',
  LOG_LEVEL: 'silent',
  DEMO: 'off',
  DATABASE_URL: `lmdb:${join(folder, name)}`,
});

async function start(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const child = spawn(process.execPath, [command.path, 'start'], {
    env: { ...serverEnvironment(name), ...environment },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line) ?? [];
    if (port !== undefined) return { child, port: Number(port), exited };
  }
  throw new Error('It did not start.');
}

describe('a server process', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    const { child, port, exited } = await start(signal);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    await expect(send({ port }, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  // The shell stands for npm's: it gets npm's signal, and does not pass it on.
  test('that npm started ends with the shell in between; another one goes on without whoever started it', async () => {
    const shell = 'node "$0" start & echo "pid $!"; wait';
    const startBelowShell = async (name: string, environment: Readonly<Record<string, string>>) => {
      const child = spawn('sh', ['-c', shell, command.path], {
        env: { ...serverEnvironment(name), ...environment },
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      await expect.poll(() => output, { timeout: 15_000 }).toContain('listening on');
      const [, pid] = /pid (\d+)/.exec(output) ?? [];
      const [, port] = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? [];
      child.kill('SIGTERM');
      await once(child, 'exit');
      return { pid: Number(pid), server: { port: Number(port) }, closed: once(child, 'close') };
    };
    const isRunning = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    const [ofNpm, other] = await Promise.all([
      startBelowShell('of-npm', { npm_lifecycle_event: 'npx' }),
      startBelowShell('of-a-shell', {}),
    ]);
    onTestFinished(() => {
      for (const { pid } of [ofNpm, other]) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    await ofNpm.closed;
    await expect(send(ofNpm.server, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await send(other.server, '/healthz')).status).toBe(200);
    process.kill(other.pid);
    await other.closed;
  });

  // Fails when the second of the two signals that npm and the terminal send for one Ctrl-C ends it in the middle of its stop.
  test('takes two signals at once for one, goes on stopping, and ends at once on a later one', async () => {
    const { child, port, exited } = await start('twice', { SHUTDOWN_DELAY_SECONDS: '60' });
    child.kill('SIGINT');
    child.kill('SIGINT');
    await expect.poll(async () => (await send({ port }, '/readyz')).status).toBe(503);
    for (let call = 0; call < 20; call++) expect((await send({ port }, '/healthz')).status).toBe(200);
    await expect
      .poll(() => {
        child.kill('SIGINT');
        return child.exitCode;
      })
      .toBe(130);
    await exited;
  });

  test('that finds its port taken says so, ends with 1, and leaves the other server and its own data alone', async () => {
    const first = await start('first');
    const environment = { PORT: String(first.port), DEMO: 'off', DATABASE_URL: `lmdb:${join(folder, 'second')}` };
    const refused = await command.run(['start'], { environment });
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `Postern did not start: port ${first.port} is taken. Stop what uses it, or set PORT to another one.\n`,
    });
    expect((await send(first, '/readyz')).status).toBe(200);
    const second = await start('second');
    for (const { child, exited } of [first, second]) {
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    }
  });
});
