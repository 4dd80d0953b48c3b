import type { Budget, Key, KeyPatch, RateLimit } from '../../server/http/wire.ts';
import { budgetWords } from '../components/budget-words.ts';
import { exactTime } from '../components/time-words.ts';
import { isSame, type Merge } from './clash.ts';
import { mergeEntries } from './merge-entries.ts';
import { mergeFields } from './merge-fields.ts';

const shownLengthMax = 100;

const names: Readonly<Record<string, string>> = {
  name: 'The name',
  notes: 'What is noted',
  tags: 'The list of tags',
  enabled: 'The switch',
  expiresAt: 'The expiry',
  scopes: 'What it may do',
  publishableScopes: 'What pages may do',
  externalId: 'The external id',
  metadata: 'The metadata',
  rateLimit: 'The rate limit',
  budget: 'The budget',
  visitorBudget: 'The budget of a visitor',
  refuseSecretInBrowser: 'The refusal of secrets from browsers',
  learningUntil: 'Learning mode',
};

/** `confirm` was said about another list, and is asked for again. */
export function mergeKey(base: Key, patch: KeyPatch, current: Key): Merge<KeyPatch> {
  const { allowedDomains, addDomains, removeDomains, confirm, ...fields } = patch;
  const ofFields = mergeFields(base, fields, current, {
    name: (field) => names[field] ?? field,
    value: (value) => wordsOf(value),
  });
  const deltas = { ...(addDomains && { addDomains }), ...(removeDomains && { removeDomains }) };
  if (!Array.isArray(allowedDomains)) {
    const isDelta = Object.keys(deltas).length > 0;
    return {
      clashes: ofFields.clashes,
      resolve: (mine) => ({ ...ofFields.resolve(mine), ...deltas, ...(isDelta && confirm && { confirm }) }),
    };
  }
  const toEntries = (domains: readonly string[]) => new Map(domains.map((domain) => [domain, true]));
  const wanted = allowedDomains as readonly string[];
  const ofDomains = mergeEntries(toEntries(base.allowedDomains), toEntries(wanted), toEntries(current.allowedDomains));
  return {
    clashes: [...ofFields.clashes, ...ofDomains.clashes],
    resolve: (mine) => {
      const merged = [...ofDomains.resolve(mine).keys()];
      const isAsBefore = isSame([...merged].sort(), [...current.allowedDomains].sort());
      const notes =
        addDomains?.filter((added) => merged.includes(typeof added === 'string' ? added : added.pattern)) ?? [];
      return {
        ...ofFields.resolve(mine),
        ...(!isAsBefore && { allowedDomains: merged }),
        ...(notes.length > 0 && { addDomains: notes }),
      };
    },
  };
}

function wordsOf(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.join(', ');
  if (value === '') return 'nothing';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? exactTime(value) : `“${cut(value)}”`;
  if (hasNames<Budget>(value, 'credits', 'per')) return budgetWords(value);
  if (!hasNames<RateLimit>(value, 'requests', 'windowSeconds')) return JSON.stringify(value);
  const { requests, windowSeconds } = value;
  return `${requests} requests in ${windowSeconds} seconds`;
}

/** Notes may be long: their beginning tells them apart. */
function cut(text: string): string {
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

/** The metadata may have such names too, and other ones beside them or other values. */
function hasNames<Thing>(value: unknown, ...names: readonly (keyof Thing)[]): value is Thing {
  return JSON.stringify(Object.keys(value as object)) === JSON.stringify(names);
}
