/**
 * The embedded store: LMDB, memory-mapped, shared by any number of processes on one machine. A read renews its snapshot
 * first, so it sees every change that any process had acknowledged. A change is one write transaction (LMDB has one
 * writer at a time), decided inside it and acknowledged when it is on disk: `overlappingSync: false` makes the commit wait
 * for the flush. Longer than 200 lines because it is one class with the port's methods and nothing else.
 */
import { mkdirSync } from 'node:fs';
import type DataLoader from 'dataloader';
import type { RangeOptions, RootDatabase } from 'lmdb';
import {
  addUsage,
  newerActivity,
  sessionsMax,
  type AgentChange,
  type AgentKnowledge,
  type AgentRecord,
  type AuditEvent,
  type Conversation,
  type CreditHold,
  type Credits,
  type KeyChange,
  type KeyRecord,
  type Membership,
  type Organization,
  type Role,
  type Session,
  type SetupLink,
  type Turn,
  type TurnChange,
  type UsageDay,
  type User,
  type UserChange,
} from '../core/records.ts';
import type { RecordKey, RecordKind, RecordsByKind } from '../core/record-kinds.ts';
import { each, joined } from './joined.ts';
import { openDatabases, openRoot, type LmdbDatabases } from './lmdb-databases.ts';
import { afterAll, below, listNewestFirst, put, remove, removeBelow } from './lmdb-entries.ts';
import { exporters } from './lmdb-exporters.ts';
import { inserts } from './lmdb-inserts.ts';
import {
  StoreUnavailableError,
  type Changed,
  type CopyableStore,
  type Created,
  type Page,
  type PageRequest,
  type RecordPage,
  type Store,
  type UsageBatch,
} from './port.ts';

const deletedAtOnce = 200;
const lookUpsMax = 500;

export class LmdbStore implements Store, CopyableStore {
  readonly #root: RootDatabase;
  readonly #db: LmdbDatabases;
  readonly #keysByPublicKey: DataLoader<string, KeyRecord | undefined>;
  #isClosed = false;

