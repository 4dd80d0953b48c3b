import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPublicKey, createSecretKey, type SecretKey } from '../../server/gate/key-format.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Scope } from '../../server/gate/scope.ts';
import { createAuthenticator, type Authenticator } from '../../server/gate/authenticate.ts';
import type { Call } from '../../server/gate/call.ts';
import { checks } from '../../server/gate/checks.ts';
import { explainOrigin } from '../../server/gate/explain.ts';
import { createScryptQueue } from '../../server/gate/scrypt-queue.ts';
import { createSecrets } from '../../server/gate/secret.ts';
import { createLimiter } from '../../server/usage/limiter.ts';
import type { StoredSecret, Use } from '../../server/gate/ports.ts';
import { bareEntry } from '../../server/records/domain-entry.ts';
import { makeKeyRecord } from '../support/key-record.ts';
import { storeSecret } from '../support/stored-secret.ts';

const secretKey = createSecretKey();
const previousKey = createSecretKey();
let secret: StoredSecret;
let previous: StoredSecret;
let nowMs: number;
let key: KeyRecord;
let lookUps: number;
let scryptRuns: number;
let uses: Use[];
let badPatterns: string[];
let authenticator: Authenticator;

beforeAll(async () => {
  secret = await storeSecret(secretKey);
  previous = await storeSecret(previousKey);
});

beforeEach(() => {
  nowMs = 1_000_000;
  key = makeKeyRecord({ secret });
  lookUps = 0;
  scryptRuns = 0;
  uses = [];
  badPatterns = [];
  authenticator = createAuthenticator({
    store: {
      findKeyByPublicKey(publicKey) {
        lookUps += 1;
        return Promise.resolve(publicKey === key.publicKey ? key : undefined);
      },
    },
    // A run that always proves: what is counted is whether it comes to one.
    secrets: createSecrets({
      queue: createScryptQueue(),
      scryptVerify() {
        scryptRuns += 1;
        return Promise.resolve(true);
      },
    }),
    limiter: createLimiter({ perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null }),
    meter: { record: (_key, use) => uses.push(use) },
    clock: () => nowMs,
    serverOrigin: 'https://gate.example',
    onBadPattern: (_key, pattern) => badPatterns.push(pattern),
  });
});

const call = (credential: string, ...origins: string[]): Call => ({
  authorizations: [`Bearer ${credential}`],
  origins,
  isSameOriginRead: false,
  ip: '192.0.2.1',
});
const asPage = (origin = 'https://shop.example'): Call => call(key.publicKey, origin);
const asSecret = (presented: SecretKey = secretKey, ...origins: string[]): Call =>
  call(`${key.publicKey}:${presented}`, ...origins);

async function codeOf(made: Call, scope?: Scope): Promise<string> {
  const verdict = await authenticator.authenticate(made, scope);
  return verdict.ok ? 'ok' : verdict.refusal.code;
}

