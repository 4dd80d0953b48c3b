/** What of `Dockerfile` and `compose.yaml` can be checked without a container engine. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEnv } from 'node:util';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { readRepositoryFile, repositoryFiles } from '../support/repository.ts';

const compose = readRepositoryFile('compose.yaml');
const dockerfile = readRepositoryFile('Dockerfile');
const image = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
const known = Object.keys(parseEnv(readRepositoryFile('.env.example')));

/** The lines below `name:` that are indented more than it. */
function blockOf(text: string, name: string): string {
  const [, indent = '', rest = ''] = new RegExp(`^( *)${name}:[^\\n]*\\n([^]*)`, 'm').exec(text) ?? [];
  const lines = rest.split('\n');
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith(`${indent} `));
  return lines.slice(0, end === -1 ? undefined : end).join('\n');
}

const environment = new Map(
  [...blockOf(compose, 'environment').matchAll(/^ +([A-Z_]+): +(.+)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace(/^'(.*)'$/, '$1'),
  ]),
);
const imageEnvironment = Object.fromEntries(
  (/^ENV (.+)$/m.exec(image)?.[1] ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
);

describe('compose.yaml', () => {
  it('is YAML', async () => {
    await expect(format(compose, { parser: 'yaml' })).resolves.toContain('services:');
  });

  it('names no variable that .env.example does not have', () => {
    const asked = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    expect([...environment.keys(), ...asked].filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(new Set(asked)).toEqual(new Set(['PUBLIC_URL', 'SESSION_SECRET', 'METRICS_TOKEN', 'LOG_LEVEL']));
  });

  it('starts servers with a configuration that is right, behind one proxy', () => {
    const given = new Map([
      ['PUBLIC_URL', 'https://gate.example.com'],
      ['SESSION_SECRET', 'x'.repeat(32)],
    ]);
    const filled = [...environment].map(([name, value]) => [
      name,
      value.replace(
        /\$\{([A-Z_]+)(?::-([^}]*))?[^}]*\}/,
        (_all, asked: string, otherwise = '') => given.get(asked) ?? String(otherwise),
      ),
    ]);
    const read = readConfig({ ...imageEnvironment, ...(Object.fromEntries(filled) as Record<string, string>) });
    expect(read).toMatchObject({
      config: { isProduction: true, host: '0.0.0.0', port: 3000, trustProxy: 1, isDemoOn: false, logLevel: 'info' },
    });
    const stop = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);
    const [delay, grace] = ['DELAY', 'GRACE'].map((name) => Number(environment.get(`SHUTDOWN_${name}_SECONDS`)));
    expect(stop).toBeGreaterThan(delay! + grace!);
    expect(delay).toBeGreaterThan(Number(/health_interval (\d+)s/.exec(compose)?.[1]));
  });

  it('bounds the log of every container', () => {
    const services = blockOf(compose, 'services');
    const names = [...services.matchAll(/^ {2}([\w-]+):(?! \*server)/gm)].map(([, name = '']) => name);
    expect(names).toEqual(['proxy', 'mongo', 'redis']);
    for (const block of [blockOf(compose, 'x-server'), ...names.map((name) => blockOf(services, name))]) {
      expect(block).toMatch(/^ +logging: \*logging$/m);
    }
    expect(blockOf(compose, 'x-logging')).toMatch(/max-size: \d+m, max-file: '\d'/);
  });

  it('lets nobody around the proxy, and /metrics not through it', () => {
    const services = blockOf(compose, 'services');
    expect(services.match(/^ +ports:/gm)).toHaveLength(1);
    expect(blockOf(services, 'proxy')).toMatch(/^ +ports:/m);
    expect(blockOf(compose, 'x-server')).not.toMatch(/^ +ports:/m);
    const proxy = blockOf(blockOf(compose, 'caddyfile'), 'content');
    expect(proxy).toMatch(/@metrics path \/metrics\n +respond @metrics 404\n/);
    const servers = [...services.matchAll(/^ {2}([\w-]+): \*server$/gm)].map(([, name]) => `${name ?? ''}:3000`);
    expect(/reverse_proxy (.+) \{/.exec(proxy)?.[1]?.split(' ')).toEqual(servers);
    expect(servers).toHaveLength(2);
  });
});

describe('Dockerfile', () => {
  it('copies what is there, or what an earlier stage made', () => {
    const fromContext = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(fromContext.length).toBeGreaterThan(4);
    const isThere = (name: string) => repositoryFiles.some((file) => file === name || file.startsWith(`${name}/`));
    expect(fromContext.filter((name) => name !== '.' && !isThere(name))).toEqual([]);
    expect([...image.matchAll(/^COPY --from=(\w+) \/app\/(\S+)/gm)].map(([, stage, name]) => [stage, name])).toEqual([
      ['packages', 'node_modules'],
      ['build', 'dist'],
    ]);
  });

  it('has the newest Node that the unit tests run on, in every stage', () => {
    const { scripts, engines } = JSON.parse(readRepositoryFile('package.json')) as {
      scripts: Record<string, string>;
      engines: { node: string };
    };
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const tested = Object.keys(scripts).map((name) => /^test:node(\d+)$/.exec(name)?.[1] ?? '');
    const newest = Math.max(...tested.map(Number));
    expect(new Set(bases)).toEqual(new Set([`node:${newest}-slim`]));
    expect(readRepositoryFile('.ci/run')).toContain(`npm run test:node${newest}\n`);
    expect(scripts[`test:node${newest}`]).toContain(`node@${newest} `);
    const oldest = /^>=(\d+\.\d+)$/.exec(engines.node)?.[1] ?? '';
    expect(readRepositoryFile('docs/running.md')).toContain(`(${oldest} or newer; tested on ${oldest} and ${newest}`);
  });

  it('runs as nobody’s root, without packages for development', () => {
    expect(/^USER (.+)$/m.exec(image)?.[1]).toBe('node');
    expect(dockerfile).toContain('npm ci --omit=dev');
  });

  it('keeps secrets, data and other builds out of it', () => {
    const ignored = readRepositoryFile('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.data/', 'backups/', '.git/', 'dist/', 'node_modules/']));
  });

  it('has a health check that tells an answering server from others', async () => {
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? status : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const [file = '', ...args] = JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(image)?.[1] ?? '[]') as string[];
    const check = (): Promise<number> =>
      new Promise((resolve) => {
        const env = { PATH: process.env.PATH, PORT: port };
        execFile(file, args, { env }, (error) => resolve(error === null ? 0 : Number(error.code)));
      });
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await check()).toBe(1);
  });
});
