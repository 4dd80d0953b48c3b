/** Records of every kind, with whatever their fields may hold: for copying stores. */
import { windowAt } from '../../server/records/budget.ts';
import {
  compareRecordKeys,
  recordKey,
  recordKinds,
  type RecordKey,
  type RecordKind,
  type RecordsByKind,
} from '../../server/records/record-kinds.ts';
import type { Organization } from '../../server/records/organization.ts';
import type { AuditFacts } from '../../server/records/audit-event.ts';
import { roles } from '../../server/accounts/roles.ts';
import { sessionsMax } from '../../server/records/user.ts';
import { canonicalJson } from '../../server/commands/record-digest.ts';
import type { CopyableStore } from '../../server/store/port.ts';
import {
  sampleAgent,
  sampleAuditEvent,
  sampleConversation,
  sampleDelivery,
  sampleHold,
  sampleKey,
  sampleLink,
  sampleMembership,
  sampleModel,
  sampleOrganization,
  sampleReceipt,
  sampleSession,
  sampleTime,
  sampleTurn,
  sampleUsageDay,
  sampleUser,
  sampleWebhook,
} from './sample-records.ts';

type EveryRecord = { readonly [Kind in RecordKind]: readonly RecordsByKind[Kind][] };

/** As JSON, because a literal would not make a field of such a name. */
const hostileFacts = [
  '{"$set":{"$where":"1"},"a.b":["$ne",null],"":0,"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}',
  '{"toString":"x","_id":"y","1":[{"$gt":""}],"nul\\u0000":"\\u0000","half":"\\ud800","quote":"\\"\\\\"}',
].map((text) => JSON.parse(text) as AuditFacts);

const hostileText = 'a "quote", \u0000, $set, a.b, {"$ne":1}, \u{1f6aa}, \u202e';

/** By how many holds it has. */
const organizationSettings: Readonly<Record<number, Partial<Organization>>> = {
  1: { contact: null, privacyUrl: null },
  3: {
    retentionDays: 90,
    contact: { text: hostileText, email: hostileText, url: hostileText, phone: hostileText, leaveMessage: true },
    privacyUrl: hostileText,
  },
};