describe('the order of the checks: of two neighbours that fail, the earlier answers', () => {
  test('credentials, before the store is asked', async () => {
    expect(await codeOf({ ...asPage(), authorizations: [] })).toBe('credentials_missing');
    expect(await codeOf({ ...asPage(), authorizations: ['Bearer x', 'Bearer x'] })).toBe('credentials_malformed');
    expect(await codeOf(call(`${key.publicKey.slice(0, -1)}!`))).toBe('credentials_malformed');
    expect([lookUps, uses]).toEqual([0, []]);
  });

  test('a malformed secret, before the key that is unknown', async () => {
    expect(await codeOf(call(`${createPublicKey()}:sk_x`))).toBe('credentials_malformed');
  });

  test('unknown, before an origin that is missing; nothing is counted', async () => {
    expect(await codeOf(call(createPublicKey()))).toBe('key_invalid');
    expect(uses).toEqual([]);
  });

  test('of another organization, before disabled', async () => {
    key = { ...key, enabled: false };
    const verdict = await authenticator.verify(asPage(), undefined, 'org_2');
    expect(verdict).toMatchObject({ ok: false, refusal: { code: 'key_invalid' } });
    expect(verdict).not.toHaveProperty('key');
  });

  test('disabled, before expired', async () => {
    key = { ...key, enabled: false, expiresAt: nowMs };
    expect(await codeOf(asPage())).toBe('key_disabled');
  });

  test('expired, before a wrong secret', async () => {
    key = { ...key, expiresAt: nowMs };
    expect(await codeOf(asSecret(createSecretKey()))).toBe('key_expired');
  });

  test('expired, before an origin that is not allowed', async () => {
    key = { ...key, expiresAt: nowMs };
    expect(await codeOf(asPage('https://evil.example'))).toBe('key_expired');
  });

  test('disabled, before the secret costs a run of scrypt', async () => {
    key = { ...key, enabled: false };
    expect(await codeOf(asSecret())).toBe('key_disabled');
    expect(scryptRuns).toBe(0);
  });

  test('a wrong secret, before a secret in a browser', async () => {
    key = { ...key, refuseSecretInBrowser: true };
    expect(await codeOf(asSecret(createSecretKey(), 'https://shop.example'))).toBe('key_invalid');
    expect(scryptRuns).toBe(0);
  });

  test('a secret in a browser, before a missing scope', async () => {
    key = { ...key, refuseSecretInBrowser: true, scopes: [] };
    expect(await codeOf(asSecret(secretKey, 'https://shop.example'), 'agents:read')).toBe('secret_in_browser');
  });

  test('an origin that is not allowed, before a missing scope', async () => {
    expect(await codeOf(asPage('https://evil.example'), 'keys:manage')).toBe('origin_not_allowed');
  });

  test('a missing scope, before the rate limit, which it does not touch', async () => {
    key = { ...key, rateLimit: { requests: 1, windowSeconds: 60 } };
    expect(await codeOf(asPage(), 'keys:manage')).toBe('scope_missing');
    expect(await codeOf(asPage(), 'agents:read')).toBe('ok');
    expect(await codeOf(asPage(), 'agents:read')).toBe('rate_limited');
    expect(await codeOf(asPage(), 'keys:manage')).toBe('scope_missing');
  });
});

describe('a secret that was remembered', () => {
  test('is refused at the next request after a rotation without grace, a deletion or a disabling', async () => {
    expect(await codeOf(asSecret())).toBe('ok');
    const before = key;
    key = { ...before, secret: previous };
    expect(await codeOf(asSecret())).toBe('key_invalid');
    key = { ...before, enabled: false };
    expect(await codeOf(asSecret())).toBe('key_disabled');
    key = makeKeyRecord();
    expect(await codeOf(call(`${before.publicKey}:${secretKey}`))).toBe('key_invalid');
    key = before;
    expect(await codeOf(asSecret())).toBe('ok');
    expect(scryptRuns).toBe(1);
  });

  test('as the previous one it works until its grace ends by the clock, and not after', async () => {
    key = { ...key, previousSecret: { ...previous, expiresAt: nowMs + 1_000 } };
    nowMs += 999;
    expect(await codeOf(asSecret(previousKey))).toBe('ok');
    expect(await codeOf(asSecret())).toBe('ok');
    expect(uses.map((use) => use.isPreviousSecret)).toEqual([true, false]);
    nowMs += 1;
    expect(await codeOf(asSecret(previousKey))).toBe('key_invalid');
    expect(await codeOf(asSecret())).toBe('ok');
  });
});

