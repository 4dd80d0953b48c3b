/** A real nginx in front of a server, for tests: on a free port of this machine, killed by its own process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './redis.ts';

/** The program; undefined when there is none, and then what needs it is skipped, but never under CI. */
export function findNginx(): string | undefined {
  // Debian puts it where only root's PATH leads.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].filter((folder) => folder !== '');
  const found = folders
    .map((folder) => join(folder, 'nginx'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (found === undefined && process.env.CI === 'true') {
    throw new Error('The tests behind nginx must run here, and there is none. Debian has it as nginx-light.');
  }
  if (found === undefined)
    console.error('\n!!! THE TEST BEHIND NGINX IS SKIPPED: there is none. Debian has it as nginx-light.\n');
  return found;
}

export interface Nginx {
  readonly port: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** With compression as sites switch it on, and nothing else but the defaults. */
export async function startNginx(program: string, upstreamPort: number): Promise<Nginx> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'postern-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {}
    http {
      access_log off; ${temporary.join(' ')}
      gzip on; gzip_types application/json application/javascript text/css text/plain; gzip_proxied any;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://127.0.0.1:${upstreamPort}; proxy_http_version 1.1; }
      }
    }`,
  );
  const child = spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
  });
  running.add(child);
  const ended = once(child, 'exit');
  for (let attempt = 0; !(await isListening(port)); attempt++) {
    if (attempt === 200 || child.exitCode !== null) throw new Error('nginx did not start.');
    await sleep(50);
  }
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
      rmSync(folder, { recursive: true, force: true });
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
