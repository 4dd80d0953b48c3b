/** Starts and stops a whole server: the port first, then the app, then (when the store answers) service. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OpenAgent } from './agents/open.ts';
import { createApp } from './app.ts';
import { builtFolder as ownBuild } from './built.ts';
import { sweep } from './sweep.ts';
import { keepSessionSecret, type Config } from './config.ts';
import { systemClock, type Clock } from './gate/clock.ts';
import { setupUrl } from './accounts/setup-links.ts';
import { demoOrganizationId, seedDemo, type Demo } from './demo-seed.ts';
import { closeUnread, limitConnectionsByAddress } from './http/connection-limits.ts';
import { createDeploymentWarnings } from './http/deployment-warnings.ts';
import { answerUnreadable } from './http/errors.ts';
import { oneAtATime } from './http/one-at-a-time.ts';
import type { ScryptVerify } from './gate/secret.ts';
import { createMetrics } from './metrics.ts';
import { createStoreLines } from './store-lines.ts';
import { measureStore } from './store/measured.ts';
import { openStore } from './store/open.ts';
import { StoreUnavailableError, type Store } from './store/port.ts';
import { openRedis } from './usage/redis.ts';
import { version } from './version.ts';

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** Longer than proxies keep theirs, so that none sends a request into a connection that is being closed. */
const keepAliveTimeoutMs = 75_000;
const writeTimeoutMs = 30_000;
const connectionsMax = 10_000;
/** Of one address, where no proxy is in front. */
const connectionsPerAddressMax = 1_000;
const closeIdleEveryMs = 50;
const storeRetryMs = 500;
const sweepEveryMs = 60_000;

/** Said at every start. */
const openDemo =
  'DEMO=on lets whoever reaches this server use the demo key pair and its credits: set DEMO=off where strangers do';

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly scryptVerify?: ScryptVerify;
  readonly openAgent?: OpenAgent;
  /** Another build than the one of this checkout or package, for tests. */
  readonly builtFolder?: string;
  /** Connections at the same time; one more is closed at once. */
  readonly connectionsMax?: number;
  /** The same for one address, where no proxy is in front. */
  readonly connectionsPerAddressMax?: number;
  /** How long an answer may make no progress, for tests. */
  readonly writeTimeoutMs?: number;
}

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly publicOrigin: string;
  readonly store: Store;
  /** Resolves when it serves (`/readyz` is 200); to undefined when it was stopped before. */
  readonly ready: Promise<Ready | undefined>;
  isServing(): boolean;
  /** Waits for the delay, stops accepting, lets requests and streams finish within the grace, writes statistics, closes the store. */
  stop(): Promise<void>;
}

/** What there is to tell whoever started the server. */
interface Ready {
  /** What was seeded, with the demo on. */
  readonly demo: Demo | undefined;
  /** The one-time link for the first owner, as long as nobody can sign in. */
  readonly setupUrl: string | undefined;
}

