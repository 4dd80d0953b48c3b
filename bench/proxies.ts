/**
 * What the check costs in a proxy: requests a second with it beside the same proxy without it, as ratios. `npm run
 * bench:proxies`; BENCH_ROUNDS, BENCH_SECONDS, BENCH_CONNECTIONS.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxyKinds, type ProxyKind } from '../test/proxies/programs.ts';
import { startProxy, type Behind, type RunningProxy } from '../test/proxies/start-proxy.ts';
import { benchOrganizationId } from './fixture.ts';
import { ask, start, startPostern, stopAll } from './processes.ts';
import { median, print, runRounds, type Side } from './rounds.ts';

/** The configuration of each file without the check, and of nginx without connections to Postern that are kept. */
const unchecked: Readonly<Record<string, (text: string) => string>> = {
  'nginx.conf': (text) => text.replace('auth_request /_postern;', ''),
  Caddyfile: (text) => text.replace(/^\t\tforward_auth [^]*?^\t\t}\n/m, ''),
  'traefik.yml': (text) => text.replace('[no-underscores, postern]', '[no-underscores]'),
  'envoy.yaml': (text) => text.replace(/^ *- name: envoy.filters.http.ext_authz\n[^]*?(?=^ *- name: envoy)/m, ''),
};
const withoutKeepAlive = (text: string): string => text.replace(/keepalive 32;.*/, '');

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
const proxies: RunningProxy[] = [];

async function startSide(kind: ProxyKind, behind: Behind, configure?: (text: string) => string): Promise<string> {
  const proxy = await startProxy(kind, await kind.find(), behind, (text) => {
    const changed = configure?.(text) ?? text;
    if (configure !== undefined && changed === text) throw new Error(`${kind.file} has another shape now.`);
    return changed;
  });
  proxies.push(proxy);
  return `http://127.0.0.1:${proxy.port}/api/v1/agents`;
}

async function main(): Promise<void> {
  const database = `lmdb:${join(folder, 'db')}`;
  const { started } = await startPostern(database);
  const api = await ask<{ url: string }>(start('bare', { DATABASE_URL: database }));
  const portOf = (url: string): number => Number(new URL(url).port);
  const behind = { gatePort: portOf(started.url), apiPort: portOf(api.url), organizationId: benchOrganizationId };
  const headers = { authorization: `Bearer ${started.publicKey}`, origin: 'https://shop.example.com' };
  const load = (url: string) => ({ url, headers, status: 200 });

  const sides: Side[] = [];
  const ratios: (readonly [string, string])[] = [];
  for (const kind of proxyKinds) {
    const without = `${kind.name} without the check`;
    const withIt = `${kind.name} with the check`;
    sides.push({ name: without, load: load(await startSide(kind, behind, unchecked[kind.file])) });
    sides.push({ name: withIt, load: load(await startSide(kind, behind)) });
    ratios.push([withIt, without]);
    if (kind.file !== 'nginx.conf') continue;
    const unkept = `${withIt}, a connection each`;
    sides.push({ name: unkept, load: load(await startSide(kind, behind, withoutKeepAlive)) });
    ratios.push([unkept, without]);
  }
  const results = await runRounds(sides);
  for (const { name } of sides) print(name, results.get(name) ?? []);
  const rate = (name: string): number =>
    median((results.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
  console.log();
  for (const [name, other] of ratios) {
    const addedMs = 1_000 / rate(name) - 1_000 / rate(other);
    console.log(`${(rate(name) / rate(other)).toFixed(2)}  ${name} / ${other} (${addedMs.toFixed(2)} ms more a call)`);
  }
}

try {
  await main();
} finally {
  for (const proxy of proxies) await proxy.stop();
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
