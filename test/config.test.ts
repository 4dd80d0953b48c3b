import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keepSessionSecret, readConfig, type Config } from '../server/config.ts';
import { isRefusal } from '../server/gate/problem.ts';

function configOf(environment: Readonly<Record<string, string>>): Config {
  const read = readConfig(environment);
  if (isRefusal(read)) throw new Error(read.problems.join('\n'));
  return read.config;
}

test('nothing set: what the documentation says', () => {
  expect(configOf({})).toEqual({
    isProduction: false,
    port: 3000,
    host: '127.0.0.1',
    publicOrigin: undefined,
    database: { kind: 'lmdb', path: '.data/postern' },
    redisUrl: undefined,
    sessionSecret: undefined,
    trustProxy: undefined,
    isDemoOn: true,
    isLocal: true,
    isHstsForSubdomains: false,
    metricsToken: undefined,
    agentUpstreams: [],
    isPrivatePageCheckAllowed: true,
    isPrivateWebhookAllowed: false,
    demoModel: undefined,
    limits: {
      perKey: null,
      perKeyIp: { requests: 120, windowSeconds: 60 },
      refusedPerIp: { requests: 60, windowSeconds: 60 },
      refusedOriginPerIp: { requests: 300, windowSeconds: 60 },
    },
    retention: { conversationDays: 30, auditDays: 365 },
    conversationsMax: 100_000,
    logLevel: 'info',
    isLoggingAddresses: false,
    shutdownDelayMs: 0,
    shutdownGraceMs: 10_000,
  });
});

test('empty values count as absent', () => {
  expect(configOf({ PORT: '', PUBLIC_URL: ' ', DEMO: '' })).toEqual(configOf({}));
});

test('every problem is listed at once, by the variable’s name and without its value', () => {
  const wrong = {
    PORT: '70000',
    PUBLIC_URL: 'https://gate.example/path',
    DATABASE_URL: 'postgres://user:hunter2@host/db',
    REDIS_URL: 'redis://user:hunter2@host/sessions',
    SESSION_SECRET: 'hunter2',
    TRUST_PROXY: 'yes',
    DEMO: 'maybe',
    METRICS_TOKEN: 'hunter2',
    RATE_LIMIT_PER_KEY: '10',
    RATE_LIMIT_PER_KEY_IP: '0/60',
    RATE_LIMIT_REFUSED_PER_IP: '-1/60',
    LOG_LEVEL: 'loud',
    SHUTDOWN_GRACE_SECONDS: '1.5',
  };
  const read = readConfig(wrong);
  const problems = isRefusal(read) ? read.problems : [];
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(Object.keys(wrong).sort());
  expect(problems.join('\n')).not.toContain('hunter2');
});

describe('production', () => {
  test('needs a session secret, and has no demo unless asked', () => {
    const publicUrl = { PUBLIC_URL: 'https://gate.example.com' };
    expect(readConfig({ NODE_ENV: 'production', ...publicUrl })).toEqual({
      ok: false,
      problems: ['SESSION_SECRET must be 32 characters or more; it is required when NODE_ENV=production.'],
    });
    const environment = { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(32), ...publicUrl };
    expect(configOf(environment)).toMatchObject({ isProduction: true, isDemoOn: false });
    expect(configOf({ ...environment, DEMO: 'on' })).toMatchObject({ isDemoOn: true });
  });
});

describe('where others reach it', () => {
  const required = /^PUBLIC_URL must be the address that browsers use, such as https:\/\/gate\.example\.com: /;

  test.each<[string, Readonly<Record<string, string>>]>([
    ['in production', { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(32) }],
    ['on every address', { HOST: '0.0.0.0' }],
    ['on every IPv6 address', { HOST: '::' }],
    ['on an address of the network', { HOST: '192.0.2.7' }],
    ['on a name', { HOST: 'gate.example.com' }],
    ['on a name that begins like an address of this machine', { HOST: '127.0.0.1.example.com' }],
  ])('%s it does not start without PUBLIC_URL', (_name, environment) => {
    expect(readConfig(environment)).toEqual({ ok: false, problems: [expect.stringMatching(required)] });
    expect(readConfig({ ...environment, PUBLIC_URL: 'https://gate.example.com' })).toHaveProperty('config');
  });

  test('a PUBLIC_URL that is wrong is one problem, not two', () => {
    expect(readConfig({ HOST: '0.0.0.0', PUBLIC_URL: 'gate.example.com' })).toEqual({
      ok: false,
      problems: ['PUBLIC_URL must be an origin such as https://gate.example.com, without a path.'],
    });
  });

  test.each<[boolean, string | undefined, string | undefined]>([
    [true, undefined, undefined],
    [true, 'localhost', 'http://localhost:3000'],
    [true, '127.4.5.6', 'http://gate.localhost'],
    [true, '::1', 'http://[::1]:3000'],
    [true, 'LOCALHOST', 'http://127.0.0.1:8080'],
    [false, undefined, 'https://gate.example.com'],
    [false, '127.0.0.1', 'http://192.168.1.5:3000'],
    [false, '127.0.0.1', 'https://localhost.example.com'],
    [false, '0.0.0.0', 'http://localhost:3000'],
    [false, '::', 'http://localhost:3000'],
    [false, '192.168.1.5', 'https://gate.example.com'],
  ])('the demo is on by itself: %s with HOST=%s PUBLIC_URL=%s', (isOn, host, publicUrl) => {
    const environment = { ...(host && { HOST: host }), ...(publicUrl && { PUBLIC_URL: publicUrl }) };
    expect(configOf(environment)).toMatchObject({ isDemoOn: isOn, isLocal: isOn });
    expect(configOf({ ...environment, DEMO: 'on' })).toMatchObject({ isDemoOn: true, isLocal: isOn });
    expect(configOf({ ...environment, DEMO: 'off' })).toMatchObject({ isDemoOn: false, isLocal: isOn });
  });
});