/** Resolves when it listens. Throws when the port is taken or the embedded store can't be opened. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { config, logger, clock = systemClock } = options;
  const sessionSecret = keepSessionSecret(config);
  const opened = await openStore(config.database, createStoreLines(logger, config.database.kind));
  const redis =
    config.redisUrl === undefined
      ? undefined
      : await openRedis(config.redisUrl, {
          onAway: (reason) => logger.error({ reason }, 'Redis is away: this process counts limits for itself'),
          onBack: () => logger.info('Redis is back: limits are shared again'),
        });
  const metrics = createMetrics({ isRedisUsable: redis?.isUsable });
  const store = measureStore(opened, config.database.kind === 'lmdb', metrics.recordStoreCall);
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    // The header guard says it, as a problem with a request id.
    requireHostHeader: false,
  });
  server.maxConnections = options.connectionsMax ?? connectionsMax;
  closeUnread(server, options.writeTimeoutMs ?? writeTimeoutMs);
  if (config.trustProxy === undefined) {
    limitConnectionsByAddress(server, options.connectionsPerAddressMax ?? connectionsPerAddressMax);
  }
  try {
    await listen(server, config.port, config.host);
  } catch (error) {
    await redis?.close();
    await store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const publicOrigin = config.publicOrigin ?? new URL(`http://localhost:${port}`).origin;

  let state: 'starting' | 'serving' | 'stopping' = 'starting';
  let demo: Demo | undefined;
  const isServing = (): boolean => state === 'serving';
  const { builtFolder = ownBuild } = options;
  if (!existsSync(join(builtFolder, 'widget/widget.js')))
    logger.warn('the widget was not built: npm run build makes it');
  logger.info(
    {
      version,
      store: config.database.kind,
      publicUrl: publicOrigin,
      trustProxy: config.trustProxy ?? 'none',
      redis: redis !== undefined,
      demo: config.isDemoOn,
    },
    'Postern starts',
  );
  if (config.isDemoOn && !config.isLocal) logger.warn(openDemo);
  const app = createApp({
    ...options,
    clock,
    store,
    redis,
    metrics,
    publicOrigin,
    sessionSecret,
    isServing,
    builtFolder,
    findDemo: () => demo,
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const requestId = app.nextRequestId();
    const problem = answerUnreadable(error, socket, app.docsUrl, requestId);
    if (problem === undefined) return;
    metrics.recordUnreadable(problem.status);
    logger.info({ requestId, status: problem.status, code: problem.code }, 'request');
  });
  const inOrder = oneAtATime(app.express);
  // `Expect: anything` is answered like any other request, by us.
  server.on('checkExpectation', inOrder);
  server.on(
    'request',
    createDeploymentWarnings({
      publicOrigin,
      isProxyTrusted: config.trustProxy !== undefined,
      isDemoOn: config.isDemoOn,
      logger,
    }),
  );
  server.on('request', inOrder);
  app.meter.start();
  app.webhooks.start();
  const sweeping = setInterval(() => void sweepAndLog(), sweepEveryMs).unref();

  async function sweepAndLog(): Promise<void> {
    try {
      await sweep(store, clock, config.retention);
    } catch (error) {
      // That the store is away is said once, by itself.
      if (!(error instanceof StoreUnavailableError)) logger.error({ err: error }, 'sweep failed');
    }
  }

  async function becomeReady(): Promise<Ready | undefined> {
    for (;;) {
      try {
        await store.ping();
        demo = config.isDemoOn ? await seedDemo(store, clock, sessionSecret, config) : undefined;
        const made = await app.links.makeForFirstOwner(demo === undefined ? null : demoOrganizationId);
        if (state === 'starting') state = 'serving';
        return { demo, setupUrl: made && setupUrl(publicOrigin, made.token) };
      } catch (error) {
        if (state === 'stopping') return undefined;
        if (!(error instanceof StoreUnavailableError)) throw error;
        await sleep(storeRetryMs);
      }
    }
  }

  let stopped: Promise<void> | undefined;
  /** Who asks again waits for the same stop. */
  const stop = (): Promise<void> => (stopped ??= stopOnce());

  async function stopOnce(): Promise<void> {
    state = 'stopping';
    clearInterval(sweeping);
    // Whoever asks /readyz turns away meanwhile, so that nothing is sent into a port that closes.
    if (config.shutdownDelayMs > 0) await sleep(config.shutdownDelayMs);
    await closeServer(server, config.shutdownGraceMs);
    await app.meter.stop();
    await app.webhooks.stop(config.shutdownGraceMs);
    await app.forgotten.stop(config.shutdownGraceMs);
    await redis?.close();
    await store.close();
  }

  return { url: `http://${urlHost(config.host)}:${port}`, publicOrigin, store, ready: becomeReady(), isServing, stop };
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Keep-alive connections would stay open long after their last answer, so those that went idle are closed again and again. */
function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const closeIdle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(closeIdle);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
