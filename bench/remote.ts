/**
 * Where the time of a remote check goes: `npm run bench:remote`. Processor time for each call of the app that asks and of the gate
 * that answers, and its shares by what ran, from profiles of both; BENCH_SECONDS (20: long beside the start, which is in the profile
 * too). Shares hold on a busy machine, where rates don't.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { ask, start, startPostern, stopAll, type Cost } from './processes.ts';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'postern-remote-'));
const seconds = Number(process.env.BENCH_SECONDS ?? 20);
const connections = 32;

/** The first that fits. */
const kinds: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['Node: fetch (undici)', /deps\/undici/],
  ['Node: HTTP and sockets', /node:(_http|net|internal\/(http|streams|stream_base|js_stream)|stream|_stream)/],
  ['Node: the rest', /^node:/],
  ['garbage collection', /\(garbage collector\)/],
  ['native code: system calls, parsing, the engine', /\((program|native)\)| $/],
  [
    'Express and its packages',
    /node_modules\/(express|router|body-parser|send|raw-body|qs|accepts|fresh|type-is|helmet)\//,
  ],
  ['log', /node_modules\/(pino|sonic-boom|thread-stream)/],
  ['other packages', /node_modules\//],
  ['own code', /./],
];

function shares(profile: Profile): ReadonlyMap<string, number> {
  const kindOf = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => {
      const text = url === '' ? `${functionName} ` : url;
      const isIdle = functionName === '(idle)' || functionName === '(root)';
      return [id, isIdle ? 'idle' : (kinds.find(([, pattern]) => pattern.test(text))?.[0] ?? 'own code')] as const;
    }),
  );
  const counts = new Map<string, number>();
  for (const id of profile.samples) {
    const kind = kindOf.get(id) ?? 'idle';
    if (kind !== 'idle') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return new Map([...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => [kind, count / all]));
}

async function main(): Promise<void> {
  const profiled = (name: string) => ['--cpu-prof', `--cpu-prof-dir=${join(folder, name)}`];
  const database = `lmdb:${join(folder, 'db')}`;
  const gate = await startPostern(database, profiled('gate'));
  const { url, publicKey, secretKey } = gate.started;
  const apps = [];
  for (const kind of ['none', 'remote']) {
    const credential = `${publicKey}:${secretKey}`;
    const environment = { DATABASE_URL: database, GATE: kind, GATE_URL: url, GATE_CREDENTIAL: credential };
    const child = start('own-app', environment, profiled(kind));
    apps.push({ kind, child, url: `${(await ask<{ url: string }>(child)).url}/agents` });
  }
  for (const app of apps) {
    const headers = { authorization: `Bearer ${publicKey}`, origin: 'https://shop.example.com' };
    const load = (duration: number) => autocannon({ url: app.url, headers, connections, duration });
    await load(2);
    const before = [await ask<Cost>(app.child, {}), await ask<Cost>(gate.child, {})];
    const result = await load(seconds);
    if (result.non2xx > 0) throw new Error(`${result.non2xx} calls were refused.`);
    const after = [await ask<Cost>(app.child, {}), await ask<Cost>(gate.child, {})];
    const [own = 0, asked = 0] = after.map(
      ({ cpuMs }, index) => ((cpuMs - (before[index]?.cpuMs ?? 0)) / result['2xx']) * 1_000,
    );
    console.log(`${app.kind}: µs of processor time a call: app ${own.toFixed(0)}, gate ${asked.toFixed(0)}`);
  }
  for (const child of [...apps.map((app) => app.child), gate.child]) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
  for (const name of ['none', 'remote', 'gate']) {
    for (const file of readdirSync(join(folder, name))) {
      console.log(`\n${name}`);
      const found = shares(JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as Profile);
      for (const [kind, share] of found) console.log(`${(share * 100).toFixed(0).padStart(4)} %  ${kind}`);
    }
  }
}

try {
  await main();
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
