/**
 * The connection to Redis. A request never waits for it: what is not answered within half a second counts as away, nothing is
 * queued meanwhile, and the connection is tried again and again. Whether it can be used is found out by counting once a second,
 * so that a Redis that only refuses to write (memory full, a replica, no right to) is away too. Each change of state is told
 * once.
 */
import { isIP } from 'node:net';
import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';

export interface RedisLink {
  readonly client: Redis;
  readonly isUsable: () => boolean;
  readonly close: () => Promise<void>;
}

interface RedisListener {
  /** It can't be used from now on. The reason has no password in it. */
  readonly onAway: (reason: string) => void;
  readonly onBack: () => void;
}

const answerLimitMs = 500;
const connectLimitMs = 2_000;
/** A server that does not answer must not keep a start waiting. */
const firstAnswerLimitMs = 1_000;
const tryEveryMs = 1_000;
/**
 * A new connection waits until the old one's answer limit is over: ioredis 5.11 leaves that timer running, and it would cut the
 * new connection.
 */
const reconnectMinMs = answerLimitMs + 100;
const reconnectMaxMs = 2_000;

/** `redis://` or `rediss://` (TLS) with a host; undefined for anything else. Options in a query would override ours. */
export function parseRedisUrl(text: string): string | undefined {
  try {
    const { protocol, hostname, pathname, search, hash, username, password, href } = new URL(text);
    decodeURIComponent(`${username}${password}`);
    const isPlain = search === '' && hash === '' && /^(\/\d{0,4})?$/.test(pathname);
    return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '' && isPlain ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves when it answers, or is known not to, or after a second. A Redis that is not there is no reason to fail. */
export async function openRedis(url: string, listener: RedisListener): Promise<RedisLink> {
  const { Redis } = await import('ioredis');
  const { protocol, hostname } = new URL(url);
  const client = new Redis(url, {
    connectTimeout: connectLimitMs,
    commandTimeout: answerLimitMs,
    socketTimeout: answerLimitMs,
    disconnectTimeout: answerLimitMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    retryStrategy: (attempt) => Math.min(attempt * reconnectMinMs, reconnectMaxMs),
    ...(protocol === 'rediss:' && isIP(hostname) === 0 && { tls: { servername: hostname } }),
  });
  const trial = new RateLimiterRedis({ storeClient: client, keyPrefix: 'postern', points: 1e9, duration: 10 });
  const withoutPassword = createRedactor(url);
  let state: 'unknown' | 'usable' | 'away' | 'closed' = 'unknown';
  /** The first error after a change of state: it is the cause, and later errors follow from it. */
  let reason: string | undefined;
  let settle: () => void;
  const settled = new Promise<void>((resolve) => (settle = resolve));

  function setState(next: 'usable' | 'away'): void {
    if (state === next || state === 'closed') return;
    const before = state;
    state = next;
    settle();
    if (next === 'away') listener.onAway(withoutPassword(reason ?? 'the connection was closed'));
    else if (before === 'away') listener.onBack();
    reason = undefined;
  }

  /** A database that is not there, say: the connection gets ready all the same, and would count in another one. */
  let isGreetingRefused = false;
  let trying: Promise<void> | undefined;
  function tryOut(): void {
    if (client.status === 'ready' && !isGreetingRefused) trying ??= tryOnce().finally(() => (trying = undefined));
    else if (client.status === 'end') client.connect().catch(() => undefined);
  }

  async function tryOnce(): Promise<void> {
    try {
      await trial.consume('trial');
      setState('usable');
    } catch (error) {
      reason ??= describe(error);
      setState('away');
    }
  }

  client.on('connect', () => (isGreetingRefused = false));
  client.on('error', (error: unknown) => {
    reason ??= describe(error);
    if (client.status === 'ready') return;
    isGreetingRefused = true;
    setState('away');
  });
  client.on('close', () => setState('away'));
  client.on('ready', tryOut);
  const timer = setInterval(tryOut, tryEveryMs).unref();
  const firstAnswer = setTimeout(() => {
    reason ??= 'it did not answer';
    setState('away');
  }, firstAnswerLimitMs);
  await settled;
  clearTimeout(firstAnswer);

  return {
    client,
    isUsable: () => state === 'usable',
    async close() {
      state = 'closed';
      clearInterval(timer);
      if (client.status === 'ready') await client.quit().catch(() => undefined);
      client.disconnect();
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses fails with an error for each and no text of its own.
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

/** Redis quotes a command that it does not know, and AUTH may be one. */
function createRedactor(url: string): (text: string) => string {
  const { password } = new URL(url);
  const secrets = [decodeURIComponent(password), password].filter((text) => text !== '');
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}
