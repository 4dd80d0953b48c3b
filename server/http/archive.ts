/**
 * Everything of an organization as the files of one archive: what its owners see, each field by name, and so neither a secret
 * nor anything made from one. Read some at a time; what is changed meanwhile is in it as it was before or after.
 */
import { setImmediate } from 'node:timers/promises';
import { listMembers } from '../accounts/members.ts';
import { createAudit } from '../audit/audit.ts';
import { readConversations, readTurns } from '../chat/whole-conversations.ts';
import { readSpent } from '../credits/spent.ts';
import { dayMs, toIsoTime, toUtcDate, type Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import type { Conversation } from '../records/conversation.ts';
import type { Credits } from '../records/credits.ts';
import type { KeyRecord } from '../records/key.ts';
import type { Organization } from '../records/organization.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import {
  presentArchivedOrganization,
  presentArchivedUsage,
  presentAuditEvent,
  presentDelivery,
  presentInvitation,
  presentKey,
  presentMember,
  presentOwnAgent,
  presentQuestion,
  presentWebhook,
  presentWholeConversation,
} from './present.ts';
import type * as Wire from './wire.ts';

export interface ArchiveFile {
  readonly name: string;
  readonly about: string;
  /** Its text, piece by piece. */
  read(): AsyncIterable<string>;
}

/** A key may have 40 KB, and so may an event; nothing else runs while a page of them is read. */
const itemsPerPage = 50;
/** A busy key's 90 days take 20 ms to read. */
const daysPerRead = 30;
/** Clocks of several servers differ by less. */
const skewMs = 60_000;
/** Each looks at what was active since the one before began; where visitors write all the time, there is always something new. */
const readingsAgainMax = 10;

