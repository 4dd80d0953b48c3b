import { describe, expect, it } from 'vitest';
import { importsOf, sourceFiles, type Import } from '../support/repository.ts';

/** Folder → what its files may import besides each other: a folder, or one file. */
const foundation = ['server/records', 'server/gate', 'server/store/port.ts'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'server/gate': [],
  'server/records': ['server/gate'],
  'server/store': ['server/records', 'server/gate'],
  'server/network': ['server/gate'],
  'server/doctor': ['server/gate', 'server/network', 'server/usage'],
  'server/audit': foundation,
  'server/credits': ['server/audit', 'server/usage', ...foundation],
  'server/usage': foundation,
  'server/keys': ['server/audit', 'server/credits', 'server/usage', ...foundation],
  'server/agents': ['server/audit', 'server/credits', 'server/usage', ...foundation],
  'server/accounts': ['server/audit', 'server/credits', 'server/usage', 'server/network', ...foundation],
  'server/webhooks': ['server/audit', 'server/credits', 'server/usage', 'server/network', ...foundation],
  'server/chat': [
    'server/credits',
    'server/usage',
    'server/agents/port.ts',
    'server/agents/token-price.ts',
    ...foundation,
  ],
  'server/http': [
    'server/audit',
    'server/credits',
    'server/usage',
    'server/keys',
    'server/accounts',
    'server/webhooks',
    'server/chat',
    'server/doctor',
    'server/agents/port.ts',
    'server/agents/manage.ts',
    'server/agents/agent-input.ts',
    'server/agents/faq-source.ts',
    'server/agents/upstream.ts',
    'server/agents/troubles.ts',
    'server/agents/unanswered.ts',
    ...foundation,
  ],
  'server/client': ['server/gate'],
  'server/express': ['server/client'],
  'server/commands': ['server'],
  widget: [],
  ui: ['server/gate'],
  // Rules that the pages tell are the server's own.
  dashboard: [
    'ui',
    'server/gate',
    'server/agents/faq-markdown.ts',
    'server/agents/agent-limits.ts',
    'server/agents/repeated-aliases.ts',
    'server/accounts/contact-rules.ts',
    'server/accounts/roles.ts',
    'server/keys/replay.ts',
    'server/records/budget.ts',
    'server/webhooks/webhook-url.ts',
    // A reply is read as the chat reads it. Nothing of the chat itself.
    'widget/markdown.ts',
  ],
  demo: ['ui', 'server/gate'],
  reference: ['ui'],
};

/** Of these only types: nothing of them is left when it runs. */
const mayImportTypesOf: Readonly<Record<string, readonly string[]>> = {
  'server/client': ['server/http/wire.ts'],
  'server/express': ['server/gate', 'server/http/wire.ts'],
  // Its types are published: what they name reaches no schema.
  widget: ['server/gate', 'server/http/wire-chat.ts'],
  ui: ['server/http/wire.ts'],
  dashboard: ['server/http/wire.ts', 'widget/markdown-inline.ts'],
  demo: ['server/http/wire.ts'],
};

/** The parts are put together in these; only they may import everything in the server, and each other. */
const topOfServer = 'server';

/** Known where the parts are put together, and beside it. */
const counterAdapter = 'server/usage/redis.ts';

const programs = sourceFiles.filter((path) => /^(server|ui|widget|dashboard|demo|reference)\//.test(path));

function layerOf(path: string): string {
  return /^server\/[^/]+(?=\/)/.exec(path)?.[0] ?? path.slice(0, path.indexOf('/'));
}

function isWithin(path: string, folderOrFile: string): boolean {
  return path === folderOrFile || path.startsWith(`${folderOrFile}/`);
}

function isAllowed(from: string, { file, isTypeOnly }: Import): boolean {
  if (file === undefined) return true;
  const layer = layerOf(from);
  if (layer === topOfServer) return isWithin(file, 'server');
  if (file === counterAdapter) return layer === 'server/usage';
  const types = isTypeOnly ? (mayImportTypesOf[layer] ?? []) : [];
  return [layer, ...(mayImport[layer] ?? []), ...types].some((allowed) => isWithin(file, allowed));
}

/** The first way from a file back to itself. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const follow = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    const start = trail.indexOf(path);
    if (start !== -1) return [...trail.slice(start), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const cycle = follow(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const cycle = follow(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('imports', () => {
  it('every folder of the server has its row in the table', () => {
    const layers = new Set(programs.map(layerOf).filter((layer) => layer !== topOfServer));
    expect([...layers].filter((layer) => !(layer in mayImport))).toEqual([]);
  });

  it('point only down', () => {
    const wrong = programs.flatMap((path) =>
      importsOf(path)
        .filter((found) => !isAllowed(path, found))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('make no cycle, types included', () => {
    const graph = new Map(
      programs.map((path) => [path, importsOf(path).flatMap(({ file }) => (file === undefined ? [] : [file]))]),
    );
    expect(findCycle(graph)).toBeUndefined();
  });

  it('the types that the widget publishes reach no package but Lit', () => {
    const reached = new Set(['widget/index.ts']);
    const packages = new Set<string>();
    for (const path of reached) {
      for (const { file, specifier } of importsOf(path)) {
        if (file === undefined) packages.add(specifier.split('/')[0] ?? '');
        else reached.add(file);
      }
    }
    expect(reached).toContain('server/http/wire-chat.ts');
    expect([...packages]).toEqual(['lit']);
  });

  it('only the file that opens the store knows its adapters', () => {
    const adapters = /^server\/store\/(?!(port|open|measured)\.ts$)/;
    const knowing = programs.filter(
      (path) => !isWithin(path, 'server/store') && importsOf(path).some(({ file = '' }) => adapters.test(file)),
    );
    expect(knowing).toEqual([]);
  });

  it.each([
    ['server/gate/clock.ts', `import { open } from '../store/open.ts';`],
    ['server/keys/manage.ts', `export { openLmdbStore } from '../store/lmdb/store.ts';`],
    ['server/http/routes/v1/agents.ts', `const opened = await import('../../../agents/faq.ts');`],
    ['server/credits/grant.ts', `import { createOrganization } from '../accounts/organizations.ts';`],
    ['server/chat/converse.ts', `type Faq = import('../agents/faq.ts').Faq;`],
    ['server/accounts/sign-in-limiter.ts', `import { openRedis } from '../usage/redis.ts';`],
    ['server/store/lmdb/store.ts', `import { readConfig } from '../../config.ts';`],
    ['widget/client.ts', `import { parseOrigin } from '../server/gate/origin.ts';`],
    ['widget/answer.ts', `import type { Key } from '../server/http/wire.ts';`],
    ['dashboard/session.ts', `import type { Session } from '../server/records/user.ts';`],
    ['dashboard/session.ts', `import { isKey } from '../server/http/wire.ts';`],
    ['ui/fetch-json.ts', `import { currentSession } from '../dashboard/session.ts';`],
    ['dashboard/api.ts', `import { createMeter } from '../server/usage/meter.ts';`],
  ])('the rule sees that %s may not say: %s', (path, text) => {
    expect(importsOf(path, text).map((found) => isAllowed(path, found))).toEqual([false]);
  });

  it('the search for cycles finds one', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]);
    expect(findCycle(graph)).toEqual(['b', 'd', 'b']);
  });
});
