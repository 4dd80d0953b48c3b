/** Every address that the app has, with its methods, found by walking its router: a new one is missed by no test. */
import { createApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import type { Store } from '../../server/store/port.ts';
import { isRefusal } from '../../server/gate/problem.ts';

interface ListedRoute {
  /** As Express has it: `/api/v1/agents/:agentId`. */
  readonly path: string;
  /** In capitals. */
  readonly methods: readonly string[];
}

interface Layer {
  readonly route?: {
    readonly path: string | RegExp | readonly (string | RegExp)[];
    readonly methods: Readonly<Record<string, boolean>>;
  };
  readonly handle: { readonly stack?: readonly Layer[] };
}

const routesOf = (layers: readonly Layer[]): readonly ListedRoute[] =>
  layers.flatMap(({ route, handle }) => {
    if (route === undefined) return routesOf(handle.stack ?? []);
    const named = Object.keys(route.methods).filter((method) => method !== '_all');
    const methods = named.length === 0 ? ['GET'] : named.map((method) => method.toUpperCase());
    const paths = [route.path]
      .flat()
      .map(nameOf)
      .filter((path) => path !== undefined);
    return paths.map((path) => ({ path, methods }));
  });

/** Of an expression that says how an address begins, as Express would have it. Undefined: it says more. */
function nameOf(path: string | RegExp): string | undefined {
  if (typeof path === 'string') return path;
  const beginning = /^\^((?:\\\/\w+)+\\\/)$/.exec(path.source)?.[1];
  return beginning && `${beginning.replaceAll('\\/', '/')}{*path}`;
}

export function listRoutes(): readonly ListedRoute[] {
  const read = readConfig({ DEMO: 'on' });
  if (isRefusal(read)) throw new Error(read.problems.join());
  const { express } = createApp({
    config: read.config,
    // Nothing is asked of it before a request comes.
    store: {} as Store,
    logger: createLogger('silent'),
    clock: () => 0,
    publicOrigin: 'http://localhost:3000',
    sessionSecret: 'x'.repeat(32),
    isServing: () => true,
    builtFolder: '.',
    findDemo: () => undefined,
  });
  return routesOf((express.router as unknown as { stack: readonly Layer[] }).stack);
}
