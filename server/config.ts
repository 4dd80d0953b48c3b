/**
 * The configuration: everything that the environment may say, checked before anything starts. Every problem is listed at
 * once, and a server with one does not start. `.env.example` lists the same variables; a test compares them.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { isLoopbackName } from './gate/loopback.ts';
import { defaultRetention, type Retention } from './sweep.ts';
import { parseOrigin } from './gate/origin.ts';
import type { RateLimit } from './gate/ports.ts';
import { parseDatabaseUrl, type DatabaseUrl } from './store/open.ts';
import { usualLimits, type LimiterSettings } from './usage/limiter.ts';
import { parseRedisUrl } from './usage/redis.ts';
import { isRefusal, type No } from './gate/problem.ts';
import type { Upstream } from './agents/upstream.ts';
import { readDemoUpstream, type DemoModel } from './demo-upstream.ts';
import type { MailSettings } from './network/mailer.ts';
import { parseMailFrom, parseSmtpUrl } from './network/smtp-url.ts';
import { readUpstreamsFile } from './upstreams-file.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Config {
  readonly isProduction: boolean;
  readonly port: number;
  readonly host: string;
  /** Undefined: `http://localhost:PORT`, with the port that was really taken. */
  readonly publicOrigin: string | undefined;
  readonly database: DatabaseUrl;
  /** Undefined: limits are counted in this process. */
  readonly redisUrl: string | undefined;
  /** Undefined: made and kept in the database's folder. */
  readonly sessionSecret: string | undefined;
  /** As Express takes it: a number of proxies, or addresses. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly isDemoOn: boolean;
  /** Only this machine can reach it: `HOST` and the host of `PUBLIC_URL` are loopback names. */
  readonly isLocal: boolean;
  /** Whether browsers are told to use https for every name below the public one too. */
  readonly isHstsForSubdomains: boolean;
  /** What `/metrics` asks for; undefined: it is for this machine alone. */
  readonly metricsToken: string | undefined;
  /** What answers for model agents; their keys are in here and nowhere else. */
  readonly agentUpstreams: readonly Upstream[];
  /** One of those, which the demo has an agent for. */
  readonly demoModel: DemoModel | undefined;
  /** Whether webhooks may go to this machine and its network. */
  readonly isPrivateWebhookAllowed: boolean;
  /** Whether members may have pages looked at that are on this machine or in its network. */
  readonly isPrivatePageCheckAllowed: boolean;
  /** Undefined: no mail is sent. */
  readonly mail: MailSettings | undefined;
  readonly limits: LimiterSettings;
  readonly retention: Retention;
  /** Of one organization; of more, those go that were idle longest. */
  readonly conversationsMax: number;
  readonly logLevel: LogLevel;
  /** Whether the log names the addresses that refused requests came from. */
  readonly isLoggingAddresses: boolean;
  /** How long it goes on serving after SIGTERM, with /readyz at 503. */
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
}

const modes = ['production', 'development', 'test'] as const;
const sessionSecretLengthMin = 32;

type Environment = Readonly<Record<string, string | undefined>>;

/** One sentence for each setting that is wrong. */
interface WrongConfig extends No {
  readonly problems: readonly string[];
}