export function archiveFiles(
  parts: { readonly store: Store; readonly clock: Clock },
  organization: Organization,
  credits: Credits,
): readonly ArchiveFile[] {
  const { store, clock } = parts;
  const { id } = organization;

  async function* readKeys(): AsyncGenerator<readonly KeyRecord[], void, void> {
    yield* readPages((page) => store.listKeys(id, page));
  }

  async function* keyLines() {
    for await (const keys of readKeys()) {
      const nowMs = clock();
      const spent = await readSpent(store, id, keys, nowMs);
      for (const key of keys) yield presentKey(key, nowMs, spent.get(key.id) ?? 0);
    }
  }

  async function* usageLines() {
    for await (const keys of readKeys()) {
      for (const key of keys) {
        for (const [from, to] of datesSince(key.createdAt, clock())) {
          yield* (await store.listUsage(id, [key.id], from, to)).map(presentArchivedUsage);
          await setImmediate();
        }
      }
    }
  }

  async function* agentLines() {
    for await (const agents of readPages((page) => store.listAgents(id, page))) {
      for (const agent of agents) {
        const kept = await store.findKeptAgent(id, agent.id);
        if (kept === undefined) continue;
        const faq = kept.knowledge.entries.map(presentQuestion);
        yield { ...presentOwnAgent(kept.agent), faq, synonyms: kept.agent.synonyms } satisfies Wire.ArchivedAgent;
        await setImmediate();
      }
    }
  }

  async function* conversationLines() {
    const firstSince = clock() - skewMs;
    /** Of those active lately: when they were, as they were written. */
    const written = new Map<string, number>();
    async function* linesOf(pages: AsyncIterable<readonly Conversation[]>) {
      for await (const conversations of pages) {
        for (const conversation of conversations) {
          if (written.get(conversation.id) === conversation.lastActiveAt) continue;
          if (conversation.lastActiveAt >= firstSince) written.set(conversation.id, conversation.lastActiveAt);
          yield presentWholeConversation(conversation, await readTurns(parts, conversation.id));
          await setImmediate();
        }
      }
    }
    let since = firstSince;
    yield* linesOf(readConversations(parts, id, {}));
    // Who wrote meanwhile came to the front, which a reading has passed already: until one that finds nothing new.
    for (let again = 0, isNew = true; isNew && again < readingsAgainMax; again += 1) {
      const from = toIsoTime(since);
      since = clock() - skewMs;
      isNew = false;
      for await (const line of linesOf(readConversations(parts, id, { from }))) {
        isNew = true;
        yield line;
      }
    }
  }

  async function* auditLines() {
    for await (const events of readPages((page) => store.listAudit(id, page))) yield* events.map(presentAuditEvent);
  }

  async function* deliveryLines() {
    for (const { id: webhookId } of await store.listWebhooks(id)) {
      for await (const deliveries of readPages((page) => store.listDeliveries(webhookId, page)))
        for (const delivery of deliveries)
          yield { webhookId, ...presentDelivery(delivery) } satisfies Wire.ArchivedDelivery;
    }
  }

  const lines = (name: string, about: string, read: () => AsyncIterable<object>): ArchiveFile => ({
    name: `${name}.ndjson`,
    about,
    read: () => toLines(read()),
  });
  const listed = () => listMembers(parts, id);
  const files = [
    {
      name: 'organization.json',
      about: 'the organization itself, its settings and its credits',
      read: () => single(`${JSON.stringify(presentArchivedOrganization(organization, credits, clock()), null, 2)}\n`),
    },
    lines('members', 'who belongs to it', async function* () {
      yield* (await listed()).members.map(presentMember);
    }),
    lines('invitations', 'who is invited and has not come yet', async function* () {
      yield* (await listed()).invitations.map(presentInvitation);
    }),
    lines('api-keys', 'the keys, without their secrets', keyLines),
    lines('usage', 'what each key did on each day', usageLines),
    lines('agents', 'the agents, with all that they know', agentLines),
    lines(
      'conversations',
      'the conversations with all their messages; one that went on meanwhile may come twice, the later line is the newer',
      conversationLines,
    ),
    lines('webhooks', 'where it is told what happens, without the secrets', async function* () {
      yield* (await store.listWebhooks(id)).map(presentWebhook);
    }),
    lines('deliveries', 'the messages to these of the last 7 days', deliveryLines),
    lines('audit', 'who changed what', auditLines),
  ];
  const about = files.map((file) => `${file.name}: ${file.about}.\n`).join('');
  const head = `Everything that Postern keeps of the organization ${organization.name} (${id}).\nIn .ndjson each line is a JSON object.\n\n`;
  return [{ name: 'README.txt', about: 'what is in which file', read: () => single(head + about) }, ...files];
}

/** That somebody takes an archive, which is written down before anything leaves. */
export async function recordArchive(
  parts: { readonly store: Pick<Store, 'addAuditEvent'>; readonly clock: Clock },
  actor: Actor,
  { id, name }: Organization,
): Promise<void> {
  const target = { kind: 'organization', id, name } as const;
  const entry = { organizationId: id, action: 'organization.exported', target, before: null, after: null } as const;
  await createAudit(parts)(actor, entry);
}

// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a file
async function* single(text: string): AsyncGenerator<string, void, void> {
  yield text;
}

async function* toLines(values: AsyncIterable<object>): AsyncGenerator<string, void, void> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}

async function* readPages<Item>(
  read: (page: PageRequest) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[], void, void> {
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await read({ limit: itemsPerPage, cursor });
    yield items;
    if (nextCursor === null) return;
    cursor = nextCursor;
    await setImmediate();
  }
}

/** All dates, in ranges (both ends included) of so many days from the first one on. */
function datesSince(fromMs: number, nowMs: number): readonly (readonly [string, string])[] {
  const starts: number[] = [];
  for (let start = Math.min(fromMs, nowMs); start <= nowMs; start += daysPerRead * dayMs) starts.push(start);
  return starts.map((start, index) => [
    index === 0 ? '' : toUtcDate(start),
    index === starts.length - 1 ? '~' : toUtcDate(start + (daysPerRead - 1) * dayMs),
  ]);
}
