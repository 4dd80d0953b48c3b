import { describe, expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { domainsInForce } from '../../server/gate/domains-in-force.ts';
import { changedDomains, shownEntries } from '../../server/keys/changed-domains.ts';
import { bareEntry, type DomainEntry } from '../../server/records/domain-entry.ts';

const nowMs = 1_000 * dayMs;
const actor = { kind: 'user', id: 'usr_1', name: 'ada@example.com' } as const;
const by = { actor, nowMs };
const keyOf = (...domains: DomainEntry[]) => ({ allowedDomains: domains.map(({ pattern }) => pattern), domains });
const labelled = { ...bareEntry('pr.example'), label: 'PR 12', expiresAt: nowMs + 5, addedAt: 3, lastMatchedAt: 4 };
const ended = { ...bareEntry('old.example'), label: 'Old', expiresAt: nowMs, addedAt: 3 };
const fresh = { addedAt: nowMs, addedBy: actor };

describe('changedDomains', () => {
  test('a change that says nothing about domains leaves them as they are', () => {
    const key = keyOf(labelled);
    expect(changedDomains(key, {}, by)).toBe(key);
  });

  test('a whole list keeps what is noted about what stays, and what ended', () => {
    expect(changedDomains(keyOf(labelled, ended), { allowedDomains: ['new.example', 'pr.example'] }, by)).toEqual(
      keyOf({ ...bareEntry('new.example'), ...fresh }, labelled, ended),
    );
    expect(changedDomains(keyOf(labelled, ended), { allowedDomains: [] }, by)).toEqual(keyOf(ended));
  });

  test('what is added again keeps what is not said anew', () => {
    const add = (notes: object) =>
      changedDomains(keyOf(labelled), { addDomains: [{ pattern: 'pr.example', ...notes }] }, by).domains;
    expect(add({})).toEqual([labelled]);
    expect(add({ label: 'PR 13' })).toEqual([{ ...labelled, label: 'PR 13' }]);
    expect(add({ label: null, expiresAt: null })).toEqual([{ ...labelled, label: null, expiresAt: null }]);
  });

  test('what ended and is added again begins anew, without an end', () => {
    const made = changedDomains(keyOf(ended), { addDomains: [{ pattern: 'old.example' }] }, by);
    expect(made).toEqual(keyOf({ ...ended, ...fresh, expiresAt: null }));
  });

  test('what ended goes when it is removed, or 30 days later', () => {
    expect(changedDomains(keyOf(ended, labelled), { removeDomains: ['old.example'] }, by)).toEqual(keyOf(labelled));
    const later = nowMs + 30 * dayMs;
    expect(shownEntries(keyOf(ended), later - 1)).toEqual([ended]);
    expect(shownEntries(keyOf(ended), later)).toEqual([]);
    expect(changedDomains(keyOf(ended), { addDomains: [] }, { actor, nowMs: later })).toEqual(keyOf());
  });

  // Fails where a list that ends by itself keeps others out: a pipeline adds a domain for each change.
  test('what ended makes room for what is added, the oldest first', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...bareEntry(`a${index}.example`),
      expiresAt: 5 + nowMs - index,
    }));
    const made = changedDomains(keyOf(...many), { addDomains: [{ pattern: 'new.example' }] }, by).allowedDomains;
    expect(made).toHaveLength(100);
    expect(made).not.toContain('a99.example');
    expect(made).toContain('new.example');
    expect(made).toContain('a98.example');
  });

  test('a key without notes has domains without notes', () => {
    const old = { allowedDomains: ['a.example'], domains: [] };
    expect(shownEntries(old, nowMs)).toEqual([bareEntry('a.example')]);
    expect(domainsInForce(old, nowMs)).toEqual(['a.example']);
  });
});