/** The settings, or what is wrong with them. Empty values count as absent. */
export function readConfig(environment: Environment): { readonly config: Config } | WrongConfig {
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

  const mode = value('NODE_ENV');
  const isProduction = mode === 'production';
  if (mode !== undefined && !modes.some((known) => known === mode)) {
    const meant = modes.find((known) => mode.toLowerCase().startsWith(known.slice(0, 3)));
    problems.push(`NODE_ENV must be ${modes.join(', ')} or empty${meant === undefined ? '' : `: write ${meant}`}.`);
  }
  const sessionSecret = value('SESSION_SECRET');
  if (sessionSecret === undefined ? isProduction : sessionSecret.length < sessionSecretLengthMin) {
    problems.push('SESSION_SECRET must be 32 characters or more; it is required when NODE_ENV=production.');
  }
  const host = value('HOST') ?? '127.0.0.1';
  const publicOrigin = read(
    'PUBLIC_URL',
    parsePublicUrl,
    undefined,
    'an origin such as https://gate.example.com, without a path',
  );
  const isForOthers = isProduction || !isLoopbackName(host);
  if (value('PUBLIC_URL') === undefined && isForOthers) {
    const reason = isProduction ? 'NODE_ENV is production' : 'HOST lets other machines in';
    problems.push(`PUBLIC_URL must be the address that browsers use, such as https://gate.example.com: ${reason}.`);
  }
  const isLocal =
    isLoopbackName(host) && (publicOrigin === undefined || isLoopbackName(new URL(publicOrigin).hostname));
  const isDemoOn = read('DEMO', parseSwitch, isLocal && !isProduction, 'on or off');
  const config: Config = {
    isProduction,
    port: read('PORT', parseWhole(0, 65_535), 3000, 'a number from 0 to 65535'),
    host,
    publicOrigin,
    isLocal,
    database: readDatabase(),
    redisUrl: read(
      'REDIS_URL',
      parseRedisUrl,
      undefined,
      'redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE] or rediss://…, with a password percent-encoded',
    ),
    sessionSecret,
    trustProxy: read(
      'TRUST_PROXY',
      parseTrustProxy,
      undefined,
      'a number of proxies, or their addresses separated by commas',
    ),
    isDemoOn,
    isHstsForSubdomains: read('HSTS_INCLUDE_SUBDOMAINS', parseSwitch, false, 'on or off'),
    metricsToken: read(
      'METRICS_TOKEN',
      (text) => (/^[\x21-\x7e]{16,200}$/.test(text) ? text : undefined),
      undefined,
      '16 to 200 characters without spaces',
    ),
    ...readModels(),
    isPrivatePageCheckAllowed: read('PAGE_CHECKS_TO_PRIVATE_ADDRESSES', parseSwitch, isLocal, 'on or off'),
    isPrivateWebhookAllowed: read('WEBHOOKS_TO_PRIVATE_ADDRESSES', parseSwitch, false, 'on or off'),
    mail: readMail(),
    limits: {
      perKey: readLimit('RATE_LIMIT_PER_KEY', usualLimits.perKey),
      perKeyIp: readLimit('RATE_LIMIT_PER_KEY_IP', usualLimits.perKeyIp),
      refusedPerIp: readLimit('RATE_LIMIT_REFUSED_PER_IP', usualLimits.refusedPerIp),
      refusedOriginPerIp: readLimit('RATE_LIMIT_REFUSED_ORIGIN_PER_IP', usualLimits.refusedOriginPerIp),
    },
    retention: {
      conversationDays: read(
        'CONVERSATION_DAYS',
        parseWhole(1, 3_650),
        defaultRetention.conversationDays,
        'a number of days from 1 to 3650',
      ),
      auditDays: read(
        'AUDIT_DAYS',
        parseWhole(1, 3_650),
        defaultRetention.auditDays,
        'a number of days from 1 to 3650',
      ),
    },
    conversationsMax: read(
      'CONVERSATIONS_MAX',
      parseWhole(1, 9_999_999),
      100_000,
      'a number of conversations from 1 to 9999999',
    ),
    logLevel: read('LOG_LEVEL', (text) => logLevels.find((level) => level === text), 'info', logLevels.join(', ')),
    isLoggingAddresses: read('LOG_ADDRESSES', parseSwitch, false, 'on or off'),
    shutdownDelayMs: 1_000 * read('SHUTDOWN_DELAY_SECONDS', parseWhole(0, 300), 0, 'a number of seconds up to 300'),
    shutdownGraceMs: 1_000 * read('SHUTDOWN_GRACE_SECONDS', parseWhole(0, 3_600), 10, 'a number of seconds up to 3600'),
  };
  return problems.length > 0 ? { ok: false, problems } : { config };

  /** What is wrong with it has several sentences. */
  function readDatabase(): DatabaseUrl {
    const url = parseDatabaseUrl(value('DATABASE_URL') ?? 'lmdb:.data/postern');
    if (!isRefusal(url)) return url;
    problems.push(`DATABASE_URL must be ${url.expected}.`);
    return { kind: 'lmdb', path: '' };
  }

  /** Neither is of use alone. A refusal has nothing of the URL, which has a password in it. */
  function readMail(): MailSettings | undefined {
    const server = read(
      'SMTP_URL',
      parseSmtpUrl,
      undefined,
      'smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…, with user and password percent-encoded',
    );
    const from = read(
      'MAIL_FROM',
      parseMailFrom,
      undefined,
      'an address such as postern@example.com or Postern <postern@example.com>',
    );
    if (value('SMTP_URL') !== undefined && value('MAIL_FROM') === undefined)
      problems.push('MAIL_FROM must be set with SMTP_URL: the address that mail comes from.');
    return server && from && { server, from };
  }

  function readModels(): Pick<Config, 'agentUpstreams' | 'demoModel'> {
    const listed = readUpstreams();
    const text = value('DEMO_UPSTREAM');
    if (text === undefined) return { agentUpstreams: listed, demoModel: undefined };
    const read = readDemoUpstream(text, listed);
    if (isRefusal(read)) problems.push(read.problem);
    else if (isDemoOn) return { agentUpstreams: read.upstreams, demoModel: read.model };
    else problems.push('DEMO_UPSTREAM is for the demo, which is off: set DEMO=on, or leave DEMO_UPSTREAM empty.');
    return { agentUpstreams: listed, demoModel: undefined };
  }

  function readUpstreams(): readonly Upstream[] {
    const path = value('AGENT_UPSTREAMS');
    if (path === undefined) return [];
    const read = readUpstreamsFile(path, (name) => environment[name]);
    if (!isRefusal(read)) return read.upstreams;
    problems.push(...read.problems);
    return [];
  }

  function readLimit(name: string, usual: RateLimit | null): RateLimit | null {
    const limit = read(name, parseLimit, usual ?? 'off', 'requests/seconds such as 120/60, or off');
    return limit === 'off' ? null : limit;
  }
}

