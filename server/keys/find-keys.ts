/** The keys of an organization as somebody looks for them: those with certain words or in a certain state, in an order. */
import { z } from 'zod';
import { readSpent } from '../credits/spent.ts';
import { dayMs, type Clock } from '../gate/clock.ts';
import { keyStatus } from '../gate/key-status.ts';
import { almostShare } from '../records/budget.ts';
import type { KeyRecord } from '../records/key.ts';
import type { Store } from '../store/port.ts';
import { hasTags, tagsAsked } from './tags.ts';

const statuses = [
  'enabled',
  'disabled',
  'expired',
  'expiring',
  'never_used',
  'unused_30_days',
  'needs_attention',
] as const;
const orders = ['created', 'name', 'last_used'] as const;

export type KeyFilter = (typeof statuses)[number];
export type KeyOrder = (typeof orders)[number];

/** Of a query. */
export const keySearchFields = {
  q: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe('Words in the name, the public key, a tag, an allowed domain or its label.'),
  tag: tagsAsked
    .optional()
    .describe('Only keys with this tag, in whatever case. Several times: with all of these tags.'),
  status: z
    .enum(statuses)
    .optional()
    .describe(
      '`expiring`: within 30 days. `unused_30_days`: neither used nor made since. `needs_attention`: seen with its secret in a browser, 80 % of its budget spent, learning, expiring within 7 days, or rotated and the old secret still used.',
    ),
  sort: z.enum(orders).default('created').describe('`created` and `last_used`: newest first; `name`: from A to Z.'),
};

interface KeySearch {
  readonly q?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly status?: KeyFilter | undefined;
  readonly sort: KeyOrder;
}

/** The cursor of a list in an order of its own names what the last key had there: `key_…`, or `key_….bmFtZQ`. */
export const keyCursorPattern = /^key_[0-9a-z]{1,40}(\.[\w-]{0,600})?$/;

interface FoundKeys {
  readonly items: readonly KeyRecord[];
  readonly nextCursor: string | null;
  /** On all pages. */
  readonly total: number;
}

interface KeyPageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

type Place = Pick<KeyRecord, 'id' | 'name' | 'lastUsedAt'>;

const expiringMs = 30 * dayMs;
const almostExpiredMs = 7 * dayMs;
const unusedMs = 30 * dayMs;
const keysPerRead = 200;
const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export async function findKeys(
  { store, clock }: { readonly store: Pick<Store, 'listKeys' | 'countKeys' | 'listSpendings'>; readonly clock: Clock },
  organizationId: string,
  { q = '', tag = [], status, sort }: KeySearch,
  { limit, cursor }: KeyPageRequest,
): Promise<FoundKeys> {
  if (q === '' && tag.length === 0 && status === undefined && sort === 'created') {
    const after = cursor?.split('.', 1)[0];
    const [page, total] = await Promise.all([
      store.listKeys(organizationId, { limit, cursor: after }),
      store.countKeys(organizationId),
    ]);
    return { ...page, total };
  }
  const found: KeyRecord[] = [];
  const nowMs = clock();
  const isSaid = saysOneOf(q);
  for (let next: string | null | undefined; next !== null;) {
    const { items, nextCursor } = await store.listKeys(organizationId, { limit: keysPerRead, cursor: next });
    const said = items.filter((key) => isSaid(key) && hasTags(key, tag));
    const spent =
      status === 'needs_attention' ? await readSpent(store, organizationId, said, nowMs) : new Map<string, number>();
    found.push(...said.filter((key) => status === undefined || isIn[status](key, nowMs, spent.get(key.id) ?? 0)));
    next = nextCursor;
  }
  const compare = comparisons[sort];
  found.sort(compare);
  const last = cursor === undefined ? undefined : placeOf(cursor);
  const left = last === undefined ? found : found.filter((key) => compare(key, last) > 0);
  const items = left.slice(0, limit);
  const end = items.at(-1);
  return { items, nextCursor: left.length > limit && end ? cursorOf(end, sort) : null, total: found.length };
}

function saysOneOf(words: string): (key: KeyRecord) => boolean {
  const wanted = words.toLowerCase();
  return ({ name, publicKey, tags, allowedDomains, domains }) =>
    [name, publicKey, ...tags, ...allowedDomains, ...domains.map(({ label }) => label ?? '')].some((text) =>
      text.toLowerCase().includes(wanted),
    );
}

const isIn: Readonly<Record<KeyFilter, (key: KeyRecord, nowMs: number, spent: number) => boolean>> = {
  enabled: (key, nowMs) => keyStatus(key, nowMs) === 'enabled',
  disabled: (key, nowMs) => keyStatus(key, nowMs) === 'disabled',
  expired: (key, nowMs) => keyStatus(key, nowMs) === 'expired',
  expiring: (key, nowMs) => expiresWithin(key, nowMs, expiringMs),
  never_used: ({ lastUsedAt }) => lastUsedAt === null,
  unused_30_days: ({ lastUsedAt, createdAt }, nowMs) => (lastUsedAt ?? createdAt) <= nowMs - unusedMs,
  needs_attention: (key, nowMs, spent) =>
    key.secretSeenInBrowserAt !== null ||
    (keyStatus(key, nowMs) === 'enabled' &&
      ((key.budget !== null && spent >= almostShare * key.budget.credits) ||
        (key.learningUntil !== null && key.learningUntil > nowMs) ||
        expiresWithin(key, nowMs, almostExpiredMs) ||
        (key.previousSecret !== null && key.previousSecret.expiresAt > nowMs && key.previousSecretUsedAt !== null))),
};

function expiresWithin(key: KeyRecord, nowMs: number, withinMs: number): boolean {
  return keyStatus(key, nowMs) === 'enabled' && key.expiresAt !== null && key.expiresAt <= nowMs + withinMs;
}

const byId = (a: Place, b: Place): number => Number(a.id < b.id) - Number(a.id > b.id);

const comparisons: Readonly<Record<KeyOrder, (a: Place, b: Place) => number>> = {
  created: byId,
  name: (a, b) => names.compare(a.name, b.name) || byId(a, b),
  last_used: (a, b) => (b.lastUsedAt ?? -1) - (a.lastUsedAt ?? -1) || byId(a, b),
};

function cursorOf({ id, name, lastUsedAt }: Place, sort: KeyOrder): string {
  if (sort === 'created') return id;
  const value = sort === 'name' ? name : String(lastUsedAt ?? '');
  return `${id}.${Buffer.from(value).toString('base64url')}`;
}

/** The key may be gone, or used, since. */
function placeOf(cursor: string): Place {
  const [id = '', encoded = ''] = cursor.split('.', 2);
  const name = Buffer.from(encoded, 'base64url').toString();
  return { id, name, lastUsedAt: name === '' ? null : Number(name) };
}
