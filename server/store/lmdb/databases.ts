/** The databases inside the embedded store, what their keys are, and how its folder is opened. */
import { mkdirSync, realpathSync } from 'node:fs';
import { open, type Database, type RootDatabase } from 'lmdb';
import type { AgentKnowledge, AgentRecord } from '../../records/agent.ts';
import type { AuditEvent } from '../../records/audit-event.ts';
import type { Spending } from '../../records/budget.ts';
import type { Conversation } from '../../records/conversation.ts';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import type { KeyRecord } from '../../records/key.ts';
import type { Membership } from '../../records/membership.ts';
import type { Organization } from '../../records/organization.ts';
import type { SetupLink } from '../../records/setup-link.ts';
import type { Turn } from '../../records/turn.ts';
import type { UsageDay } from '../../records/usage-day.ts';
import type { User } from '../../records/user.ts';
import type { Delivery, Notice, Webhook } from '../../records/webhook.ts';

interface OrganizationEntry {
  readonly organization: Organization;
  readonly credits: Credits;
}

export interface LmdbDatabases {
  readonly organizations: Database<OrganizationEntry, string>;
  /** Organization id → the days that it chose */
  readonly ownRetentions: Database<number, string>;
  readonly users: Database<User, string>;
  /** E-mail → user id */
  readonly emails: Database<string, string>;
  /** [organizationId, userId] */
  readonly members: Database<Membership, [string, string]>;
  /** [userId, organizationId], for the organizations of a user. */
  readonly memberships: Database<true, [string, string]>;
  readonly links: Database<SetupLink, string>;
  /** Token digest → link id */
  readonly linkTokens: Database<string, string>;
  /** [organizationId, eventId] */
  readonly auditEvents: Database<AuditEvent, [string, string]>;
  /** [at, organizationId, eventId], for the oldest of all. */
  readonly auditTimes: Database<true, [number, string, string]>;
  /** [organizationId, a facet of `audit-facets.ts`, eventId] */
  readonly auditFacets: Database<true, [string, string, string]>;
  /** [organizationId, holdId] */
  readonly holds: Database<CreditHold, [string, string]>;
  /** [organizationId, receiptId] */
  readonly receipts: Database<Receipt, [string, string]>;
  /** [endsAt, organizationId, receiptId] */
  readonly receiptEnds: Database<true, [number, string, string]>;
  /** By window id */
  readonly spendings: Database<Spending, string>;
  /** [endsAt, windowId] */
  readonly spendingEnds: Database<true, [number, string]>;
  /** By public key, because that is the look-up of every request. */
  readonly keys: Database<KeyRecord, string>;
  /** [organizationId, keyId] → public key */
  readonly publicKeys: Database<string, [string, string]>;
  /** [organizationId, tag, keyId], for the tags in use. */
  readonly keyTags: Database<true, [string, string, string]>;
  readonly agents: Database<AgentRecord, [string, string]>;
  readonly knowledge: Database<AgentKnowledge, [string, string]>;
  readonly conversations: Database<Conversation, string>;
  /** [lastActiveAt, conversationId], without those that a sweep found to have an organization with a retention of its own. */
  readonly activeConversations: Database<true, [number, string]>;
  /** [organizationId, lastActiveAt, conversationId], for those of one organization that were idle longest. */
  readonly idleConversations: Database<true, [string, number, string]>;
  /** [conversationId, messageId] */
  readonly turns: Database<Turn, [string, string]>;
  /** [conversationId, askedAt, messageId], so that the newest are read without the rest. */
  readonly askedTurns: Database<true, [string, number, string]>;
  /** [agentId, askedAt, conversationId, messageId] of those that it had no answer to. */
  readonly unansweredTurns: Database<true, [string, number, string, string]>;
  /** [keyId, date] */
  readonly usageDays: Database<UsageDay, [string, string]>;
  /** [organizationId, webhookId] */
  readonly webhooks: Database<Webhook, [string, string]>;
  /** [organizationId, name] */
  readonly notices: Database<Notice, [string, string]>;
  /** [endsAt, organizationId, name] */
  readonly noticeEnds: Database<true, [number, string, string]>;
  /** [webhookId, deliveryId] */
  readonly deliveries: Database<Delivery, [string, string]>;
  /** [webhookId, deliveryId] of those that wait → what they are about */
  readonly waitingDeliveries: Database<string, [string, string]>;
  /** [dueAt, webhookId, deliveryId] of those that wait */
  readonly dueDeliveries: Database<true, [number, string, string]>;
  /** [createdAt, webhookId, deliveryId] */
  readonly deliveryTimes: Database<true, [number, string, string]>;
  /** About the database itself: `schema` is the version of its layout. */
  readonly meta: Database<unknown, string>;
}