function parseWhole(min: number, max: number): (text: string) => number | undefined {
  return (text) => (/^\d{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined);
}

function parsePublicUrl(text: string): string | undefined {
  try {
    const { origin, href } = new URL(text);
    return href === `${origin}/` && !isRefusal(parseOrigin(origin)) ? origin : undefined;
  } catch {
    return undefined;
  }
}

function parseTrustProxy(text: string): number | readonly string[] | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined;
  const addresses = text.split(',').map((address) => address.trim());
  return addresses.every(isProxyAddress) ? addresses : undefined;
}

/** An address, a network such as `10.0.0.0/8`, or one of Express's names for networks. */
function isProxyAddress(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
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

/**
 * The given session secret, or the one kept in the embedded database's folder (made now, mode 0600, if there is none). Throws when the
 * kept one is too short to be one.
 */
export function keepSessionSecret(config: Config): string {
  if (config.sessionSecret !== undefined) return config.sessionSecret;
  const folder = config.database.kind === 'lmdb' ? config.database.path : '.data';
  const path = join(folder, 'session-secret');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) makeSessionSecret(path);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new Error(
      `${path} can not be made (${code}): set SESSION_SECRET, or a DATABASE_URL whose folder can be written.`,
    );
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < sessionSecretLengthMin) {
    throw new Error(`${path} is shorter than ${sessionSecretLengthMin} characters: delete it, and a new one is made.`);
  }
  return secret;
}

/** Whole or not at all, and never over another process's: the file gets its name only when it is written. */
function makeSessionSecret(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, randomBytes(48).toString('base64url'), { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