/** Each kind in the order of its keys. */
export function sampleEveryRecord({ turnsEach = 4 }: { readonly turnsEach?: number } = {}): EveryRecord {
  const organizations = [0, 1, 3].map((count) => ({
    organization: { ...sampleOrganization(), name: hostileText, ...organizationSettings[count] },
    credits: { granted: 100, spent: 10 * count },
    holds: Array.from({ length: count }, () => sampleHold({ amount: 7 })),
  }));
  const [first = '', second = '', third = ''] = organizations.map(({ organization }) => organization.id);
  const users = [
    sampleUser(),
    sampleUser({ sessions: [sampleSession()] }),
    sampleUser({ sessions: Array.from({ length: sessionsMax }, () => sampleSession()) }),
  ];
  const members = [
    ...users.map(({ id }, index) => sampleMembership(first, { userId: id, role: roles[index] ?? 'viewer' })),
    sampleMembership(second, { userId: users[0]!.id, role: 'owner' }),
  ];
  const links = [
    sampleLink(first),
    sampleLink(third, { purpose: 'first_owner', organizationId: null, email: null, role: null }),
    sampleLink(second, { purpose: 'reset', organizationId: null, role: null, passwordHash: 'aGFzaA==' }),
  ];
  const keys = [
    sampleKey(first),
    sampleKey(first, {
      name: hostileText,
      previousSecret: {
        hash: 'b2xk',
        fingerprint: '8899aabbccddeeff',
        digest: null,
        hint: 'abcd',
        expiresAt: sampleTime + 1,
      },
      expiresAt: sampleTime + 2,
      rateLimit: { requests: 5, windowSeconds: 60 },
      budget: { credits: 500, per: 'day' },
      visitorBudget: { credits: 7, per: 'month' },
      allowedDomains: [],
      scopes: ['orders:read', 'orders:write'],
      publishableScopes: ['orders:read'],
      notes: `${hostileText}\nand a second line`,
      tags: ['production', hostileText],
      externalId: 'customer/$42',
      metadata: { text: hostileText, 'a.b': 0.5, no: false, none: null, constructor: 'x' },
      enabled: false,
      refuseSecretInBrowser: true,
      learningUntil: sampleTime + 3,
      lastUsedAt: sampleTime,
      lastUsedOrigin: 'https://a.example',
      previousSecretUsedAt: sampleTime,
      secretSeenInBrowserAt: sampleTime,
      secretSeenInBrowserOrigin: 'https://b.example',
    }),
    sampleKey(second),
  ];
  const usageDays = keys.flatMap((key) => [
    sampleUsageDay(key),
    sampleUsageDay(key, { date: '2026-11-24', refused: {}, origins: [] }),
    sampleUsageDay(key, { date: '2026-11-22', refused: { key_invalid: 3, key_disabled: 1 } }),
    sampleUsageDay(key, {
      date: '2026-11-20',
      origins: [
        { origin: 'https://a.example', accepted: 1, refused: 0, lastSeenAt: sampleTime, widgets: ['1.1.0', '1.0.0'] },
      ],
    }),
    sampleUsageDay(key, {
      date: '2026-11-21',
      evidence: {
        calls: 9,
        withoutBrowserHeaders: 8,
        addressedCalls: 7,
        groups: [{ digest: 'c3RhbmRzIGZv', calls: 6, overcount: 5 }],
      },
    }),
  ]);
  const agents = [first, first, third].map((organizationId, index) => ({
    agent: sampleAgent(organizationId, {
      name: hostileText,
      suggestions: index === 0 ? [] : [hostileText],
      disclosure: index !== 1,
      disclosureText: index === 0 ? null : hostileText,
      synonyms:
        index === 0
          ? []
          : [
              [hostileText, 'b'],
              ['c', 'd'],
            ],
      ...(index === 2 && { kind: 'model', model: sampleModel({ instructions: hostileText }) }),
    }),
    knowledge: {
      entries: Array.from({ length: index }, (_, count) => ({
        question: hostileText,
        aliases: count === 0 ? [] : [hostileText, 'Other?'],
        answer: '',
      })),
    },
  }));
  const conversations = [
    sampleConversation(first),
    sampleConversation(first, { mode: 'secret', origin: null, earlierMessages: 3, lastActiveAt: sampleTime + 5 }),
    sampleConversation(second, {
      summary: { firstQuestion: hostileText, turns: 4, openTurns: 1, outcome: 'nearest', rating: -1 },
      leftMessages: [null, hostileText].map((name, index) => ({
        id: `lft_${index}`,
        name,
        email: hostileText,
        text: hostileText,
        createdAt: sampleTime,
      })),
    }),
  ];
  const turns = conversations.flatMap(({ id }) =>
    Array.from({ length: turnsEach }, (_, index) =>
      sampleTurn(id, {
        // Newer ones get smaller ids, so that the order of keys is not the order in which they were asked.
        messageId: `msg_${String(turnsEach - index).padStart(6, '0')}`,
        askedAt: sampleTime + index,
        message: hostileText,
        state: (['asking', 'answered', 'stopped', 'failed'] as const)[index % 4]!,
        isCharged: index % 4 === 1,
        reply: index % 4 === 1 ? { id: `msg_r${index}`, text: hostileText, createdAt: sampleTime, rating: 1 } : null,
        ...(index % 4 === 1 && { unansweredOf: 'agt_1' }),
      }),
    ),
  );
  const auditEvents = [
    sampleAuditEvent(second, { before: null, after: hostileFacts[0]! }),
    sampleAuditEvent(first, { before: hostileFacts[1]!, after: null, actor: { kind: 'server', id: null, name: null } }),
    sampleAuditEvent(first),
    sampleAuditEvent(third, { target: { kind: 'key', id: 'a.b', name: '__proto__' } }),
  ];
  const receipts = [sampleReceipt(first), sampleReceipt(second, { amount: 7, endsAt: sampleTime + 1 })];
  const spendings = keys.map((key, index) => ({ ...windowAt(key, 'day', sampleTime), spent: index }));
  const webhooks = [
    sampleWebhook(first),
    sampleWebhook(third, { enabled: false, failingSince: sampleTime, disabledAt: sampleTime + 1, events: [] }),
    sampleWebhook(third, { url: 'https://b.example/?a=$where', secretVersion: 3, previousSecretUntil: sampleTime }),
  ];
  const notices = [first, second].map((organizationId, index) => ({
    organizationId,
    name: `key.budget/a.b/$in/${index}`,
    at: sampleTime,
    endsAt: sampleTime + 1 + index,
    isTold: index === 1,
  }));
  const deliveries = webhooks.flatMap(({ organizationId, id: webhookId }) => [
    sampleDelivery({ organizationId, webhookId, body: hostileText, dueAt: sampleTime + 86_400_000 * 365 }),
    sampleDelivery({
      organizationId,
      webhookId,
      event: 'test',
      state: 'given_up',
      attempts: 2,
      lastAttempt: { at: sampleTime, durationMs: 3, status: 500, failure: null, answer: hostileText },
    }),
    sampleDelivery({
      organizationId,
      webhookId,
      state: 'delivered',
      lastAttempt: { at: sampleTime, durationMs: 3, status: null, failure: hostileText, answer: '' },
    }),
  ]);
  return sortAll({
    organizations,
    users,
    members,
    links,
    keys,
    usageDays,
    agents,
    conversations,
    turns,
    auditEvents,
    receipts,
    spendings,
    webhooks,
    notices,
    deliveries,
  });
}

function sortAll(every: EveryRecord): EveryRecord {
  const sorted = recordKinds.map((kind) => [
    kind,
    (every[kind] as readonly RecordsByKind[typeof kind][]).toSorted((a, b) =>
      compareRecordKeys(recordKey(kind, a), recordKey(kind, b)),
    ),
  ]);
  return Object.fromEntries(sorted) as EveryRecord;
}

export async function importEvery(store: CopyableStore, every: EveryRecord): Promise<void> {
  for (const kind of recordKinds) await store.importRecords(kind, every[kind]);
}

export async function exportAll<Kind extends RecordKind>(
  store: CopyableStore,
  kind: Kind,
  limit = 100,
): Promise<RecordsByKind[Kind][]> {
  const records: RecordsByKind[Kind][] = [];
  let after: RecordKey | null = null;
  do {
    const page: { readonly records: readonly RecordsByKind[Kind][]; readonly next: RecordKey | null } =
      await store.exportRecords(kind, after, limit);
    records.push(...page.records);
    if (after !== null && page.next !== null && compareRecordKeys(after, page.next) >= 0)
      throw new Error(`The next page of ${kind} does not come after this one.`);
    after = page.next;
  } while (after !== null);
  return records;
}

/** All records of a store as texts, to compare: hostile names confuse comparisons of objects. */
export async function describeStore(store: CopyableStore): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const kind of recordKinds) lines.push(...describeRecords(kind, await exportAll(store, kind)));
  return lines;
}

export function describeEvery(every: EveryRecord): readonly string[] {
  return recordKinds.flatMap((kind) => describeRecords(kind, every[kind]));
}

export function describeRecords(kind: RecordKind, records: readonly object[]): readonly string[] {
  return records.map((record) => `${kind} ${canonicalJson(record)}`);
}
