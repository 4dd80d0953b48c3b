/** The conversations of an organization as somebody looks for them, the latest active first. */
import { z } from 'zod';
import { dayMs, type Clock } from '../gate/clock.ts';
import type { Conversation } from '../records/conversation.ts';
import { conversationOutcomes } from '../records/conversation-summary.ts';
import { activityCursorOf, placeOfActivity } from '../records/activity-cursor.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { leaseMs } from './converse.ts';

const id = (form: RegExp) => z.string().regex(form, 'Not such an id.');
const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()], 'A time or a day (UTC), such as 2026-11-24.');

const wordsLengthMax = 200;
/** As many as are deleted at once. */
const idsMax = 100;

/** Of a query. */
export const conversationSearchFields = {
  agent: id(/^agt_[0-9a-z]{1,40}$/)
    .optional()
    .describe('The id of an agent.'),
  key: id(/^key_[0-9a-z]{1,40}$/)
    .optional()
    .describe('The id of a key.'),
  origin: z.string().min(1).max(300).optional().describe('The page’s origin, as it was sent.'),
  outcome: z
    .enum(conversationOutcomes)
    .optional()
    .describe(
      '`unanswered`: at least one question had no answer. `nearest`: at least one had only near ones. `failed`: the last message got no reply.',
    ),
  rating: z.enum(['1', '-1']).optional().describe('The worst that one of its replies was given.'),
  contact: z.enum(['true']).optional().describe('Those in which a visitor left a message.'),
  from: time.optional().describe('Last active at this time or later; a day begins at 0:00 UTC.'),
  to: time.optional().describe('Last active at this time or earlier; a day is included.'),
  q: z
    .string()
    .trim()
    .max(4_200)
    .refine(isShortOrIds, `At most ${wordsLengthMax} characters, or ${idsMax} ids of conversations (cnv_…).`)
    .optional()
    .describe(
      `Words in the first 200 characters of the first question; or up to ${idsMax} ids of conversations (\`cnv_…\`), with spaces or commas between them.`,
    ),
};

export interface ConversationSearch {
  readonly agent?: string | undefined;
  readonly key?: string | undefined;
  readonly origin?: string | undefined;
  readonly outcome?: (typeof conversationOutcomes)[number] | undefined;
  readonly rating?: string | undefined;
  readonly contact?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly q?: string | undefined;
}

/** A page looks at so many at most, and may then have fewer than were asked for, or none, and a cursor to go on with. */
export const lookedAtMax = 2_000;
const readAtOnce = 200;
/** To make a summary anew reads all turns of a conversation. */
const lookedAtForSum = 20;

type ConversationReader = Pick<Store, 'findConversation' | 'listConversations' | 'sumUpConversation'>;

export async function findConversations(
  { store, clock }: { readonly store: ConversationReader; readonly clock: Clock },
  organizationId: string,
  search: ConversationSearch,
  { limit, cursor }: PageRequest,
): Promise<Page<Conversation>> {
  const nowMs = clock();
  const active = { from: momentOf(search.from), to: momentOf(search.to, dayMs - 1) };
  const ids = idsIn(search.q);
  if (ids !== undefined) {
    const isWanted = wantedBy({ ...search, q: undefined });
    const found = (await findByIds(store, organizationId, ids, nowMs)).filter(isWanted).filter(isActive(active));
    const last = placeOfActivity(cursor);
    const left = last === undefined ? found : found.filter((one) => latestFirst(one, last) > 0);
    return {
      items: left.slice(0, limit),
      nextCursor: activityCursorOf(left.length > limit ? left[limit - 1] : undefined),
    };
  }
  const isWanted = wantedBy(search);
  const items: Conversation[] = [];
  let lookedAt = 0;
  for (let next: string | null | undefined = cursor; next !== null;) {
    const page: Page<Conversation> = await store.listConversations(
      organizationId,
      { limit: readAtOnce, cursor: next },
      active,
    );
    for (const [index, kept] of page.items.entries()) {
      const isLast = index === page.items.length - 1 && page.nextCursor === null;
      const isStale = isOutOfDate(kept, nowMs);
      lookedAt += isStale ? lookedAtForSum : 1;
      const conversation = isStale ? await store.sumUpConversation(kept.id, nowMs) : kept;
      if (conversation !== undefined && isWanted(conversation)) items.push(conversation);
      if (isLast) return { items, nextCursor: null };
      if (items.length === limit || lookedAt >= lookedAtMax) return { items, nextCursor: activityCursorOf(kept) };
    }
    next = page.nextCursor;
  }
  return { items, nextCursor: null };
}

/** Ids of conversations and nothing else, each once. */
function idsIn(text = ''): readonly string[] | undefined {
  const words = text.split(/[\s,;]/).filter((word) => word !== '');
  const areIds = words.length > 0 && words.every((word) => /^cnv_[0-9a-z]{1,40}$/.test(word));
  return areIds ? [...new Set(words)] : undefined;
}

function isShortOrIds(q: string): boolean {
  return q.length <= wordsLengthMax || (idsIn(q)?.length ?? Number.POSITIVE_INFINITY) <= idsMax;
}

async function findByIds(store: ConversationReader, organizationId: string, ids: readonly string[], nowMs: number) {
  const found: Conversation[] = [];
  for (const id of ids) {
    const kept = await store.findConversation(organizationId, id);
    const conversation =
      kept !== undefined && isOutOfDate(kept, nowMs) ? await store.sumUpConversation(kept.id, nowMs) : kept;
    if (conversation !== undefined) found.push(conversation);
  }
  return found.sort(latestFirst);
}

type Place = Pick<Conversation, 'id' | 'lastActiveAt'>;

/** As the stores list them. */
function latestFirst(a: Place, b: Place): number {
  return b.lastActiveAt - a.lastActiveAt || Number(b.id > a.id) - Number(b.id < a.id);
}

function isActive({
  from = 0,
  to = Number.POSITIVE_INFINITY,
}: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}) {
  return ({ lastActiveAt }: Conversation): boolean => lastActiveAt >= from && lastActiveAt <= to;
}

/** From before there were summaries, or left open by a process that died. */
export function isOutOfDate({ summary, lastActiveAt }: Conversation, nowMs: number): boolean {
  return summary === undefined || (summary.openTurns !== 0 && lastActiveAt + leaseMs < nowMs);
}

/** A day is its first moment, and so much. */
function momentOf(text: string | undefined, ofDayMs = 0): number | undefined {
  return text === undefined ? undefined : Date.parse(text) + (text.includes('T') ? 0 : ofDayMs);
}

function wantedBy({ agent, key, origin, outcome, rating, contact, q = '' }: ConversationSearch) {
  const words = q.toLowerCase();
  const is = (wanted: unknown, kept: unknown): boolean => wanted === undefined || wanted === kept;
  return ({ agentId, keyId, origin: from, summary, leftMessages }: Conversation): boolean =>
    is(agent, agentId) &&
    is(key, keyId) &&
    is(origin, from) &&
    is(outcome, summary?.outcome) &&
    is(rating, summary?.rating?.toString()) &&
    (contact === undefined || (leftMessages?.length ?? 0) > 0) &&
    (words === '' || summary?.firstQuestion.toLowerCase().includes(words) === true);
}
