/** The built command as processes: a server on a free port with a store of its own, and commands on the same store. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { WidgetManifest } from '../../vite.config.ts';

const dist = join(import.meta.dirname, '../../dist');
const command = join(dist, 'server/cli.js');

export function readManifest(): WidgetManifest {
  return JSON.parse(readFileSync(join(dist, 'widget/manifest.json'), 'utf8')) as WidgetManifest;
}

export interface BuiltServer {
  /** The origin that browsers use. */
  readonly origin: string;
  readonly port: number;
  /** What the start printed. */
  readonly printed: string;
  /** `postern … --json` on the server's store. */
  run<Result>(...args: readonly string[]): Promise<Result>;
  stop(): Promise<void>;
}

export async function startBuiltServer(environment: Readonly<Record<string, string>> = {}): Promise<BuiltServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-e2e-'));
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: `lmdb:${join(folder, 'store')}`,
    PORT: '0',
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_KEY_IP: 'off',
    ...environment,
  };
  const child = spawn(process.execPath, [command, 'start'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes('listening on')) break;
  }
  const port = Number(/:(\d+)$/.exec(lines.at(-1) ?? '')?.[1]);
  if (!(port > 0)) throw new Error(`The server did not start: ${lines.join('\n')}`);
  child.stdout.resume();
  return {
    origin: `http://localhost:${port}`,
    port,
    printed: lines.join('\n'),
    async run<Result>(...args: readonly string[]) {
      const { stdout } = await promisify(execFile)(process.execPath, [command, ...args, '--json'], {
        env,
        cwd: folder,
      });
      return JSON.parse(stdout) as Result;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface MadeKey {
  readonly organizationId: string;
  readonly keyId: string;
  readonly publicKey: string;
  readonly agentId: string;
}

/** An organization with one agent and one key, made as an operator makes them. */
export async function makeKey(server: BuiltServer, domain: string): Promise<MadeKey> {
  const faq = join(mkdtempSync(join(tmpdir(), 'postern-e2e-')), 'faq.md');
  writeFileSync(
    faq,
    '# When do you open?\n\nAt nine.\n\n```js\nopen(9);\n```\n\n# How far is the harbour?\n\nTen minutes on foot.\n',
  );
  const { id: organizationId } = await server.run<{ id: string }>(
    'org',
    'create',
    '--name',
    'Shop',
    '--credits',
    '100',
  );
  const inOrganization = ['--org', organizationId] as const;
  const agent = await server.run<{ id: string }>(
    'agents',
    'create',
    ...inOrganization,
    '--name',
    'Guide',
    '--faq',
    faq,
    '--public',
  );
  const { key } = await server.run<{ key: { id: string; publicKey: string } }>(
    ...(['keys', 'create', ...inOrganization, '--name', 'Web', '--domain', domain] as const),
  );
  return { organizationId, keyId: key.id, publicKey: key.publicKey, agentId: agent.id };
}