/** An opened folder. */
interface LmdbFolder {
  readonly root: RootDatabase;
  readonly db: LmdbDatabases;
  readonly close: () => Promise<void>;
}

const openFolders = new Map<string, Omit<LmdbFolder, 'close'> & { users: number }>();

/**
 * Opens the folder, or makes it (mode 0700). It is open once in a process, however many use it: to open it again takes LMDB's lock, which
 * may be held by a thread that waits for this one.
 */
export function openFolder(path: string): LmdbFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const name = realpathSync(path);
  const folder = openFolders.get(name) ?? { ...openWhole(name), users: 0 };
  openFolders.set(name, folder);
  folder.users += 1;
  let isOpen = true;
  return {
    root: folder.root,
    db: folder.db,
    async close() {
      if (!isOpen) return;
      isOpen = false;
      // Counted until nothing is written: who opens it meanwhile shares it.
      await Promise.allSettled([folder.root.committed]);
      folder.users -= 1;
      if (folder.users > 0) return;
      openFolders.delete(name);
      await folder.root.close();
    },
  };
}

function openWhole(path: string): Omit<LmdbFolder, 'close'> {
  const root = openRoot(path);
  try {
    return { root, db: openDatabases(root) };
  } catch (error) {
    void root.close();
    throw error;
  }
}

/**
 * The path is a folder, also when it has a dot in its name. Without `eventTurnBatching: false` lmdb begins each commit with
 * a write of its own, whose promise nobody waits for: when the disk is full, its rejection ends the process.
 */
function openRoot(path: string): RootDatabase {
  return open({
    path,
    noSubdir: false,
    maxDbs: 64,
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'json',
  });
}

function openDatabases(root: RootDatabase): LmdbDatabases {
  const named = <Name extends keyof LmdbDatabases>(name: Name): LmdbDatabases[Name] =>
    root.openDB({ name, encoding: 'json' }) as unknown as LmdbDatabases[Name];
  return {
    organizations: named('organizations'),
    ownRetentions: named('ownRetentions'),
    users: named('users'),
    emails: named('emails'),
    members: named('members'),
    memberships: named('memberships'),
    links: named('links'),
    linkTokens: named('linkTokens'),
    auditEvents: named('auditEvents'),
    auditTimes: named('auditTimes'),
    auditFacets: named('auditFacets'),
    holds: named('holds'),
    receipts: named('receipts'),
    receiptEnds: named('receiptEnds'),
    spendings: named('spendings'),
    spendingEnds: named('spendingEnds'),
    keys: named('keys'),
    publicKeys: named('publicKeys'),
    keyTags: named('keyTags'),
    agents: named('agents'),
    knowledge: named('knowledge'),
    conversations: named('conversations'),
    activeConversations: named('activeConversations'),
    idleConversations: named('idleConversations'),
    turns: named('turns'),
    askedTurns: named('askedTurns'),
    unansweredTurns: named('unansweredTurns'),
    usageDays: named('usageDays'),
    webhooks: named('webhooks'),
    notices: named('notices'),
    noticeEnds: named('noticeEnds'),
    deliveries: named('deliveries'),
    waitingDeliveries: named('waitingDeliveries'),
    dueDeliveries: named('dueDeliveries'),
    deliveryTimes: named('deliveryTimes'),
    meta: named('meta'),
  };
}
