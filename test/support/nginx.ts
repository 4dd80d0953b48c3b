/** A real nginx in front of a server, for tests: on a free port of this machine, killed by its own process id. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from './find-on-path.ts';
import { startListening } from './listening-child.ts';
import { findFreePort } from './free-port.ts';

/** The program; undefined when there is none, and then what needs it is skipped, but never under CI. */
export function findNginx(): string | undefined {
  const found = findOnPath('nginx');
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
  const child = await startListening(
    program,
    ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'error.log')],
    port,
  );
  return {
    port,
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
