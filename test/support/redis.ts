/** A real redis-server for tests: on a free port of this machine, with nothing kept on a disk, killed by its own process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { findFreePort } from './free-port.ts';

/** What the global set-up found: the program; undefined when there is none, and then the suites on Redis are skipped. */
type RedisForTests = string | undefined;

declare module 'vitest' {
  interface ProvidedContext {
    redis: RedisForTests;
  }
}

export function findRedisServer(): RedisForTests {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** What the tests themselves ask it. */
  readonly client: Redis;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL: nothing is said to anybody. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface RedisOptions {
  readonly port?: number;
  /** Further lines of its configuration, as arguments. */
  readonly settings?: readonly string[];
  readonly password?: string;
}

const running = new Set<ChildProcess>();
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};
process.once('exit', killAll);
// A test runner that gives up on a file ends its process like this, and then nothing is said at the exit.
process.once('SIGTERM', () => {
  killAll();
  process.kill(process.pid, 'SIGTERM');
});

/** Resolves when it accepts connections. */
export async function startRedis(program: string, options: RedisOptions = {}): Promise<RedisServer> {
  const { port = await findFreePort(), settings = [], password } = options;
  const folder = mkdtempSync(join(tmpdir(), 'postern-redis-'));
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const child = spawn(program, [...own, ...secret, ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const ended = once(child, 'exit');
  await whenReady(child);
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null, ...(password && { password }) });
  client.on('error', () => undefined);

  async function kill(): Promise<void> {
    client.disconnect();
    child.kill('SIGKILL');
    await ended;
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
  }

  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    client,
    signal: (name) => void child.kill(name),
    kill,
    stop: kill,
  };
}

async function whenReady(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (line.includes('Ready to accept connections')) {
      child.stdout?.resume();
      return;
    }
  }
  throw new Error(`redis-server did not start:\n${lines.join('\n')}`);
}
