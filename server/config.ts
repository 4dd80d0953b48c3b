/**
 * The configuration: everything that the environment may say, checked before anything starts. Every problem is listed at
 * once, and a server with one does not start. `.env.example` lists the same variables; a test compares them.
 */
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { parseOrigin } from './core/origin.ts';
import type { RateLimit } from './core/records.ts';
import { parseDatabaseUrl, type DatabaseUrl } from './store/open.ts';
import type { LimiterSettings } from './usage/limiter.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Config {
  readonly isProduction: boolean;
  readonly port: number;
  readonly host: string;
  /** Undefined: `http://localhost:PORT`, with the port that was really taken. */
  readonly publicOrigin: string | undefined;
  readonly database: DatabaseUrl;
  /** Undefined: made and kept beside the database. */
  readonly sessionSecret: string | undefined;
  /** As Express takes it: a number of proxies, or addresses. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly isDemoOn: boolean;
  readonly limits: LimiterSettings;
  readonly logLevel: LogLevel;
  readonly shutdownGraceMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings, or one sentence for each thing that is wrong with them. Empty values count as absent. */
export function readConfig(environment: Environment): { config: Config } | { problems: readonly string[] } {
  const problems: string[] = [];
  const value = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === '' ? undefined : text;
  };

  function read<Result>(
    name: string,
    parse: (text: string) => Result | undefined,
    absent: Result,
    expected: string,
  ): Result {
    const text = value(name);
    if (text === undefined) return absent;
    const result = parse(text);
    if (result === undefined) problems.push(`${name} must be ${expected}.`);
    return result ?? absent;
  }

  const isProduction = value('NODE_ENV') === 'production';
  const sessionSecret = value('SESSION_SECRET');
  if (sessionSecret === undefined ? isProduction : sessionSecret.length < 32) {
    problems.push('SESSION_SECRET must be 32 characters or more; it is required when NODE_ENV=production.');
  }
  for (const name of ['REDIS_URL', 'AGENT_UPSTREAMS']) {
    if (value(name) !== undefined) problems.push(`${name} is not supported by this version: leave it out.`);
  }
  const config: Config = {
    isProduction,
    port: read('PORT', parseWhole(0, 65_535), 3000, 'a number from 0 to 65535'),
    host: value('HOST') ?? '127.0.0.1',
    publicOrigin: read(
      'PUBLIC_URL',
      parsePublicUrl,
      undefined,
      'an origin such as https://gate.example.com, without a path',
    ),
    database: read(
      'DATABASE_URL',
      parseDatabaseUrl,
      { kind: 'lmdb', path: '.data/postern' },
      'lmdb:PATH, mongodb://… or mongodb+srv://…',
    ),
    sessionSecret,
    trustProxy: read(
      'TRUST_PROXY',
      parseTrustProxy,
      undefined,
      'a number of proxies, or their addresses separated by commas',
    ),
    isDemoOn: read('DEMO', parseSwitch, !isProduction, 'on or off'),
    limits: {
      perKey: readLimit('RATE_LIMIT_PER_KEY', 'off'),
      perKeyIp: readLimit('RATE_LIMIT_PER_KEY_IP', { requests: 120, windowSeconds: 60 }),
      refusedPerIp: readLimit('RATE_LIMIT_REFUSED_PER_IP', { requests: 60, windowSeconds: 60 }),
    },
    logLevel: read('LOG_LEVEL', (text) => logLevels.find((level) => level === text), 'info', logLevels.join(', ')),
    shutdownGraceMs: 1_000 * read('SHUTDOWN_GRACE_SECONDS', parseWhole(0, 3_600), 10, 'a number of seconds up to 3600'),
  };
  return problems.length > 0 ? { problems } : { config };

  function readLimit(name: string, absent: RateLimit | 'off'): RateLimit | null {
    const limit = read(name, parseLimit, absent, 'requests/seconds such as 120/60, or off');
    return limit === 'off' ? null : limit;
  }
}

function parseWhole(min: number, max: number): (text: string) => number | undefined {
  return (text) => (/^\d{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined);
}

function parsePublicUrl(text: string): string | undefined {
  try {
    const { origin, href } = new URL(text);
    return href === `${origin}/` && typeof parseOrigin(origin) === 'object' ? origin : undefined;
  } catch {
    return undefined;
  }
}

function parseTrustProxy(text: string): number | readonly string[] | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined;
  const addresses = text.split(',').map((address) => address.trim());
  const isAddress = (address: string): boolean =>
    /^(loopback|linklocal|uniquelocal)$/.test(address) || /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(address);
  return addresses.every(isAddress) ? addresses : undefined;
}

function parseSwitch(text: string): boolean | undefined {
  return text === 'on' ? true : text === 'off' ? false : undefined;
}

function parseLimit(text: string): RateLimit | 'off' | undefined {
  if (text === 'off') return text;
  const [, requests = '', windowSeconds = ''] = /^(\d{1,9})\/(\d{1,6})$/.exec(text) ?? [];
  const limit = { requests: Number(requests), windowSeconds: Number(windowSeconds) };
  return limit.requests > 0 && limit.windowSeconds > 0 ? limit : undefined;
}

/** The given session secret, or the one kept beside the database (made now, mode 0600, if there is none). */
export function keepSessionSecret(config: Config): string {
  if (config.sessionSecret !== undefined) return config.sessionSecret;
  const folder = config.database.kind === 'lmdb' ? dirname(config.database.path) : '.data';
  const path = join(folder, 'session-secret');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}