  /** Opens the folder, or makes it (mode 0700). */
  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#root = openRoot(path);
    this.#db = openDatabases(this.#root);
    const look = (publicKey: string): KeyRecord | undefined => this.#db.keys.get(publicKey);
    this.#keysByPublicKey = joined((publicKeys) => this.#read(() => each(publicKeys, look, toUnavailable)), lookUpsMax);
  }

  ping(): Promise<void> {
    return this.#read(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#root.close();
  }

  createOrganization(organization: Organization, creditsGranted: number): Promise<Created> {
    const credits = { granted: creditsGranted, spent: 0 };
    return this.#create('organizations', { organization, credits, holds: [] });
  }

  findOrganization(organizationId: string): Promise<Organization | undefined> {
    return this.#read(() => this.#db.organizations.get(organizationId)?.organization);
  }

  createUser(user: User): Promise<Created> {
    return this.#create('users', user);
  }

  findUser(userId: string): Promise<User | undefined> {
    return this.#read(() => this.#db.users.get(userId));
  }

  findUserByEmail(email: string): Promise<User | undefined> {
    return this.#read(() => {
      const userId = this.#db.emails.get(email);
      return userId === undefined ? undefined : this.#db.users.get(userId);
    });
  }

  hasUsers(): Promise<boolean> {
    return this.#read(() => [...this.#db.users.getKeys({ limit: 1 })].length > 0);
  }

  addSession(userId: string, passwordHash: string, session: Session): Promise<'added' | 'not_found' | 'conflict'> {
    return this.#write(() => {
      const user = this.#db.users.get(userId);
      if (user === undefined) return 'not_found';
      if (user.passwordHash !== passwordHash) return 'conflict';
      put(this.#db.users, userId, { ...user, sessions: [...user.sessions, session].slice(-sessionsMax) });
      return 'added';
    });
  }

  endSession(userId: string, sessionId: string): Promise<'ended' | 'not_found'> {
    return this.#write(() => {
      const user = this.#db.users.get(userId);
      if (user?.sessions.some(({ id }) => id === sessionId) !== true) return 'not_found';
      put(this.#db.users, userId, { ...user, sessions: user.sessions.filter(({ id }) => id !== sessionId) });
      return 'ended';
    });
  }

  changeUser(
    userId: string,
    change: UserChange,
    guard?: { readonly passwordHash: string },
  ): Promise<User | 'not_found' | 'conflict'> {
    return this.#write(() => {
      const user = this.#db.users.get(userId);
      if (user === undefined) return 'not_found';
      if (guard !== undefined && user.passwordHash !== guard.passwordHash) return 'conflict';
      const changed = { ...user, ...change };
      put(this.#db.users, userId, changed);
      return changed;
    });
  }

  addMember(membership: Membership): Promise<Created | 'not_found'> {
    return this.#write(() => {
      if (this.#db.organizations.get(membership.organizationId) === undefined) return 'not_found';
      return inserts.members(this.#db, membership) ? 'created' : 'conflict';
    });
  }

  findMember(organizationId: string, userId: string): Promise<Membership | undefined> {
    return this.#read(() => this.#db.members.get([organizationId, userId]));
  }

  listMembers(organizationId: string): Promise<readonly Membership[]> {
    return this.#read(() =>
      [...below(this.#db.members, organizationId)].map(({ value }) => value).sort((a, b) => a.createdAt - b.createdAt),
    );
  }

  listMembershipsOf(userId: string): Promise<readonly Membership[]> {
    return this.#read(() =>
      [...below(this.#db.memberships, userId)]
        .map(({ key: [, organizationId] }) => this.#db.members.get([organizationId, userId]))
        .filter((membership) => membership !== undefined),
    );
  }

  changeMember(
    organizationId: string,
    userId: string,
    role: Role,
  ): Promise<Changed<Membership> | 'not_found' | 'last_owner'> {
    return this.#write(() => {
      const membership = this.#db.members.get([organizationId, userId]);
      if (membership === undefined) return 'not_found';
      if (role !== 'owner' && this.#isLastOwner(membership)) return 'last_owner';
      const changed = { ...membership, role };
      put(this.#db.members, [organizationId, userId], changed);
      return { before: membership, after: changed };
    });
  }

  removeMember(organizationId: string, userId: string): Promise<'removed' | 'not_found' | 'last_owner'> {
    return this.#write(() => {
      const membership = this.#db.members.get([organizationId, userId]);
      if (membership === undefined) return 'not_found';
      if (this.#isLastOwner(membership)) return 'last_owner';
      remove(this.#db.members, [organizationId, userId]);
      remove(this.#db.memberships, [userId, organizationId]);
      return 'removed';
    });
  }

  createLink(link: SetupLink): Promise<Created> {
    return this.#create('links', link);
  }

  findLink(tokenDigest: string): Promise<SetupLink | undefined> {
    return this.#read(() => {
      const linkId = this.#db.linkTokens.get(tokenDigest);
      return linkId === undefined ? undefined : this.#db.links.get(linkId);
    });
  }

  /** Looks through all links: they are few, because each ends soon. */
  listLinks(organizationId: string): Promise<readonly SetupLink[]> {
    return this.#read(() =>
      [...this.#db.links.getRange({ reverse: true })]
        .map(({ value }) => value)
        .filter((link) => link.organizationId === organizationId),
    );
  }

  deleteLink(linkId: string): Promise<'deleted' | 'not_found'> {
    return this.#write(() => {
      const link = this.#db.links.get(linkId);
      if (link === undefined) return 'not_found';
      this.#removeLink(link);
      return 'deleted';
    });
  }

  deleteExpiredLinks(expiredBefore: number): Promise<number> {
    return this.#write(() => {
      const expired = [...this.#db.links.getRange()].filter(({ value }) => value.expiresAt < expiredBefore);
      for (const { value } of expired) this.#removeLink(value);
      return expired.length;
    });
  }

  async addAuditEvent(event: AuditEvent): Promise<void> {
    // A conflict is the same event, added before.
    await this.#create('auditEvents', event);
  }

  listAudit(organizationId: string, page: PageRequest): Promise<Page<AuditEvent>> {
    return this.#read(() => listNewestFirst(this.#db.auditEvents, organizationId, page));
  }

  findCredits(organizationId: string): Promise<Credits | undefined> {
    return this.#read(() => this.#db.organizations.get(organizationId)?.credits);
  }

  grantCredits(organizationId: string, amount: number): Promise<Credits | 'not_found'> {
    return this.#write(() => this.#changeCredits(organizationId, { granted: amount }));
  }

  holdCredits(organizationId: string, hold: CreditHold): Promise<Credits | 'exhausted' | 'not_found'> {
    return this.#write(() => {
      const credits = this.#db.organizations.get(organizationId)?.credits;
      if (credits === undefined) return 'not_found';
      if (this.#db.holds.get([organizationId, hold.id]) !== undefined) return credits;
      if (credits.granted - credits.spent < hold.amount) return 'exhausted';
      put(this.#db.holds, [organizationId, hold.id], hold);
      return this.#changeCredits(organizationId, { spent: hold.amount });
    });
  }

  moveHold(organizationId: string, fromId: string, toId: string, heldAt: number): Promise<'moved' | 'not_found'> {
    return this.#write(() => {
      const hold = this.#db.holds.get([organizationId, fromId]);
      if (hold === undefined) return 'not_found';
      remove(this.#db.holds, [organizationId, fromId]);
      put(this.#db.holds, [organizationId, toId], { ...hold, id: toId, heldAt });
      return 'moved';
    });
  }

  settleHold(organizationId: string, holdId: string, outcome: 'keep' | 'give_back'): Promise<Credits | 'not_found'> {
    return this.#write(() => {
      const hold = this.#db.holds.get([organizationId, holdId]);
      if (hold !== undefined) remove(this.#db.holds, [organizationId, holdId]);
      return this.#changeCredits(organizationId, { spent: outcome === 'give_back' ? -(hold?.amount ?? 0) : 0 });
    });
  }

  listHolds(heldBefore: number, limit: number): Promise<readonly { organizationId: string; hold: CreditHold }[]> {
    return this.#read(() =>
      [...this.#db.holds.getRange()]
        .map(({ key, value }) => ({ organizationId: key[0], hold: value }))
        .filter(({ hold }) => hold.heldAt < heldBefore)
        .sort((a, b) => a.hold.heldAt - b.hold.heldAt)
        .slice(0, limit),
    );
  }

  createKey(key: KeyRecord): Promise<Created> {
    return this.#create('keys', key);
  }

  findKeyByPublicKey(publicKey: string): Promise<KeyRecord | undefined> {
    return this.#keysByPublicKey.load(publicKey);
  }

  findKey(organizationId: string, keyId: string): Promise<KeyRecord | undefined> {
    return this.#read(() => this.#getKey(organizationId, keyId));
  }

  listKeys(organizationId: string, page: PageRequest): Promise<Page<KeyRecord>> {
    return this.#read(() => {
      const { items, nextCursor } = listNewestFirst(this.#db.publicKeys, organizationId, page);
      return {
        items: items.map((publicKey) => this.#db.keys.get(publicKey)).filter((key) => key !== undefined),
        nextCursor,
      };
    });
  }

  changeKey(
    organizationId: string,
    keyId: string,
    change: KeyChange,
    guard?: { readonly secretHash: string },
  ): Promise<Changed<KeyRecord> | 'not_found' | 'conflict'> {
    return this.#write(() => {
      const key = this.#getKey(organizationId, keyId);
      if (key === undefined) return 'not_found';
      if (guard !== undefined && key.secret.hash !== guard.secretHash) return 'conflict';
      const changed = { ...key, ...change };
      put(this.#db.keys, key.publicKey, changed);
      return { before: key, after: changed };
    });
  }

  deleteKey(organizationId: string, keyId: string): Promise<'deleted' | 'not_found'> {
    return this.#write(() => {
      const key = this.#getKey(organizationId, keyId);
      if (key === undefined) return 'not_found';
      remove(this.#db.keys, key.publicKey);
      remove(this.#db.publicKeys, [organizationId, keyId]);
      removeBelow(this.#db.usageDays, keyId);
      return 'deleted';
    });
  }

  createAgent(agent: AgentRecord, knowledge: AgentKnowledge): Promise<Created> {
    return this.#create('agents', { agent, knowledge });
  }

  findAgent(organizationId: string, agentId: string): Promise<AgentRecord | undefined> {
    return this.#read(() => this.#db.agents.get([organizationId, agentId]));
  }

  findAgentKnowledge(organizationId: string, agentId: string): Promise<AgentKnowledge | undefined> {
    return this.#read(() => this.#db.knowledge.get([organizationId, agentId]));
  }

  changeAgent(
    organizationId: string,
    agentId: string,
    change: AgentChange,
    knowledge?: AgentKnowledge,
  ): Promise<Changed<AgentRecord> | 'not_found'> {
    return this.#write(() => {
      const agent = this.#db.agents.get([organizationId, agentId]);
      if (agent === undefined) return 'not_found';
      const changed = { ...agent, ...change };
      put(this.#db.agents, [organizationId, agentId], changed);
      if (knowledge !== undefined) put(this.#db.knowledge, [organizationId, agentId], knowledge);
      return { before: agent, after: changed };
    });
  }

  deleteAgent(organizationId: string, agentId: string): Promise<'deleted' | 'not_found'> {
    return this.#write(() => {
      if (this.#db.agents.get([organizationId, agentId]) === undefined) return 'not_found';
      remove(this.#db.agents, [organizationId, agentId]);
      remove(this.#db.knowledge, [organizationId, agentId]);
      return 'deleted';
    });
  }

  listAgents(
    organizationId: string,
    page: PageRequest,
    filter?: { readonly public: true },
  ): Promise<Page<AgentRecord>> {
    return this.#read(() =>
      listNewestFirst(this.#db.agents, organizationId, page, (agent) => filter === undefined || agent.public),
    );
  }

  createConversation(conversation: Conversation): Promise<Created> {
    return this.#create('conversations', conversation);
  }

  findConversation(organizationId: string, conversationId: string): Promise<Conversation | undefined> {
    return this.#read(() => {
      const conversation = this.#db.conversations.get(conversationId);
      return conversation?.organizationId === organizationId ? conversation : undefined;
    });
  }

  /** A few at a time: one transaction for all would hold up every other writer. */
  async deleteIdleConversations(lastActiveBefore: number): Promise<number> {
    let deleted = 0;
    for (;;) {
      const count = await this.#write(() => this.#deleteSomeIdle(lastActiveBefore));
      deleted += count;
      if (count < deletedAtOnce) return deleted;
    }
  }

  createTurn(turn: Turn): Promise<Created | 'not_found'> {
    return this.#write(() => {
      const conversation = this.#db.conversations.get(turn.conversationId);
      if (conversation === undefined) return 'not_found';
      if (!inserts.turns(this.#db, turn)) return 'conflict';
      const lastActiveAt = Math.max(conversation.lastActiveAt, turn.askedAt);
      put(this.#db.conversations, conversation.id, { ...conversation, lastActiveAt });
      remove(this.#db.activeConversations, [conversation.lastActiveAt, conversation.id]);
      put(this.#db.activeConversations, [lastActiveAt, conversation.id], true);
      return 'created';
    });
  }

  findTurn(conversationId: string, messageId: string): Promise<Turn | undefined> {
    return this.#read(() => this.#db.turns.get([conversationId, messageId]));
  }

  changeTurn(
    conversationId: string,
    messageId: string,
    attemptId: string,
    change: TurnChange,
  ): Promise<Turn | 'not_found' | 'conflict'> {
    return this.#write(() => {
      const turn = this.#db.turns.get([conversationId, messageId]);
      if (turn === undefined) return 'not_found';
      if (turn.attemptId !== attemptId) return 'conflict';
      const changed = { ...turn, ...change };
      put(this.#db.turns, [conversationId, messageId], changed);
      return changed;
    });
  }

  listTurns(conversationId: string, limit: number): Promise<readonly Turn[]> {
    return this.#read(() => {
      const newest = { start: [conversationId, afterAll], end: [conversationId], reverse: true, limit } as const;
      return [...this.#db.askedTurns.getKeys(newest as unknown as RangeOptions)]
        .map(([, , messageId]) => this.#db.turns.get([conversationId, messageId]))
        .filter((turn) => turn !== undefined)
        .reverse();
    });
  }

  addUsage(batch: UsageBatch): Promise<void> {
    return this.#write(() => {
      for (const day of batch.days) {
        if (this.#getKey(day.organizationId, day.keyId) === undefined) continue;
        put(this.#db.usageDays, [day.keyId, day.date], addUsage(this.#db.usageDays.get([day.keyId, day.date]), day));
      }
      for (const activity of batch.activities) {
        const key = this.#getKey(activity.organizationId, activity.keyId);
        if (key !== undefined) put(this.#db.keys, key.publicKey, { ...key, ...newerActivity(key, activity) });
      }
    });
  }

  listUsage(
    organizationId: string,
    keyIds: readonly string[],
    fromDate: string,
    toDate: string,
  ): Promise<readonly UsageDay[]> {
    return this.#read(() =>
      // Sorted ids and a stable sort by date: the days of one date are in the order of their keys.
      [...new Set(keyIds)]
        .sort()
        .flatMap((keyId) => [
          ...this.#db.usageDays.getRange({ start: [keyId, fromDate], end: [keyId, toDate], inclusiveEnd: true }),
        ])
        .map(({ value }) => value)
        .filter((day) => day.organizationId === organizationId)
        .sort((a, b) => Number(a.date > b.date) - Number(a.date < b.date)),
    );
  }

  exportRecords<Kind extends RecordKind>(
    kind: Kind,
    after: RecordKey | null,
    limit: number,
  ): Promise<RecordPage<Kind>> {
    return this.#read(() => exporters[kind](this.#db, after, limit));
  }

  importRecords<Kind extends RecordKind>(kind: Kind, records: readonly RecordsByKind[Kind][]): Promise<number> {
    return this.#write(() => records.filter((record) => inserts[kind](this.#db, record)).length);
  }

  async #create<Kind extends RecordKind>(kind: Kind, record: RecordsByKind[Kind]): Promise<Created> {
    return (await this.importRecords(kind, [record])) === 1 ? 'created' : 'conflict';
  }

  #isLastOwner({ organizationId, userId, role }: Membership): boolean {
    if (role !== 'owner') return false;
    return ![...below(this.#db.members, organizationId)].some(
      ({ value }) => value.role === 'owner' && value.userId !== userId,
    );
  }

  /** Inside a write. */
  #removeLink({ id, tokenDigest }: SetupLink): void {
    remove(this.#db.links, id);
    remove(this.#db.linkTokens, tokenDigest);
  }

  /** Inside a write. */
  #deleteSomeIdle(lastActiveBefore: number): number {
    const idle = { end: [lastActiveBefore], limit: deletedAtOnce } as unknown as RangeOptions;
    const found = [...this.#db.activeConversations.getKeys(idle)];
    for (const [lastActiveAt, conversationId] of found) {
      remove(this.#db.activeConversations, [lastActiveAt, conversationId]);
      remove(this.#db.conversations, conversationId);
      removeBelow(this.#db.turns, conversationId);
      const asked = { start: [conversationId], end: [conversationId, afterAll] } as unknown as RangeOptions;
      for (const id of [...this.#db.askedTurns.getKeys(asked)]) remove(this.#db.askedTurns, id);
    }
    return found.length;
  }

  #getKey(organizationId: string, keyId: string): KeyRecord | undefined {
    const publicKey = this.#db.publicKeys.get([organizationId, keyId]);
    return publicKey === undefined ? undefined : this.#db.keys.get(publicKey);
  }

  /** Inside a write. */
  #changeCredits(organizationId: string, more: Partial<Credits>): Credits | 'not_found' {
    const entry = this.#db.organizations.get(organizationId);
    if (entry === undefined) return 'not_found';
    const { granted, spent } = entry.credits;
    const credits = { granted: granted + (more.granted ?? 0), spent: spent + (more.spent ?? 0) };
    put(this.#db.organizations, organizationId, { ...entry, credits });
    return credits;
  }

  /** Not async: a synchronous look-up must not cost a turn more than the promise that the port asks for. */
  #read<Result>(look: () => Result): Promise<Result> {
    try {
      this.#assertOpen();
      this.#root.resetReadTxn();
      return Promise.resolve(look());
    } catch (error) {
      return Promise.reject(toUnavailable(error));
    }
  }

  async #write<Result>(decide: () => Result): Promise<Result> {
    try {
      this.#assertOpen();
      // A child, because a plain one keeps what was put before something was thrown.
      return await this.#root.childTransaction(decide);
    } catch (error) {
      throw toUnavailable(error);
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreUnavailableError('The store is closed.');
  }
}

/** A mistake in the program stays what it is; anything else is the database, the disk or the file system. */
function toUnavailable(error: unknown): Error {
  if (error instanceof StoreUnavailableError || error instanceof TypeError || error instanceof RangeError) return error;
  return new StoreUnavailableError('The embedded store failed.', { cause: error });
}