describe('what a verdict holds', () => {
  test('a publishable call: the origin, the pattern and at most two scopes', async () => {
    key = { ...key, allowedDomains: ['other.example', '*.shop.example'], scopes: ['agents:read', 'keys:manage'] };
    expect(await authenticator.authenticate(asPage('https://a.shop.example'), undefined)).toMatchObject({
      ok: true,
      pattern: '*.shop.example',
      principal: { mode: 'publishable', scopes: ['agents:read'], origin: 'https://a.shop.example' },
    });
  });

  test('a secret call: no origin, whatever it sent, and the key’s own scopes; a browser’s origin is noted', async () => {
    expect(await authenticator.authenticate(asSecret(secretKey, 'https://evil.example'), 'keys:verify')).toMatchObject({
      ok: true,
      pattern: null,
      principal: { mode: 'secret', scopes: key.scopes, origin: null },
    });
    expect(uses).toEqual([
      { outcome: 'accepted', origin: 'https://evil.example', isPreviousSecret: false, isSecretInBrowser: true },
    ]);
  });

  test('a stored pattern that no longer parses is reported and ignored; the others still work', async () => {
    key = { ...key, allowedDomains: ['*.com', 'shop.example'] };
    expect(await codeOf(asPage())).toBe('ok');
    expect(await codeOf(asPage('https://evil.com'))).toBe('origin_not_allowed');
    expect(badPatterns).toContain('*.com');
  });

  test('a store that is away throws: it never looks like an unknown key', async () => {
    const away = createAuthenticator({
      store: { findKeyByPublicKey: () => Promise.reject(new Error('away')) },
      secrets: createSecrets({ queue: createScryptQueue() }),
      limiter: createLimiter({ perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null }),
      meter: { record: () => undefined },
      clock: () => nowMs,
      serverOrigin: 'https://gate.example',
      onBadPattern: () => undefined,
    });
    await expect(away.authenticate(asPage(), undefined)).rejects.toThrow('away');
  });
});

describe('the list of checks', () => {
  test('each refuses only with the codes that it names, and each code of each check can come', async () => {
    const sent = [
      `Bearer ${key.publicKey}`,
      `Bearer ${key.publicKey}:${secretKey}`,
      `Bearer ${createPublicKey()}`,
      'x',
    ];
    const origins = ['https://shop.example', 'https://evil.example', 'null', 'nonsense', 'app://x'];
    const keys = [key, { ...key, enabled: false }, { ...key, expiresAt: 0 }, { ...key, refuseSecretInBrowser: true }];
    const seen = new Map<string, Set<string>>();
    for (key of keys) {
      for (const authorizations of [[], ...sent.map((header) => [header])]) {
        for (const from of [[], ...origins.map((origin) => [origin]), origins]) {
          for (const scope of [undefined, 'usage:read'] as const) {
            const made = { authorizations, origins: from, isSameOriginRead: false };
            const { verdict, refusedBy } = await authenticator.judge(made, scope);
            expect(refusedBy === undefined).toBe(verdict.ok);
            if (verdict.ok || refusedBy === undefined) continue;
            expect(refusedBy.codes).toContain(verdict.refusal.code);
            seen.set(refusedBy.name, (seen.get(refusedBy.name) ?? new Set()).add(verdict.refusal.code));
          }
        }
      }
    }
    // A secret is only wrong, or waits in vain, elsewhere: here each one is proven.
    const expected = checks.filter(({ codes }) => !codes.includes('server_busy'));
    expect([...seen].map(([name, codes]) => [name, [...codes].sort()]).sort()).toEqual(
      expected.map(({ name, codes }) => [name, [...codes].sort()]).sort(),
    );
  });
});

describe('a domain with an end', () => {
  const until = (expiresAt: number | null, pattern = 'shop.example') => ({
    domains: [{ ...bareEntry(pattern), expiresAt }],
  });

  // Fails for an end that somebody has to act on: nothing happens between these calls but the clock.
  test('admits until that very moment of the clock, and nobody from then on', async () => {
    key = { ...key, ...until(nowMs + 1) };
    expect(await codeOf(asPage())).toBe('ok');
    nowMs += 1;
    expect(await codeOf(asPage())).toBe('origin_not_allowed');
    key = { ...key, ...until(nowMs + 1) };
    expect(await codeOf(asPage())).toBe('ok');
  });

  test('that can not be read admits nobody', async () => {
    for (const end of [Number.NaN, undefined, 'soon', {}]) {
      key = { ...key, ...until(end as number) };
      expect(await codeOf(asPage())).toBe('origin_not_allowed');
    }
  });

  test('ends alone: the others admit, and learning mode does', async () => {
    key = { ...key, allowedDomains: ['shop.example', '*.other.example'], ...until(nowMs) };
    expect(await codeOf(asPage('https://a.other.example'))).toBe('ok');
    expect(await codeOf(asPage())).toBe('origin_not_allowed');
    key = { ...key, learningUntil: nowMs + 1 };
    expect(await codeOf(asPage())).toBe('ok');
  });

  test('is not told to the page that is refused, but explained to the owner', async () => {
    nowMs = Date.UTC(2026, 5, 3);
    key = { ...key, allowedDomains: ['*.shop.example'], ...until(nowMs - 1, '*.shop.example') };
    const verdict = await authenticator.authenticate(asPage('https://a.shop.example'), undefined);
    expect(JSON.stringify(verdict.ok || verdict.refusal)).not.toContain('*.shop.example');
    expect(await explainOrigin(authenticator, 'org_1', key.publicKey, 'https://a.shop.example')).toMatchObject({
      allowed: false,
      code: 'origin_not_allowed',
      detail: 'The domain *.shop.example of this key ended on 2026-06-02 (UTC).',
    });
    expect(await explainOrigin(authenticator, 'org_1', key.publicKey, 'https://evil.example')).toMatchObject({
      detail: 'This key has no allowed domains, so it works only with its secret.',
    });
  });
});

