/** What there is to tell about a key or about the credits, by what is kept of them at this moment. It decides and writes nothing. */
import { dayMs, toIsoTime } from '../gate/clock.ts';
import { windowAt } from '../records/budget.ts';
import type { Credits } from '../records/credits.ts';
import type { KeyRecord } from '../records/key.ts';
import type { Happening } from './tell.ts';

const expiringDays = [1, 7, 30] as const;
/** In percent of a key's budget, and of what was granted. */
const budgetPercents = [100, 80, 50] as const;
const creditPercents = [5, 20] as const;
/** While credits stay low, it is said again after so long. */
const lowAgainMs = 30 * dayMs;
/** So late it is still said that a key has stopped to learn. */
const learningLateMs = 2 * dayMs;

export interface Told {
  readonly happening: Happening;
  /** What is told with it: names of what came before and need not be said any more. */
  readonly covered: readonly string[];
}

type JudgedKey = Pick<
  KeyRecord,
  'id' | 'organizationId' | 'name' | 'enabled' | 'createdAt' | 'expiresAt' | 'learningUntil' | 'budget'
>;

/** `spent`: of its budget, in the present window. */
export function judgeKey(key: JudgedKey, spent: number, nowMs: number): readonly Told[] {
  if (!key.enabled || (key.expiresAt !== null && key.expiresAt <= nowMs)) return [];
  return [judgeExpiry(key, nowMs), judgeBudget(key, spent, nowMs), judgeLearning(key, nowMs)].filter(
    (told) => told !== undefined,
  );
}

/** The smallest threshold that was crossed; one that was crossed before the key was made tells nobody anything. */
function judgeExpiry(key: JudgedKey, nowMs: number): Told | undefined {
  const { id, expiresAt, createdAt } = key;
  if (expiresAt === null) return undefined;
  const crossed = expiringDays.filter((days) => {
    const crossedAt = expiresAt - days * dayMs;
    return crossedAt <= nowMs && crossedAt > createdAt;
  });
  return tellFirst(crossed, (days) => `key.expiring/${id}/${expiresAt}/${days}`, {
    ...ofKey(key, 'key.expiring'),
    endsAt: expiresAt,
    data: (days) => ({ ...presentKey(key), expiresAt: toIsoTime(expiresAt), days }),
  });
}

function judgeBudget(key: JudgedKey, spent: number, nowMs: number): Told | undefined {
  const { budget } = key;
  if (budget === null || budget.credits === 0) return undefined;
  const window = windowAt(key, budget.per, nowMs);
  const crossed = budgetPercents.filter((percent) => spent * 100 >= budget.credits * percent);
  return tellFirst(crossed, (percent) => `key.budget/${window.id}/${budget.credits}/${percent}`, {
    ...ofKey(key, 'key.budget'),
    endsAt: window.endsAt,
    data: (percent) => ({
      ...presentKey(key),
      percent,
      budget: { credits: budget.credits, per: budget.per },
      spent,
      resetsAt: toIsoTime(window.endsAt),
    }),
  });
}

function judgeLearning(key: JudgedKey, nowMs: number): Told | undefined {
  const { id, learningUntil } = key;
  if (learningUntil === null || learningUntil > nowMs || nowMs - learningUntil >= learningLateMs) return undefined;
  const happening = {
    ...ofKey(key, 'key.learning_ended'),
    name: `key.learning_ended/${id}/${learningUntil}`,
    endsAt: learningUntil + learningLateMs,
    data: { ...presentKey(key), learningUntil: toIsoTime(learningUntil) },
  };
  return { happening, covered: [] };
}

export function judgeCredits(organizationId: string, { granted, spent }: Credits, nowMs: number): Told | undefined {
  if (granted === 0) return undefined;
  const left = granted - spent;
  const crossed = creditPercents.filter((percent) => left * 100 <= granted * percent);
  return tellFirst(crossed, (percent) => `credits.low/${granted}/${percent}`, {
    organizationId,
    event: 'credits.low',
    subject: organizationId,
    endsAt: nowMs + lowAgainMs,
    data: (percent) => ({ organizationId, percent, granted, spent, left }),
  });
}

function tellFirst(
  crossed: readonly number[],
  nameOf: (threshold: number) => string,
  { data, ...happening }: Omit<Happening, 'name' | 'data'> & { readonly data: (threshold: number) => object },
): Told | undefined {
  const [first, ...others] = crossed;
  if (first === undefined) return undefined;
  return { happening: { ...happening, name: nameOf(first), data: data(first) }, covered: others.map(nameOf) };
}

function ofKey<Event extends Happening['event']>({ id, organizationId }: JudgedKey, event: Event) {
  return { organizationId, event, subject: id };
}

/** What a message names a key by. */
export function presentKey({ id, organizationId, name }: Pick<KeyRecord, 'id' | 'organizationId' | 'name'>) {
  return { organizationId, keyId: id, keyName: name };
}
