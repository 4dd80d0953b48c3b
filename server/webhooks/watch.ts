/**
 * Sees what there is to tell, away from the requests: every ten seconds about the keys that were used, by what the meter wrote, and
 * every ten minutes about all keys of the organizations that have a webhook.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { dayMs, toIsoTime, toUtcDate, type Clock } from '../gate/clock.ts';
import { readSpent } from '../credits/spent.ts';
import { periodAt } from '../records/budget.ts';
import type { AgentRecord } from '../records/agent.ts';
import type { KeyRecord } from '../records/key.ts';
import { webhookEvents } from '../records/webhook.ts';
import { StoreUnavailableError, type Store, type UsageBatch } from '../store/port.ts';
import { judgeCredits, judgeKey, presentKey, type Told } from './judge.ts';
import type { Subscribers } from './subscribers.ts';
import type { Teller } from './tell.ts';

const usedEveryMs = 10_000;
const allEveryMs = 10 * 60_000;
const keysPerPage = 100;
/** Waiting to be judged. Those of more keys, and more origins, are judged when they come again. */
const usedKeysMax = 5_000;
const agentsMax = 5_000;
const originsMax = 50;
/** Named in one message, of which there is one an hour and key at most. */
const namedMax = 20;
/** An origin that was not seen for so long is new again. */
const historyDays = 30;
const originKeptMs = 2 * dayMs;
const knownOriginsMax = 50_000;

interface Sighting {
  readonly isAccepted: boolean;
  /** The day (UTC) on which it came first since the key was judged: it may be judged on the next one. */
  readonly date: string;
}

/** What a key did since it was judged last. */
interface Used {
  readonly organizationId: string;
  readonly keyId: string;
  readonly origins: Map<string, Sighting>;
  /** Of more origins than can be kept here. */
  unnamed: number;
  secretInBrowser: { readonly origin: string | null; readonly isRefused: boolean } | undefined;
}

/** What an agent found nothing for since it was told last. */
interface Unanswered {
  readonly organizationId: string;
  readonly name: string;
  readonly since: number;
  count: number;
}

