import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startListening } from '../support/listening-child.ts';
import { findFreePort } from '../support/free-port.ts';
import { readRepositoryFile } from '../support/repository.ts';
import type { ProxyKind } from './programs.ts';

export interface RunningProxy {
  readonly port: number;
  stop(): Promise<void>;
}

export interface Behind {
  readonly gatePort: number;
  readonly apiPort: number;
  readonly organizationId: string;
}

/** The configuration of `docs/examples/proxies`, with nothing changed but what it says to change. */
export async function startProxy(
  { name, file, args, around }: ProxyKind,
  program: string,
  { gatePort, apiPort, organizationId }: Behind,
  configure = (text: string): string => text,
): Promise<RunningProxy> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'postern-proxy-'));
  const own = configure(readRepositoryFile(`docs/examples/proxies/${file}`))
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${gatePort}`)
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${apiPort}`)
    .replaceAll('port_value: 3000', `port_value: ${gatePort}`)
    .replaceAll('port_value: 4000', `port_value: ${apiPort}`)
    .replaceAll('8080', String(port))
    .replaceAll('org_demo', organizationId);
  const config = join(folder, file);
  writeFileSync(config, around === undefined ? own : around(own, folder));
  // What some read from the home folder, and keep there.
  const home = join(folder, 'home');
  const environment = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const child = await startListening(program, args({ folder, config, port }), port, environment).catch(
    (error: unknown) => {
      throw new Error(`${name} did not start.`, { cause: error });
    },
  );
  return {
    port,
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
