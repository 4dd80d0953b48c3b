/** The records of the embedded store in the order of their keys: for copying all of them. */
import type { Database } from 'lmdb';
import type { RecordKey, RecordKind, RecordsByKind } from '../../records/record-kinds.ts';
import type { LmdbDatabases } from './databases.ts';
import { getKnowledge, toAgent } from './agents.ts';
import { below } from './entries.ts';
import { toKey } from './keys.ts';
import { toOrganization } from './organizations.ts';
import type { RecordPage } from '../port.ts';

type Exporter<Kind extends RecordKind> = (
  db: LmdbDatabases,
  after: RecordKey | null,
  limit: number,
) => RecordPage<Kind>;

export const exporters: { readonly [Kind in RecordKind]: Exporter<Kind> } = {
  organizations: (db, after, limit) =>
    page(db.organizations, after, limit, (entry, [id]) => ({
      organization: toOrganization(entry.organization),
      credits: entry.credits,
      holds: [...below(db.holds, id)].map(({ value }) => withWindow(value)),
    })),
  users: (db, after, limit) => page(db.users, after, limit, asItIs),
  members: (db, after, limit) => page(db.members, after, limit, asItIs),
  links: (db, after, limit) => page(db.links, after, limit, asItIs),
  keys: (db, after, limit) => page(db.publicKeys, after, limit, (publicKey) => toKey(db.keys.get(publicKey))),
  usageDays: (db, after, limit) => page(db.usageDays, after, limit, asItIs),
  agents: (db, after, limit) =>
    page(db.agents, after, limit, (agent) => ({
      agent: toAgent(agent),
      knowledge: getKnowledge(db, agent.organizationId, agent.id) ?? { entries: [] },
    })),
  conversations: (db, after, limit) => page(db.conversations, after, limit, asItIs),
  turns: (db, after, limit) => page(db.turns, after, limit, withWindow),
  auditEvents: (db, after, limit) => page(db.auditEvents, after, limit, asItIs),
  receipts: (db, after, limit) => page(db.receipts, after, limit, asItIs),
  spendings: (db, after, limit) => page(db.spendings, after, limit, asItIs),
  webhooks: (db, after, limit) => page(db.webhooks, after, limit, asItIs),
  notices: (db, after, limit) => page(db.notices, after, limit, asItIs),
  deliveries: (db, after, limit) => page(db.deliveries, after, limit, asItIs),
};

/** What was kept before there were budgets is of none. */
function withWindow<Kept extends { readonly windowId: string | null }>(kept: Kept): Kept {
  return { ...kept, windowId: (kept as Partial<Kept>).windowId ?? null };
}

function asItIs<Value>(value: Value): Value {
  return value;
}

function page<Value, Kind extends RecordKind>(
  database: Database<Value, string> | Database<Value, [string, string]>,
  after: RecordKey | null,
  limit: number,
  toRecord: (value: Value, key: RecordKey) => RecordsByKind[Kind] | undefined,
): RecordPage<Kind> {
  const start = after === null ? {} : { start: after.length === 1 ? after[0] : [...after], exclusiveStart: true };
  const entries = [...(database as Database<Value>).getRange({ ...start, limit })].map(({ key, value }) => ({
    key: (Array.isArray(key) ? key : [key]) as unknown as RecordKey,
    value,
  }));
  return {
    records: entries.map(({ key, value }) => toRecord(value, key)).filter((record) => record !== undefined),
    next: entries.length < limit ? null : (entries.at(-1)?.key ?? null),
  };
}