export interface Watch {
  /** Figures that were written. */
  see(batch: UsageBatch): void;
  /** An agent found nothing to answer with. */
  seeUnanswered(agent: Pick<AgentRecord, 'id' | 'organizationId' | 'name'>): void;
  /** Tells of agents that found nothing, and judges the keys that were used. */
  judgeUsed(): Promise<void>;
  /** Judges all keys of the organizations that have a webhook. */
  judgeAll(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

interface WatchParts {
  readonly store: Pick<
    Store,
    'findKey' | 'listKeys' | 'findCredits' | 'listSpendings' | 'listUsage' | 'listWebhookOrganizations'
  >;
  readonly clock: Clock;
  readonly subscribers: Subscribers;
  readonly teller: Teller;
  readonly onError: (error: unknown) => void;
}

export function createWatch({ store, clock, subscribers, teller, onError }: WatchParts): Watch {
  const used = new Map<string, Used>();
  /** `key_… https://…` */
  const knownOrigins = new LRUCache<string, true>({ max: knownOriginsMax });
  const unanswered = new Map<string, Unanswered>();
  const timers: NodeJS.Timeout[] = [];
  let judging: Promise<void> = Promise.resolve();

  function usedOf(organizationId: string, keyId: string): Used | undefined {
    const known = used.get(keyId);
    if (known !== undefined || used.size >= usedKeysMax) return known;
    const made = {
      organizationId,
      keyId,
      origins: new Map<string, Sighting>(),
      unnamed: 0,
      secretInBrowser: undefined,
    };
    used.set(keyId, made);
    return made;
  }

  function see({ days, activities }: UsageBatch): void {
    for (const { organizationId, keyId, date, origins, refused } of days) {
      const its = usedOf(organizationId, keyId);
      if (its === undefined) continue;
      if ((refused.secret_in_browser ?? 0) > 0) its.secretInBrowser ??= { origin: null, isRefused: true };
      for (const { origin, accepted } of origins) {
        if (knownOrigins.has(`${keyId} ${origin}`)) continue;
        if (its.origins.size < originsMax || its.origins.has(origin))
          addSighting(its.origins, origin, { isAccepted: accepted > 0, date });
        else its.unnamed += 1;
      }
    }
    for (const { organizationId, keyId, secretSeenInBrowserAt, secretSeenInBrowserOrigin } of activities) {
      const its = secretSeenInBrowserAt === null ? undefined : usedOf(organizationId, keyId);
      if (its !== undefined) its.secretInBrowser = { origin: secretSeenInBrowserOrigin, isRefused: false };
    }
  }

  function seeUnanswered({ id, organizationId, name }: Pick<AgentRecord, 'id' | 'organizationId' | 'name'>): void {
    const its = unanswered.get(id);
    if (its !== undefined) its.count += 1;
    else if (unanswered.size < agentsMax) unanswered.set(id, { organizationId, name, since: clock(), count: 1 });
  }

  /** One message an hour and agent; what comes after it is counted for the next one. */
  async function tellUnanswered(): Promise<void> {
    const { hour, endsAt } = hourAt(clock());
    for (const [agentId, its] of [...unanswered]) {
      const { organizationId, name: agentName, since, count } = its;
      const told = await teller.tell({
        organizationId,
        event: 'conversation.unanswered',
        subject: agentId,
        name: `conversation.unanswered/${agentId}/${hour}`,
        endsAt,
        data: { organizationId, agentId, agentName, messages: count, since: toIsoTime(since) },
      });
      // More may have come meanwhile.
      if (told === 'told' || told === 'unwanted') its.count -= count;
      if (its.count === 0) unanswered.delete(agentId);
    }
  }

  async function tell({ happening, covered }: Told): Promise<void> {
    const { organizationId, endsAt } = happening;
    if ((await teller.tell(happening)) !== 'told') return;
    for (const name of covered) await teller.pass({ organizationId, name, endsAt });
  }

  async function judgeOrganization(organizationId: string, keys: readonly KeyRecord[]): Promise<void> {
    const nowMs = clock();
    const spent = await readSpent(store, organizationId, keys, nowMs);
    for (const key of keys) for (const told of judgeKey(key, spent.get(key.id) ?? 0, nowMs)) await tell(told);
    const credits = await store.findCredits(organizationId);
    const low = credits && judgeCredits(organizationId, credits, nowMs);
    if (low !== undefined) await tell(low);
  }

  async function judgeUsed(): Promise<void> {
    await tellUnanswered();
    const byOrganization = new Map<string, string[]>();
    for (const { organizationId, keyId } of used.values()) {
      const its = byOrganization.get(organizationId);
      if (its === undefined) byOrganization.set(organizationId, [keyId]);
      else its.push(keyId);
    }
    await judgeEach([...byOrganization], ([organizationId, keyIds]) => judgeUsedOf(organizationId, keyIds));
  }

  /** What could not be judged is kept, with what was seen meanwhile. */
  async function judgeUsedOf(organizationId: string, keyIds: readonly string[]): Promise<void> {
    const taken = keyIds.flatMap((keyId) => used.get(keyId) ?? []);
    for (const { keyId } of taken) used.delete(keyId);
    try {
      if ((await subscribers.find(organizationId, webhookEvents)).length === 0) return;
      const keys: KeyRecord[] = [];
      for (const one of taken) {
        const key = await store.findKey(organizationId, one.keyId);
        if (key === undefined) continue;
        keys.push(key);
        await judgeSecret(key, one);
        await judgeOrigins(key, one);
      }
      await judgeOrganization(organizationId, keys);
    } catch (error) {
      for (const one of taken) putBack(one);
      throw error;
    }
  }

  function putBack({ organizationId, keyId, origins, unnamed, secretInBrowser }: Used): void {
    keep(keyId, organizationId, origins);
    const its = usedOf(organizationId, keyId);
    if (its === undefined) return;
    its.unnamed += unnamed;
    its.secretInBrowser ??= secretInBrowser;
  }

  async function judgeSecret(key: KeyRecord, { secretInBrowser }: Used): Promise<void> {
    if (secretInBrowser === undefined) return;
    const { id, organizationId } = key;
    const nowMs = clock();
    const date = toUtcDate(nowMs);
    await teller.tell({
      organizationId,
      event: 'key.secret_in_browser',
      subject: id,
      name: `key.secret_in_browser/${id}/${date}`,
      endsAt: Date.parse(date) + dayMs,
      data: { ...presentKey(key), origin: secretInBrowser.origin, isRefused: secretInBrowser.isRefused },
    });
  }

  /** One message an hour names some origins; what it has no room for is told in a later hour, when it comes again. */
  async function judgeOrigins(key: KeyRecord, { origins, unnamed }: Used): Promise<void> {
    if (origins.size === 0) return;
    const { id, organizationId } = key;
    if ((await subscribers.find(organizationId, ['key.new_origin'])).length === 0) return;
    const nowMs = clock();
    const { hour, endsAt } = hourAt(nowMs);
    const group = { name: `key.new_origin/${id}/${hour}`, endsAt };
    // Told again in an hour, so there is nothing to find out before.
    if (teller.isKnown(group.name)) return keep(id, organizationId, origins);
    const firstDates = await findFirstDates(organizationId, id, nowMs);
    const isOld = (origin: string, { date }: Sighting) => (firstDates.get(origin) ?? date) < date;
    const named: [string, Sighting][] = [];
    let more = unnamed;
    for (const [origin, sighting] of origins) {
      const notice = { organizationId, name: nameOf(id, origin), endsAt: nowMs + originKeptMs };
      if (named.length >= namedMax) more += isOld(origin, sighting) ? 0 : 1;
      else if (isOld(origin, sighting) || (await teller.isTold(notice))) knownOrigins.set(`${id} ${origin}`, true);
      else named.push([origin, sighting]);
    }
    if (named.length === 0) return;
    const told = await teller.tell({
      organizationId,
      event: 'key.new_origin',
      subject: id,
      ...group,
      data: {
        ...presentKey(key),
        origins: named.map(([origin, { isAccepted }]) => ({ origin, isAccepted })),
        more,
      },
    });
    if (told !== 'told') return keep(id, organizationId, new Map(named));
    for (const [origin] of named) {
      await teller.pass({ organizationId, name: nameOf(id, origin), endsAt: nowMs + originKeptMs });
      knownOrigins.set(`${id} ${origin}`, true);
    }
  }

  function keep(keyId: string, organizationId: string, origins: ReadonlyMap<string, Sighting>): void {
    const its = usedOf(organizationId, keyId);
    if (its !== undefined) for (const [origin, sighting] of origins) addSighting(its.origins, origin, sighting);
  }

  /** The origins of the days before today, and on which of them each came first. */
  async function findFirstDates(
    organizationId: string,
    keyId: string,
    nowMs: number,
  ): Promise<ReadonlyMap<string, string>> {
    const [from, to] = [nowMs - historyDays * dayMs, nowMs - dayMs].map(toUtcDate) as [string, string];
    const first = new Map<string, string>();
    for (const { date, origins } of await store.listUsage(organizationId, [keyId], from, to))
      for (const { origin } of origins) if (date < (first.get(origin) ?? '~')) first.set(origin, date);
    return first;
  }

  async function judgeAll(): Promise<void> {
    for (let after: string | null = null; ;) {
      const page: readonly string[] = await store.listWebhookOrganizations(after, keysPerPage);
      await judgeEach(page, judgeKeysOf);
      after = page.at(-1) ?? null;
      if (after === null) return;
    }
  }

  async function judgeKeysOf(organizationId: string): Promise<void> {
    if ((await subscribers.find(organizationId, webhookEvents)).length === 0) return;
    let cursor: string | null | undefined;
    do {
      const page = await store.listKeys(organizationId, { limit: keysPerPage, cursor: cursor ?? undefined });
      await judgeOrganization(organizationId, page.items);
      cursor = page.nextCursor;
      await nextTurn();
    } while (cursor !== null);
  }

  /** One after the other. */
  function judge(run: () => Promise<void>): void {
    judging = judging.then(run).catch((error: unknown) => {
      // That the store is away is said once, by itself.
      if (!(error instanceof StoreUnavailableError)) onError(error);
    });
  }

  return {
    see,
    seeUnanswered,
    judgeUsed,
    judgeAll,
    start() {
      timers.push(setInterval(() => judge(judgeUsed), usedEveryMs).unref());
      timers.push(setInterval(() => judge(judgeAll), allEveryMs).unref());
    },
    async stop() {
      timers.forEach((timer) => clearInterval(timer));
      judge(judgeUsed);
      await judging;
    },
  };
}

/**
 * Judges each, also after one that failed; throws the first failure then. A store that is away ends it at once, as each of the others
 * would wait for it too.
 */
async function judgeEach<One>(all: readonly One[], run: (one: One) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const one of all) {
    try {
      await run(one);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Let in once, and on its first day. */
function addSighting(origins: Map<string, Sighting>, origin: string, { isAccepted, date }: Sighting): void {
  const known = origins.get(origin);
  const first = known !== undefined && known.date < date ? known.date : date;
  origins.set(origin, { isAccepted: isAccepted || known?.isAccepted === true, date: first });
}

function hourAt(nowMs: number): { readonly hour: string; readonly endsAt: number } {
  const { startsAt, endsAt } = periodAt('hour', nowMs);
  return { hour: toIsoTime(startsAt).slice(0, 13), endsAt };
}

function nameOf(keyId: string, origin: string): string {
  return `key.new_origin/${keyId} ${origin}`;
}
