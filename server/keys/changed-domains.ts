import { dayMs } from '../gate/clock.ts';
import { patternsMax } from '../gate/domain-pattern.ts';
import { hasEnded } from '../gate/domains-in-force.ts';
import type { Actor } from '../records/actor.ts';
import { bareEntry, entriesOf, type DomainEntry } from '../records/domain-entry.ts';
import type { KeyRecord } from '../records/key.ts';
import type { KeyPatch } from './key-input.ts';

type Domains = Pick<KeyRecord, 'allowedDomains' | 'domains'>;

interface DomainChange {
  readonly actor: Actor;
  readonly nowMs: number;
}

const endedDaysShown = 30;

/** Those in force, and those that ended in the last 30 days. */
export function shownEntries(key: Domains, nowMs: number): readonly DomainEntry[] {
  return entriesOf(key).filter((entry) => !hasEnded(entry, nowMs - endedDaysShown * dayMs));
}

/**
 * The domains that a change makes of the present ones; `key` itself: it says nothing about domains. A whole list is one of what
 * is in force: what stays in it keeps its label and its end, and what ended already stays as it is. A domain that ended and
 * is added again has no end but a new one. Of those that ended the oldest go once there would be too many.
 */
export function changedDomains(
  key: Domains,
  { allowedDomains, addDomains, removeDomains }: Pick<KeyPatch, 'allowedDomains' | 'addDomains' | 'removeDomains'>,
  { actor, nowMs }: DomainChange,
): Domains {
  if ((allowedDomains ?? addDomains ?? removeDomains) === undefined) return key;
  const present = shownEntries(key, nowMs);
  const known = new Map(present.map((entry) => [entry.pattern, entry]));
  const removed = new Set(removeDomains);
  const isWhole = allowedDomains !== undefined;
  const kept = present.filter((entry) => !removed.has(entry.pattern) && (!isWhole || hasEnded(entry, nowMs)));
  const entries = new Map(isWhole ? [] : kept.map((entry) => [entry.pattern, entry]));
  for (const { pattern, ...notes } of [...toEntries(allowedDomains), ...(addDomains ?? [])]) {
    const before = known.get(pattern) ?? bareEntry(pattern);
    const isNew = !known.has(pattern) || hasEnded(before, nowMs);
    const started = isNew ? { ...before, expiresAt: null, addedAt: nowMs, addedBy: actor } : before;
    const { label = before.label, expiresAt = started.expiresAt } = notes;
    entries.set(pattern, { ...started, label, expiresAt });
  }
  for (const entry of kept) if (!entries.has(entry.pattern)) entries.set(entry.pattern, entry);
  const domains = withoutOldest([...entries.values()], nowMs);
  return { allowedDomains: domains.map(({ pattern }) => pattern), domains };
}

function toEntries(patterns: readonly string[] = []): NonNullable<KeyPatch['addDomains']> {
  return patterns.map((pattern) => ({ pattern }));
}

function withoutOldest(entries: readonly DomainEntry[], nowMs: number): readonly DomainEntry[] {
  const ended = entries.filter((entry) => hasEnded(entry, nowMs));
  ended.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
  const gone = new Set(ended.slice(0, Math.max(0, entries.length - patternsMax)));
  return entries.filter((entry) => !gone.has(entry));
}
