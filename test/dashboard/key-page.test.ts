import { describe, expect, it, test } from 'vitest';
import type { Key, OriginUsage } from '../../server/http/wire.ts';
import { durationWords } from '../../dashboard/components/time-left.ts';
import { fromLocalInput, toLocalInput } from '../../dashboard/local-time.ts';
import { blockedSentence, effectOf } from '../../dashboard/pages/key/replay-words.ts';
import { refusalsByCode } from '../../dashboard/pages/key/refusal-list.ts';
import { problemsOf, toDraft, toPatch } from '../../dashboard/pages/key/settings-draft.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const key: Key = {
  id: 'key_1',
  name: 'Web',
  publicKey: 'pk_1',
  secretHint: 'sk_…abcd',
  allowedDomains: ['*.example.com'],
  domains: [],
  enabled: true,
  expiresAt: null,
  scopes: ['agents:read', 'messages:write'],
  publishableScopes: [],
  notes: '',
  tags: [],
  externalId: null,
  metadata: {},
  rateLimit: null,
  budget: null,
  visitorBudget: null,
  spent: null,
  refuseSecretInBrowser: false,
  learningUntil: null,
  createdAt: '2026-11-01T00:00:00.000Z',
  createdBy: null,
  revision: 1,
  lastUsedAt: null,
  lastUsedOrigin: null,
  previousSecret: null,
  secretSeenInBrowser: null,
  status: 'enabled',
};

describe('a draft of a key’s limits', () => {
  it('that changes nothing saves nothing', () => {
    const limited = { ...key, expiresAt: '2027-01-01T10:20:30.456Z', rateLimit: { requests: 5, windowSeconds: 10 } };
    expect(toPatch(toDraft(key), key)).toEqual({});
    expect(toPatch(toDraft(limited), limited)).toEqual({});
    expect(toPatch({ ...toDraft(key), scopes: ['messages:write', 'agents:read'] }, key)).toEqual({});
    expect(toPatch({ ...toDraft(key), requests: '7' }, key)).toEqual({});
  });

  it('saves only what differs', () => {
    const draft = toDraft(key);
    expect(toPatch({ ...draft, scopes: [] }, key)).toEqual({ scopes: [] });
    expect(toPatch({ ...draft, isLimited: true, requests: '100' }, key)).toEqual({
      rateLimit: { requests: 100, windowSeconds: 60 },
    });
    expect(toPatch({ ...draft, expiry: '2027-01-01T10:20' }, key)).toEqual({
      expiresAt: new Date('2027-01-01T10:20').toISOString(),
    });
    const expiring = { ...key, expiresAt: '2027-01-01T10:20:30.456Z' };
    expect(toPatch({ ...toDraft(expiring), expiry: '' }, expiring)).toEqual({ expiresAt: null });
  });

  it('says what is wrong before the server is asked', () => {
    const draft = { ...toDraft(key), isLimited: true, requests: '0', windowSeconds: '1.5', expiry: '2020-01-01T00:00' };
    expect(Object.keys(problemsOf(draft, toPatch(draft, key), nowMs))).toEqual(['expiry', 'requests', 'windowSeconds']);
    const off = { ...draft, isLimited: false, expiry: '' };
    expect(problemsOf(off, toPatch(off, key), nowMs)).toEqual({});
  });
});

describe('the replay of a change of domains', () => {
  const seen = (origin: string, accepted: number, refused = 0): OriginUsage => ({
    origin,
    accepted,
    refused,
    lastSeenAt: '2026-11-24T11:00:00.000Z',
    allowed: accepted > 0,
  });
  const replay = [
    { origin: 'https://shop.example.com', requests: 400, allowed: false },
    { origin: 'https://blog.example.com', requests: 12, allowed: false },
    { origin: 'https://evil.example', requests: 9, allowed: false },
    { origin: 'https://new.example', requests: 3, allowed: true },
  ];

  it('counts as blocked what the saved list admits, and as let in what it does not', () => {
    const effect = effectOf(replay, key.allowedDomains, []);
    expect(effect.blocked.map(({ origin }) => origin)).toEqual([
      'https://shop.example.com',
      'https://blog.example.com',
    ]);
    expect(effect.admitted.map(({ origin }) => origin)).toEqual(['https://new.example']);
    expect(blockedSentence(effect.blocked)).toBe('This blocks 2 origins, 412 requests in the last 30 days.');
  });

  it('an origin that was never accepted is nothing to lose', () => {
    const effect = effectOf(replay, key.allowedDomains, [seen('https://blog.example.com', 0, 12)]);
    expect(blockedSentence(effect.blocked)).toBe('This blocks 1 origin, 400 requests in the last 30 days.');
  });
});

test('refusals are counted by code over the days, most frequent first, without zeros', () => {
  const days = [
    { date: '2026-11-23', accepted: 1, refused: { key_disabled: 2, origin_missing: 0 } },
    { date: '2026-11-24', accepted: 0, refused: { origin_not_allowed: 5, key_disabled: 1 } },
  ];
  expect([...refusalsByCode(days)]).toEqual([
    ['origin_not_allowed', 5],
    ['key_disabled', 3],
  ]);
});

test.each([
  [0, 'no time'],
  [-5, 'no time'],
  [9, '9 s'],
  [249, '4 min 9 s'],
  [3_600, '1 h'],
  [83_100, '23 h 5 min'],
  [3 * 86_400 + 4 * 3_600 + 59, '3 d 4 h'],
])('%i seconds left: %s', (seconds, words) => expect(durationWords(seconds)).toBe(words));

test('a time goes into the field of the browser and comes back to the minute', () => {
  const at = '2026-03-07T08:05:00.000Z';
  expect(toLocalInput(at)).toMatch(/^2026-03-0\dT\d\d:\d\d$/);
  expect(fromLocalInput(toLocalInput(at))).toBe(at);
  expect(fromLocalInput('')).toBeUndefined();
});