describe('explain', () => {
  const explain = (origin: string, publicKey: string = key.publicKey) =>
    explainOrigin(authenticator, 'org_1', publicKey, origin);
  const results = async (origin: string, publicKey?: string) => {
    const { code, checks } = await explain(origin, publicKey);
    return [code, checks.map(({ result }) => result[0]).join('')];
  };

  test('an allowed origin: every check passed, by which pattern; nothing is counted', async () => {
    expect(await explain('https://shop.example')).toMatchObject({
      allowed: true,
      code: 'ok',
      pattern: 'shop.example',
      fix: null,
    });
    expect(await results('https://shop.example')).toEqual(['ok', 'pppppp']);
    expect(uses).toEqual([]);
  });

  test('a refused one: which check failed, and which were not reached', async () => {
    expect(await results('https://shop.example', 'nonsense')).toEqual(['credentials_malformed', 'fnnnnn']);
    expect(await results('https://shop.example', createPublicKey())).toEqual(['key_invalid', 'pfnnnn']);
    expect(await results('https://shop.example/')).toEqual(['origin_malformed', 'ppppfn']);
    expect(await results('https://evil.example')).toEqual(['origin_not_allowed', 'pppppf']);
    key = { ...key, expiresAt: nowMs };
    expect(await results('https://shop.example')).toEqual(['key_expired', 'pppfnn']);
    key = { ...key, enabled: false };
    expect(await results('https://shop.example')).toEqual(['key_disabled', 'ppfnnn']);
  });

  test('learning mode is named as the reason', async () => {
    key = { ...key, learningUntil: nowMs + 1 };
    expect(await explain('https://new.example')).toMatchObject({
      allowed: true,
      pattern: null,
      detail: 'Admitted only because learning mode is on.',
    });
  });
});

describe('what shows who called is counted', () => {
  const evidence = { isFromBrowser: false, ip: '192.0.2.1' };
  const script = (from = 'https://shop.example'): Call => ({ ...asPage(from), isFromBrowser: false });

  test('of a publishable call that passed every check, without its credentials', async () => {
    expect(await codeOf(script())).toBe('ok');
    const pattern = 'shop.example';
    expect(uses).toEqual([{ outcome: 'accepted', origin: 'https://shop.example', pattern, evidence }]);
  });

  // A flood is what a script makes, so what of it is refused says as much as what was let in before.
  test('also when it is one too many', async () => {
    expect(await codeOf({ ...script(), enter: () => ({ name: 'open-requests', requests: 20 }) })).toBe('rate_limited');
    expect(uses).toMatchObject([{ outcome: 'rate_limited', evidence }]);
  });

  test('and never of what was refused for its origin, its key or its scope, nor of a secret call', async () => {
    await codeOf(script('https://evil.example'));
    await codeOf(script(), 'keys:manage');
    await codeOf({ ...asSecret(), isFromBrowser: false });
    key = { ...key, enabled: false };
    await codeOf(script());
    expect(uses.map(({ outcome }) => outcome)).toEqual([
      'origin_not_allowed',
      'scope_missing',
      'accepted',
      'key_disabled',
    ]);
    for (const use of uses) expect(use).not.toHaveProperty('evidence');
  });
});