test.each([
  ['Production', 'NODE_ENV must be production, development, test or empty: write production.'],
  ['PRODUCTION', 'NODE_ENV must be production, development, test or empty: write production.'],
  ['prod', 'NODE_ENV must be production, development, test or empty: write production.'],
  ['dev', 'NODE_ENV must be production, development, test or empty: write development.'],
  ['Testing', 'NODE_ENV must be production, development, test or empty: write test.'],
  ['staging', 'NODE_ENV must be production, development, test or empty.'],
])('NODE_ENV=%s is refused with the right spelling', (text, problem) => {
  expect(readConfig({ NODE_ENV: text })).toEqual({ ok: false, problems: [problem] });
});

test.each(['development', 'test', ''])('NODE_ENV=%s changes nothing', (text) => {
  expect(configOf({ NODE_ENV: text })).toEqual(configOf({}));
});

test.each([
  ['1', 1],
  ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['loopback', ['loopback']],
])('TRUST_PROXY=%s', (text, trustProxy) => {
  expect(configOf({ TRUST_PROXY: text })).toMatchObject({ trustProxy });
});

test.each(['33', 'abc', '1.2.3.4/33', '::1/129', '10.0.0.0/8/8', '1.2.3.4, elsewhere'])(
  'TRUST_PROXY=%s is refused',
  (text) => {
    expect(readConfig({ TRUST_PROXY: text })).toMatchObject({ problems: [expect.stringContaining('TRUST_PROXY')] });
  },
);

test.each([
  ['redis://127.0.0.1', 'redis://127.0.0.1'],
  ['redis://:p%40ss@redis.internal:6380/3', 'redis://:p%40ss@redis.internal:6380/3'],
  ['rediss://user:pass@[::1]:6380/', 'rediss://user:pass@[::1]:6380/'],
  // The library looks for TLS in small letters only.
  ['REDISS://redis.internal', 'rediss://redis.internal'],
])('REDIS_URL=%s', (text, redisUrl) => {
  expect(configOf({ REDIS_URL: text })).toMatchObject({ redisUrl });
});

test.each([
  'redis.internal:6379',
  'https://redis.internal',
  'redis:internal',
  'redis:///1',
  'redis://host/12345',
  'redis://host/one',
  'redis://host?enableOfflineQueue=true',
  'redis://host#1',
  'redis://:hunter2#@host',
  'redis://:hunter2%zz@host',
])('REDIS_URL=%s is refused, without its text', (text) => {
  const problems = [expect.stringMatching(/^REDIS_URL must be (?!.*hunter2)/)];
  expect(readConfig({ REDIS_URL: text })).toEqual({ ok: false, problems });
});

test('a session secret file that was cut short is refused, not used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  writeFileSync(join(folder, 'session-secret'), '');
  expect(() => keepSessionSecret(configOf({ DATABASE_URL: `lmdb:${folder}` }))).toThrow('delete it');
  rmSync(folder, { recursive: true });
});

test('two databases in one folder have a session secret each', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const [one, two] = ['a', 'b'].map((name) =>
    keepSessionSecret(configOf({ DATABASE_URL: `lmdb:${join(folder, name)}` })),
  );
  expect(one).not.toBe(two);
  expect(readdirSync(folder)).toEqual(['a', 'b']);
  rmSync(folder, { recursive: true });
});

test('where no session secret can be kept, one sentence says what to set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  writeFileSync(join(folder, 'file'), '');
  const config = configOf({ DATABASE_URL: `lmdb:${join(folder, 'file', 'store')}` });
  expect(() => keepSessionSecret(config)).toThrow(
    /session-secret can not be made \(ENOTDIR\): set SESSION_SECRET, or /,
  );
  rmSync(folder, { recursive: true });
});

test('the session secret is made once in the database’s folder, readable by its owner only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const config = configOf({ DATABASE_URL: `lmdb:${join(folder, 'data')}` });
  const secret = keepSessionSecret(config);
  const path = join(folder, 'data', 'session-secret');
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(keepSessionSecret(config)).toBe(secret);
  expect(readFileSync(path, 'utf8')).toBe(secret);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'data'))).toEqual(['session-secret']);
  expect(keepSessionSecret({ ...config, sessionSecret: 'given' })).toBe('given');
  rmSync(folder, { recursive: true });
  expect(existsSync(path)).toBe(false);
});
