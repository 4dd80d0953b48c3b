/** The records of MongoDB in the order of their keys, and records put there as they are: for copying all of them. */
import mongoose, { type Model, type QueryFilter } from 'mongoose';
import type { Membership } from '../../records/membership.ts';
import {
  compareRecordKeys,
  recordKey,
  type RecordKey,
  type RecordKind,
  type RecordsByKind,
} from '../../records/record-kinds.ts';
import {
  fromAgent,
  fromAuditEvent,
  fromConversation,
  fromIdentified,
  fromKey,
  fromMembership,
  fromOrganization,
  fromReceipt,
  fromSpending,
  fromUsageDay,
  toAuditEvent,
  toConversation,
  toDelivery,
  toKeptAgent,
  toKeptOrganization,
  toKey,
  toLink,
  toMemberships,
  toNotice,
  toReceipt,
  toSpending,
  toTurn,
  toUsageDay,
  toUser,
  toWebhook,
} from './mapping.ts';
import type { Models } from './models.ts';
import { insertAbsent, limited } from './queries.ts';
import type { RecordPage } from '../port.ts';

const { trusted } = mongoose;

type Exporter<Kind extends RecordKind> = (
  models: Models,
  after: RecordKey | null,
  limit: number,
) => Promise<RecordPage<Kind>>;
type Importer<Kind extends RecordKind> = (models: Models, records: readonly RecordsByKind[Kind][]) => Promise<number>;

type KeptAs<Kind extends keyof Models> = Models[Kind] extends Model<infer Kept> ? Kept : never;

/** Comes after every member of an organization. */
const lastMember = '~';

const exportTurns = exporter('turns', ['conversationId', 'messageId'], toTurn);

export const exporters: { readonly [Kind in RecordKind]: Exporter<Kind> } = {
  organizations: exporter('organizations', ['_id'], toKeptOrganization),
  users: exporter('users', ['_id'], toUser),
  links: exporter('links', ['_id'], toLink),
  keys: exporter('keys', ['organizationId', '_id'], toKey),
  usageDays: exporter('usageDays', ['keyId', 'date'], toUsageDay),
  agents: exporter('agents', ['organizationId', '_id'], toKeptAgent),
  conversations: exporter('conversations', ['_id'], toConversation, { isDeleting: false }),
  auditEvents: exporter('auditEvents', ['organizationId', '_id'], toAuditEvent),
  receipts: exporter('receipts', ['organizationId', 'receiptId'], toReceipt),
  spendings: exporter('spendings', ['_id'], toSpending),
  webhooks: exporter('webhooks', ['organizationId', '_id'], toWebhook),
  notices: exporter('notices', ['organizationId', 'name'], toNotice),
  deliveries: exporter('deliveries', ['webhookId', '_id'], toDelivery),

  /** The members of so many organizations. */
  async members({ organizations }, after, limit) {
    const [organizationId, userId] = after ?? [];
    const isWhole = userId === lastMember;
    const filter =
      organizationId === undefined
        ? {}
        : { _id: trusted(isWhole ? { $gt: organizationId } : { $gte: organizationId }) };
    const found = await organizations.find(filter, { members: 1 }, limited).sort({ _id: 1 }).limit(limit).lean();
    const last = found.at(-1)?._id;
    return {
      records: found
        .flatMap(toMemberships)
        .filter((member) => after === null || compareRecordKeys(recordKey('members', member), after) > 0)
        .sort((a, b) => compareRecordKeys(recordKey('members', a), recordKey('members', b))),
      next: last === undefined || found.length < limit ? null : [last, lastMember],
    };
  },

  /** Without those of conversations that are being deleted. */
  async turns(models, after, limit) {
    const { records, next } = await exportTurns(models, after, limit);
    const ids = [...new Set(records.map(({ conversationId }) => conversationId))];
    const deleting = { _id: trusted({ $in: ids }), isDeleting: true };
    const gone = new Set((await models.conversations.find(deleting, { _id: 1 }, limited).lean()).map(({ _id }) => _id));
    return { records: records.filter(({ conversationId }) => !gone.has(conversationId)), next };
  },
};

export const importers: { readonly [Kind in RecordKind]: Importer<Kind> } = {
  organizations: ({ organizations }, records) => insertAbsent(organizations, records.map(fromOrganization)),
  users: ({ users }, records) => insertAbsent(users, records.map(fromIdentified)),
  links: ({ links }, records) => insertAbsent(links, records.map(fromIdentified)),
  keys: ({ keys }, records) => insertAbsent(keys, records.map(fromKey)),
  usageDays: ({ usageDays }, records) =>
    insertAbsent(
      usageDays,
      records.map((day) => fromUsageDay(day, 1)),
    ),
  agents: ({ agents }, records) => insertAbsent(agents, records.map(fromAgent)),
  conversations: ({ conversations }, records) => insertAbsent(conversations, records.map(fromConversation)),
  turns: ({ turns }, records) => insertAbsent(turns, records),
  auditEvents: ({ auditEvents }, records) => insertAbsent(auditEvents, records.map(fromAuditEvent)),
  receipts: ({ receipts }, records) =>
    insertAbsent(
      receipts,
      records.map((receipt) => fromReceipt(receipt)),
    ),

  spendings: ({ spendings }, records) => insertAbsent(spendings, records.map(fromSpending)),
  webhooks: ({ webhooks }, records) => insertAbsent(webhooks, records.map(fromIdentified)),
  notices: ({ notices }, records) => insertAbsent(notices, records),
  deliveries: ({ deliveries }, records) => insertAbsent(deliveries, records.map(fromIdentified)),

  async members({ organizations }, records) {
    if (records.length === 0) return 0;
    const changes = records.map((member) => ({ updateOne: memberAddition(member) }));
    return (await organizations.bulkWrite(changes)).modifiedCount;
  },
};

/** Of a collection with an index over these fields, which are a record's key. */
function exporter<Kind extends keyof Models & RecordKind>(
  kind: Kind,
  [first, second]: readonly [string, string?],
  toRecord: (kept: KeptAs<Kind>) => RecordsByKind[Kind],
  only: Readonly<Record<string, unknown>> = {},
): Exporter<Kind> {
  return async (models, after, limit) => {
    const model = models[kind] as unknown as Model<KeptAs<Kind>>;
    const find = (filter: object, count: number): Promise<KeptAs<Kind>[]> =>
      model
        .find({ ...only, ...filter } as QueryFilter<KeptAs<Kind>>, {}, { ...limited, batchSize: count + 1 })
        .sort(second === undefined ? { [first]: 1 } : { [first]: 1, [second]: 1 })
        .limit(count)
        .lean<KeptAs<Kind>[]>();
    const found: KeptAs<Kind>[] = [];
    // Two ranges of one index instead of an "or" of both.
    if (after?.[1] !== undefined && second !== undefined)
      found.push(...(await find({ [first]: after[0], [second]: trusted({ $gt: after[1] }) }, limit)));
    if (found.length < limit)
      found.push(...(await find(after === null ? {} : { [first]: trusted({ $gt: after[0] }) }, limit - found.length)));
    const records = found.map(toRecord);
    const last = records.at(-1);
    return { records, next: last === undefined || found.length < limit ? null : recordKey(kind, last) };
  };
}

/** Adds a member who is not there yet, in the order in which they came. */
function memberAddition(membership: Membership) {
  const member = fromMembership(membership);
  return {
    filter: { _id: membership.organizationId, 'members.userId': trusted({ $ne: member.userId }) },
    update: { $push: { members: { $each: [member], $sort: { createdAt: 1, userId: 1 } } } },
  } as const;
}
