/** The server from its source as a process of its own, with its real handlers of signals and of rejections. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from './free-port.ts';
import { testSessionSecret } from './server.ts';

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** What it wrote to its standard output, line by line: its log and its greeting. */
  readonly lines: readonly string[];
  /** Resolves when it serves. */
  readonly ready: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it with SIGTERM; resolves to its exit code, which is not 0 after a rejection that nobody waited for. */
  stop(): Promise<number | null>;
}

const loader = import.meta.resolve('tsx');
const command = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

/** Does not wait until it serves. */
export async function startServerProcess(
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const port = await findFreePort();
  const child = spawn(process.execPath, ['--import', loader, command, 'start'], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DEMO: 'off',
      DATABASE_URL: databaseUrl,
      SESSION_SECRET: testSessionSecret,
      RATE_LIMIT_PER_KEY_IP: 'off',
      RATE_LIMIT_REFUSED_PER_IP: 'off',
      RATE_LIMIT_REFUSED_ORIGIN_PER_IP: 'off',
      LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A test that failed did not stop it.
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('listening on')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`The server ended (${String(code)}): ${lines.join('\n')}`)));
  });
  // Who does not wait for it looks at the exit code.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    port,
    lines,
    ready,
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
