/** A program of others that listens on a port of this machine, for tests: killed by its own process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ListeningChild {
  stop(): Promise<void>;
}

const startLimitMs = 20_000;
const askEveryMs = 50;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Resolves when it listens; throws, with what it said, when it ends before. */
export async function startListening(
  program: string,
  args: readonly string[],
  port: number,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ListeningChild> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const said: Buffer[] = [];
  for (const output of [child.stdout, child.stderr]) output.on('data', (bytes: Buffer) => said.push(bytes));
  running.add(child);
  const ended = once(child, 'exit');
  for (let waitedMs = 0; !(await isListening(port)); waitedMs += askEveryMs) {
    if (waitedMs > startLimitMs || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`${program} did not start:\n${Buffer.concat(said).toString('utf8').slice(-4_000)}`);
    }
    await sleep(askEveryMs);
  }
  return {
    async stop() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
