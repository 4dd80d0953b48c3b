/**
 * The store on MongoDB, for many processes. A standalone server is enough: every change is one guarded change of one
 * document, acknowledged by a majority and in the journal; reads ask the primary. No operation takes longer than about
 * two seconds: then it is a StoreUnavailableError, and what it was doing may or may not have happened. Longer than 200 lines
 * because it is one class with the port's methods and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type DataLoader from 'dataloader';
import pLimit from 'p-limit';
import mongoose, { type Connection, type Model, type QueryFilter, type UpdateQuery } from 'mongoose';
import type { PublicKey } from '../core/key-format.ts';
import type { RecordKey, RecordKind, RecordsByKind } from '../core/record-kinds.ts';
import {
  addUsage,
  sessionsMax,
  type AgentChange,
  type AgentKnowledge,
  type AgentRecord,
  type AuditEvent,
  type Conversation,
  type CreditHold,
  type Credits,
  type KeyActivity,
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
import { each, joined } from './joined.ts';
import { exporters, importers } from './mongo-copying.ts';
import {
  fromAgent,
  fromAuditEvent,
  fromConversation,
  fromIdentified,
  fromMembership,
  fromOrganization,
  fromUsageDay,
  toAgent,
  toAuditEvent,
  toConversation,
  toCredits,
  toHold,
  toKey,
  toKnowledge,
  toLink,
  toMemberships,
  toOrganization,
  toTurn,
  toUsageDay,
  toUser,
} from './mongo-mapping.ts';
import {
  createModels,
  type AgentDocument,
  type KeyDocument,
  type Models,
  type OrganizationDocument,
  type Revised,
  type UserDocument,
} from './mongo-models.ts';
import { activityChanges, insert, limited, newestFirst, toPage, waitLimitMs } from './mongo-queries.ts';
import { isUnavailable } from './mongo-unavailable.ts';
import {
  StoreUnavailableError,
  UsageLeftError,
  type Changed,
  type CopyableStore,
  type Created,
  type Page,
  type PageRequest,
  type RecordPage,
  type Store,
  type UsageBatch,
} from './port.ts';

const { mongo, trusted } = mongoose;

/** A little more, so that what is thrown is usually the driver's reason. */
const operationLimitMs = 2000;
const lookUpsPerQueryMax = 500;
const sweepMax = 500;
const usageDaysAtOnce = 8;
const retryPauseMsMax = 20;

const connectionOptions = {
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  sanitizeFilter: true,
  serverSelectionTimeoutMS: waitLimitMs,
  connectTimeoutMS: waitLimitMs,
  socketTimeoutMS: waitLimitMs,
  waitQueueTimeoutMS: waitLimitMs,
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: waitLimitMs },
  // Once more: the URL's `journal` would win over the one above.
  journal: true,
} as const;

const changed = { ...limited, returnDocument: 'after', lean: true } as const;
const creditsOnly = { granted: 1, spent: 1, holds: 1 } as const;
const membersOnly = { members: 1, revision: 1 } as const;
const withoutKnowledge = { entries: 0 } as const;

export class MongoStore implements Store, CopyableStore {
  readonly #url: string;
  readonly #connection: Connection;
  readonly #models: Models;
  readonly #keysByPublicKey: DataLoader<string, KeyRecord | undefined>;
  readonly #agentPages: DataLoader<string, Page<AgentRecord>>;
  #connecting: Promise<void> | undefined;
  #isClosed = false;

  private constructor(url: string) {
    this.#url = url;
    this.#connection = mongoose.createConnection();
    this.#models = createModels(this.#connection);
    this.#keysByPublicKey = joined((publicKeys) => this.#findKeys(publicKeys), lookUpsPerQueryMax);
    this.#agentPages = joined((pages) => this.#listAgentPages(pages), lookUpsPerQueryMax);
  }

  /**
   * Connects and builds the indexes. A server that is not there is no reason to fail: operations throw
   * StoreUnavailableError until it comes. A URL that can't be read throws, without its text, which has a password in it.
   */
  static async open(url: string): Promise<MongoStore> {
    const store = new MongoStore(url);
    try {
      await store.#run(() => Promise.resolve());
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) {
        await store.close();
        throw error;
      }
    }
    return store;
  }

  ping(): Promise<void> {
    return this.#run(async () => {
      await this.#connection.db?.command({ ping: 1, ...limited });
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#connecting?.catch(() => undefined);
    await this.#connection.close();
  }

  createOrganization(organization: Organization, creditsGranted: number): Promise<Created> {
    const credits = { granted: creditsGranted, spent: 0 };
    return this.#create(this.#models.organizations, fromOrganization({ organization, credits, holds: [] }));
  }

  findOrganization(organizationId: string): Promise<Organization | undefined> {
    return this.#run(async () => {
      const found = await this.#models.organizations
        .findOne({ _id: organizationId }, { name: 1, createdAt: 1 }, limited)
        .lean();
      return found === null ? undefined : toOrganization(found);
    });
  }

  createUser(user: User): Promise<Created> {
    return this.#create(this.#models.users, fromIdentified(user));
  }

  findUser(userId: string): Promise<User | undefined> {
    return this.#findUser({ _id: userId });
  }

  findUserByEmail(email: string): Promise<User | undefined> {
    return this.#findUser({ email });
  }

  hasUsers(): Promise<boolean> {
    return this.#run(() => this.#isThere(this.#models.users, {}));
  }

  addSession(
    userId: string,
    passwordHash: string,
    { id, createdAt, expiresAt }: Session,
  ): Promise<'added' | 'not_found' | 'conflict'> {
    return this.#run(async () => {
      const { matchedCount } = await this.#models.users.updateOne(
        { _id: userId, passwordHash },
        { $push: { sessions: { $each: [{ id, createdAt, expiresAt }], $slice: -sessionsMax } } },
        limited,
      );
      if (matchedCount === 1) return 'added';
      return (await this.#isThere(this.#models.users, { _id: userId })) ? 'conflict' : 'not_found';
    });
  }

  async endSession(userId: string, sessionId: string): Promise<'ended' | 'not_found'> {
    const { matchedCount } = await this.#run(() =>
      this.#models.users.updateOne(
        { _id: userId, 'sessions.id': sessionId },
        { $pull: { sessions: { id: sessionId } } },
        limited,
      ),
    );
    return matchedCount === 1 ? 'ended' : 'not_found';
  }

  changeUser(
    userId: string,
    change: UserChange,
    guard?: { readonly passwordHash: string },
  ): Promise<User | 'not_found' | 'conflict'> {
    return this.#run(async () => {
      const user = { _id: userId };
      const guarded = guard === undefined ? user : { ...user, passwordHash: guard.passwordHash };
      const found = await this.#models.users.findOneAndUpdate(guarded, { $set: change }, changed);
      if (found !== null) return toUser(found);
      return guard !== undefined && (await this.#isThere(this.#models.users, user)) ? 'conflict' : 'not_found';
    });
  }

  async addMember(membership: Membership): Promise<Created | 'not_found'> {
    const { organizationId, userId } = membership;
    const members = await this.#changeMembers<'conflict'>(organizationId, (before) =>
      before.some((member) => member.userId === userId) ? 'conflict' : [...before, membership].sort(bySeniority),
    );
    return typeof members === 'string' ? members : 'created';
  }

  findMember(organizationId: string, userId: string): Promise<Membership | undefined> {
    return this.#run(async () => {
      const member = { _id: organizationId, 'members.userId': userId };
      const found = await this.#models.organizations.findOne(member, membersOnly, limited).lean();
      return found === null ? undefined : toMemberships(found).find((membership) => membership.userId === userId);
    });
  }

  listMembers(organizationId: string): Promise<readonly Membership[]> {
    return this.#run(async () => {
      const found = await this.#models.organizations.findOne({ _id: organizationId }, membersOnly, limited).lean();
      return found === null ? [] : toMemberships(found);
    });
  }

  listMembershipsOf(userId: string): Promise<readonly Membership[]> {
    return this.#run(async () => {
      const found = await this.#models.organizations
        .find({ 'members.userId': userId }, membersOnly, limited)
        .sort({ _id: 1 })
        .lean();
      return found.flatMap(toMemberships).filter((membership) => membership.userId === userId);
    });
  }

  async changeMember(
    organizationId: string,
    userId: string,
    role: Role,
  ): Promise<Changed<Membership> | 'not_found' | 'last_owner'> {
    const members = await this.#changeMembers<'not_found' | 'last_owner'>(organizationId, (before) => {
      if (!before.some((member) => member.userId === userId)) return 'not_found';
      if (role !== 'owner' && isLastOwner(userId, before)) return 'last_owner';
      return before.map((member) => (member.userId === userId ? { ...member, role } : member));
    });
    if (typeof members === 'string') return members;
    const [before, after] = [members.before, members.after].map((all) => all.find((one) => one.userId === userId));
    return before === undefined || after === undefined ? 'not_found' : { before, after };
  }

  async removeMember(organizationId: string, userId: string): Promise<'removed' | 'not_found' | 'last_owner'> {
    const members = await this.#changeMembers<'not_found' | 'last_owner'>(organizationId, (before) => {
      const others = before.filter((member) => member.userId !== userId);
      if (others.length === before.length) return 'not_found';
      return isLastOwner(userId, before) ? 'last_owner' : others;
    });
    return typeof members === 'string' ? members : 'removed';
  }

  createLink(link: SetupLink): Promise<Created> {
    return this.#create(this.#models.links, fromIdentified(link));
  }

  findLink(tokenDigest: string): Promise<SetupLink | undefined> {
    return this.#run(async () => {
      const found = await this.#models.links.findOne({ tokenDigest }, {}, limited).lean();
      return found === null ? undefined : toLink(found);
    });
  }

  listLinks(organizationId: string): Promise<readonly SetupLink[]> {
    return this.#run(async () =>
      (await this.#models.links.find({ organizationId }, {}, limited).sort({ _id: -1 }).lean()).map(toLink),
    );
  }

  async deleteLink(linkId: string): Promise<'deleted' | 'not_found'> {
    const { deletedCount } = await this.#run(() => this.#models.links.deleteOne({ _id: linkId }, limited));
    return deletedCount === 1 ? 'deleted' : 'not_found';
  }

  async deleteExpiredLinks(expiredBefore: number): Promise<number> {
    const expired = { expiresAt: trusted({ $lt: expiredBefore }) };
    return (await this.#run(() => this.#models.links.deleteMany(expired, limited))).deletedCount;
  }

  async addAuditEvent(event: AuditEvent): Promise<void> {
    // A conflict is the same event, added before.
    await this.#create(this.#models.auditEvents, fromAuditEvent(event));
  }

  listAudit(organizationId: string, page: PageRequest): Promise<Page<AuditEvent>> {
    return this.#run(async () => {
      const found = await newestFirst(this.#models.auditEvents, { organizationId }, page).lean();
      return toPage(found, page, toAuditEvent);
    });
  }

  findCredits(organizationId: string): Promise<Credits | undefined> {
    return this.#run(async () => {
      const found = await this.#models.organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
      return found === null ? undefined : toCredits(found);
    });
  }

  grantCredits(organizationId: string, amount: number): Promise<Credits | 'not_found'> {
    return this.#run(async () => {
      const update = { $inc: { granted: amount } };
      const found = await this.#models.organizations.findOneAndUpdate({ _id: organizationId }, update, {
        ...changed,
        projection: creditsOnly,
      });
      return found === null ? 'not_found' : toCredits(found);
    });
  }

  holdCredits(organizationId: string, hold: CreditHold): Promise<Credits | 'exhausted' | 'not_found'> {
    const { id, amount, heldAt, conversationId, messageId } = hold;
    return this.#run(async (isInTime) => {
      while (isInTime()) {
        const held = await this.#models.organizations.findOneAndUpdate(
          {
            _id: organizationId,
            'holds.id': trusted({ $ne: id }),
            $expr: trusted({ $gte: [{ $subtract: ['$granted', '$spent'] }, amount] }),
          },
          { $inc: { spent: amount }, $push: { holds: { id, amount, heldAt, conversationId, messageId } } },
          { ...changed, projection: creditsOnly },
        );
        if (held !== null) return toCredits(held);
        const found = await this.#models.organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
        if (found === null) return 'not_found';
        if (found.holds.some((other) => other.id === id)) return toCredits(found);
        if (found.granted - found.spent < amount) return 'exhausted';
        // What stood in the way is gone since: once more.
      }
      throw tooLong();
    });
  }

  async moveHold(organizationId: string, fromId: string, toId: string, heldAt: number): Promise<'moved' | 'not_found'> {
    const { matchedCount } = await this.#run(() =>
      this.#models.organizations.updateOne(
        { _id: organizationId, 'holds.id': fromId },
        { $set: { 'holds.$.id': toId, 'holds.$.heldAt': heldAt } },
        limited,
      ),
    );
    return matchedCount === 1 ? 'moved' : 'not_found';
  }

  settleHold(organizationId: string, holdId: string, outcome: 'keep' | 'give_back'): Promise<Credits | 'not_found'> {
    return this.#run(async (isInTime) => {
      while (isInTime()) {
        const found = await this.#models.organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
        if (found === null) return 'not_found';
        const hold = found.holds.find(({ id }) => id === holdId);
        if (hold === undefined) return toCredits(found);
        const settled = await this.#models.organizations.findOneAndUpdate(
          { _id: organizationId, holds: trusted({ $elemMatch: { id: holdId, amount: hold.amount } }) },
          {
            $pull: { holds: { id: holdId } },
            ...(outcome === 'give_back' && { $inc: { spent: -hold.amount } }),
          },
          { ...changed, projection: creditsOnly },
        );
        if (settled !== null) return toCredits(settled);
        // Another process settled it in between: once more.
      }
      throw tooLong();
    });
  }

  listHolds(heldBefore: number, limit: number): Promise<readonly { organizationId: string; hold: CreditHold }[]> {
    return this.#run(async () => {
      const found = await this.#models.organizations
        .find({ 'holds.heldAt': trusted({ $lt: heldBefore }) }, { holds: 1 }, limited)
        // By the oldest hold of each, so the first `limit` organizations have the oldest `limit` holds among theirs.
        .sort({ 'holds.heldAt': 1 })
        .limit(limit)
        .lean();
      return found
        .flatMap(({ _id, holds }) => holds.map((hold) => ({ organizationId: _id, hold: toHold(hold) })))
        .filter(({ hold }) => hold.heldAt < heldBefore)
        .sort((a, b) => a.hold.heldAt - b.hold.heldAt)
        .slice(0, limit);
    });
  }

  createKey(key: KeyRecord): Promise<Created> {
    return this.#create(this.#models.keys, fromIdentified(key));
  }

  findKeyByPublicKey(publicKey: string): Promise<KeyRecord | undefined> {
    return this.#keysByPublicKey.load(publicKey);
  }

  findKey(organizationId: string, keyId: string): Promise<KeyRecord | undefined> {
    return this.#run(async () => {
      const found = await this.#models.keys.findOne({ _id: keyId, organizationId }, {}, limited).lean();
      return found === null ? undefined : toKey(found);
    });
  }

  listKeys(organizationId: string, page: PageRequest): Promise<Page<KeyRecord>> {
    return this.#run(async () => {
      const found = await newestFirst(this.#models.keys, { organizationId }, page).lean();
      return toPage(found, page, toKey);
    });
  }

  async changeKey(
    organizationId: string,
    keyId: string,
    change: KeyChange,
    guard?: { readonly secretHash: string },
  ): Promise<Changed<KeyRecord> | 'not_found' | 'conflict'> {
    const key = { _id: keyId, organizationId };
    const made = await this.#changeAsRead(this.#models.keys, key, {}, ({ secret }) =>
      guard !== undefined && secret.hash !== guard.secretHash ? 'conflict' : change,
    );
    return typeof made === 'string' ? made : bothAs(toKey, made);
  }

  deleteKey(organizationId: string, keyId: string): Promise<'deleted' | 'not_found'> {
    return this.#run(async () => {
      const { deletedCount } = await this.#models.keys.deleteOne({ _id: keyId, organizationId }, limited);
      // Also when the key was gone: a deletion that was cut off here is finished by doing it again.
      await this.#models.usageDays.deleteMany({ keyId, organizationId }, limited);
      return deletedCount === 1 ? 'deleted' : 'not_found';
    });
  }

  createAgent(agent: AgentRecord, knowledge: AgentKnowledge): Promise<Created> {
    return this.#create(this.#models.agents, fromAgent({ agent, knowledge }));
  }

  findAgent(organizationId: string, agentId: string): Promise<AgentRecord | undefined> {
    return this.#run(async () => {
      const found = await this.#models.agents
        .findOne({ _id: agentId, organizationId }, withoutKnowledge, limited)
        .lean();
      return found === null ? undefined : toAgent(found);
    });
  }

  findAgentKnowledge(organizationId: string, agentId: string): Promise<AgentKnowledge | undefined> {
    return this.#run(async () => {
      const found = await this.#models.agents.findOne({ _id: agentId, organizationId }, { entries: 1 }, limited).lean();
      return found === null ? undefined : toKnowledge(found);
    });
  }

  async changeAgent(
    organizationId: string,
    agentId: string,
    change: AgentChange,
    knowledge?: AgentKnowledge,
  ): Promise<Changed<AgentRecord> | 'not_found'> {
    const agent = { _id: agentId, organizationId };
    const made = await this.#changeAsRead<AgentDocument, never>(this.#models.agents, agent, withoutKnowledge, () => ({
      ...change,
      ...(knowledge !== undefined && { entries: knowledge.entries }),
    }));
    return typeof made === 'string' ? made : bothAs(toAgent, made);
  }

  async deleteAgent(organizationId: string, agentId: string): Promise<'deleted' | 'not_found'> {
    const agent = { _id: agentId, organizationId };
    const { deletedCount } = await this.#run(() => this.#models.agents.deleteOne(agent, limited));
    return deletedCount === 1 ? 'deleted' : 'not_found';
  }

  listAgents(
    organizationId: string,
    page: PageRequest,
    filter?: { readonly public: true },
  ): Promise<Page<AgentRecord>> {
    const query: AgentPageQuery = [organizationId, page.limit, page.cursor ?? null, filter !== undefined];
    return this.#agentPages.load(JSON.stringify(query));
  }

  createConversation(conversation: Conversation): Promise<Created> {
    return this.#create(this.#models.conversations, fromConversation(conversation));
  }

  findConversation(organizationId: string, conversationId: string): Promise<Conversation | undefined> {
    return this.#run(async () => {
      const found = await this.#models.conversations
        .findOne({ _id: conversationId, organizationId, isDeleting: false }, {}, limited)
        .lean();
      return found === null ? undefined : toConversation(found);
    });
  }

  /**
   * Marks first, so that a conversation which becomes active meanwhile is either kept whole or gone for its writer, and
   * one whose deletion was cut off is found again.
   */
  async deleteIdleConversations(lastActiveBefore: number): Promise<number> {
    const { conversations, turns } = this.#models;
    let deleted = 0;
    await this.#run(() =>
      conversations.updateMany(
        { lastActiveAt: trusted({ $lt: lastActiveBefore }), isDeleting: false },
        { $set: { isDeleting: true } },
        limited,
      ),
    );
    for (;;) {
      const marked = await this.#run(() =>
        conversations.find({ isDeleting: true }, { _id: 1 }, limited).limit(sweepMax).lean(),
      );
      if (marked.length === 0) return deleted;
      const ids = marked.map(({ _id }) => _id);
      await this.#run(() => turns.deleteMany({ conversationId: trusted({ $in: ids }) }, limited));
      deleted += (await this.#run(() => conversations.deleteMany({ _id: trusted({ $in: ids }) }, limited)))
        .deletedCount;
    }
  }

  createTurn(turn: Turn): Promise<Created | 'not_found'> {
    return this.#run(async () => {
      // Before the turn is added, so that a sweep can't take the conversation between the two.
      const { matchedCount } = await this.#models.conversations.updateOne(
        { _id: turn.conversationId, isDeleting: false },
        { $max: { lastActiveAt: turn.askedAt } },
        limited,
      );
      return matchedCount === 0 ? 'not_found' : insert(this.#models.turns, turn);
    });
  }

  /** Its answer is given to whoever sends the same message again. */
  findTurn(conversationId: string, messageId: string): Promise<Turn | undefined> {
    return this.#run(async () => {
      const turn = this.#models.turns.findOne({ conversationId, messageId }, {}, limited);
      const found = await turn.readConcern(this.#acknowledged()).lean();
      return found === null ? undefined : toTurn(found);
    });
  }

  changeTurn(
    conversationId: string,
    messageId: string,
    attemptId: string,
    change: TurnChange,
  ): Promise<Turn | 'not_found' | 'conflict'> {
    return this.#run(async () => {
      const turn = { conversationId, messageId };
      const found = await this.#models.turns.findOneAndUpdate({ ...turn, attemptId }, { $set: change }, changed);
      if (found !== null) return toTurn(found);
      return (await this.#isThere(this.#models.turns, turn)) ? 'conflict' : 'not_found';
    });
  }

  listTurns(conversationId: string, limit: number): Promise<readonly Turn[]> {
    return this.#run(async () => {
      const newest = this.#models.turns.find({ conversationId }, {}, limited).sort({ askedAt: -1, messageId: -1 });
      return (await newest.limit(limit).lean()).map(toTurn).reverse();
    });
  }

  /**
   * A few days at a time, because look-ups wait for the same connections, and none any more once the store went away. A day
   * that was given up on may have been on its way, and is counted twice then.
   */
  async addUsage(batch: UsageBatch): Promise<void> {
    const left: UsageDay[] = [];
    let away: StoreUnavailableError | undefined;
    let broken: Error | undefined;
    const isLeft = async (write: () => Promise<void>): Promise<boolean> => {
      if (away !== undefined) return true;
      try {
        await write();
      } catch (error) {
        if (error instanceof StoreUnavailableError) {
          away ??= error;
          return true;
        }
        broken ??= error as Error;
      }
      return false;
    };
    const limit = pLimit(usageDaysAtOnce);
    const writeDay = async (day: UsageDay): Promise<void> => {
      if (await isLeft(() => this.#addUsageDay(day))) left.push(day);
    };
    await Promise.all(batch.days.map((day) => limit(writeDay, day)));
    await isLeft(() => this.#addActivities(batch.activities));
    await isLeft(() => this.#dropUsageOfDeletedKeys(batch.days));
    if (away !== undefined) throw new UsageLeftError({ days: left, activities: batch.activities }, broken ?? away);
    if (broken !== undefined) throw broken;
  }

  listUsage(
    organizationId: string,
    keyIds: readonly string[],
    fromDate: string,
    toDate: string,
  ): Promise<readonly UsageDay[]> {
    return this.#run(async () => {
      const days = {
        organizationId,
        keyId: trusted({ $in: [...keyIds] }),
        date: trusted({ $gte: fromDate, $lte: toDate }),
      };
      const found = await this.#models.usageDays.find(days, {}, limited).sort({ date: 1, keyId: 1 }).lean();
      return found.map(toUsageDay);
    });
  }

  exportRecords<Kind extends RecordKind>(
    kind: Kind,
    after: RecordKey | null,
    limit: number,
  ): Promise<RecordPage<Kind>> {
    return this.#run(() => exporters[kind](this.#models, after, limit));
  }

  importRecords<Kind extends RecordKind>(kind: Kind, records: readonly RecordsByKind[Kind][]): Promise<number> {
    return this.#run(() => importers[kind](this.#models, records));
  }

  #findUser(filter: QueryFilter<UserDocument>): Promise<User | undefined> {
    return this.#run(async () => {
      const found = await this.#models.users.findOne(filter, {}, limited).lean();
      return found === null ? undefined : toUser(found);
    });
  }

  /** `decide` gets the members and gives those of afterwards, or why they stay as they are. */
  async #changeMembers<Reason extends string>(
    organizationId: string,
    decide: (members: readonly Membership[]) => readonly Membership[] | Reason,
  ): Promise<Changed<readonly Membership[]> | Reason | 'not_found'> {
    const organization = { _id: organizationId };
    const made = await this.#changeAsRead<OrganizationDocument, Reason>(
      this.#models.organizations,
      organization,
      membersOnly,
      (found) => {
        const members = decide(toMemberships(found));
        return typeof members === 'string' ? members : { members: members.map(fromMembership) };
      },
    );
    return typeof made === 'string' ? made : bothAs(toMemberships, made);
  }

  /**
   * Changes what was read just before, and nothing newer. A change that was given up on may still be on its way to a server
   * that hung: when it arrives after a later one was acknowledged, it must not undo that one, or a disabled key is let in
   * again and a person who was removed is back.
   */
  #changeAsRead<Kept extends Revised, Reason extends string>(
    model: Model<Kept>,
    filter: QueryFilter<Kept>,
    projection: object,
    decide: (found: Kept) => Partial<Kept> | Reason,
  ): Promise<Changed<Kept> | Reason | 'not_found'> {
    return this.#run(async (isInTime) => {
      while (isInTime()) {
        const found = await model.findOne(filter, projection, limited).readConcern(this.#acknowledged()).lean<Kept>();
        if (found === null) return 'not_found';
        const change = decide(found);
        if (typeof change === 'string') return change;
        if (!isInTime()) break;
        const asRead = { ...filter, revision: found.revision ?? null };
        const update = { $set: change, $inc: { revision: 1 } } as UpdateQuery<Kept>;
        const made = await model
          .findOneAndUpdate(asRead, update, { ...limited, returnDocument: 'after', projection })
          .lean<Kept>();
        if (made !== null) return { before: found, after: made };
        // Another change came in between: once more, a little later, so that many at once don't all meet again.
        await sleep(Math.random() * retryPauseMsMax);
      }
      throw tooLong();
    });
  }

  /**
   * Reads what a majority has. A change whose writer was told that the store is away may be lost yet, with the primary that
   * alone has it, so "answered already" and "removed already" can't be said of it.
   */
  #acknowledged(): 'majority' | 'linearizable' {
    const asked: { readonly readConcern?: { readonly level: string } } = this.#connection.getClient().options;
    return asked.readConcern?.level === 'linearizable' ? 'linearizable' : 'majority';
  }

  #addUsageDay(day: UsageDay): Promise<void> {
    const { usageDays } = this.#models;
    const { organizationId, keyId, date } = day;
    return this.#run(async (isInTime) => {
      while (isInTime()) {
        const found = await usageDays.findOne({ organizationId, keyId, date }, {}, limited).lean();
        if (found === null) {
          if ((await insert(usageDays, fromUsageDay(addUsage(undefined, day), 1))) === 'created') return;
        } else {
          const { revision } = found;
          const merged = fromUsageDay(addUsage(toUsageDay(found), day), revision + 1);
          const guarded = { organizationId, keyId, date, revision };
          if ((await usageDays.updateOne(guarded, { $set: merged }, limited)).matchedCount === 1) return;
        }
        // Another process wrote in between: merge into what it wrote.
      }
      throw tooLong();
    });
  }

  #addActivities(activities: readonly KeyActivity[]): Promise<void> {
    return this.#run(async () => {
      const changes = activities.flatMap((seen) => activityChanges(seen));
      if (changes.length > 0) await this.#models.keys.bulkWrite(changes, { ordered: false });
    });
  }

  /** After writing, so that a key which is deleted at the same time leaves nothing whichever came first. */
  #dropUsageOfDeletedKeys(days: readonly UsageDay[]): Promise<void> {
    const { keys, usageDays } = this.#models;
    return this.#run(async () => {
      const keyIds = [...new Set(days.map(({ keyId }) => keyId))];
      const there = await keys.find({ _id: trusted({ $in: keyIds }) }, { organizationId: 1 }, limited).lean();
      const owners = new Map(there.map((key) => [key._id, key.organizationId]));
      const gone = days.filter(({ keyId, organizationId }) => owners.get(keyId) !== organizationId);
      for (const { keyId, organizationId } of gone) await usageDays.deleteMany({ keyId, organizationId }, limited);
    });
  }

  async #findKeys(publicKeys: readonly string[]): Promise<(KeyRecord | undefined | Error)[]> {
    const distinct = [...new Set(publicKeys)];
    const these = { publicKey: trusted({ $in: distinct as PublicKey[] }) };
    const options = { ...limited, batchSize: distinct.length + 1 };
    const found = await this.#run(() => this.#models.keys.find(these, {}, options).lean());
    const keys = new Map<string, KeyDocument>(found.map((document) => [document.publicKey, document]));
    return each(publicKeys, (publicKey) => {
      const key = keys.get(publicKey);
      return key && toKey(key);
    });
  }

  async #listAgentPages(queries: readonly string[]): Promise<(Page<AgentRecord> | Error)[]> {
    const pages = new Map(
      [...new Set(queries)].map((query) => [query, this.#listAgentPage(JSON.parse(query) as AgentPageQuery)]),
    );
    return Promise.all(queries.map((query) => pages.get(query) ?? Promise.reject(new Error('No such query.'))));
  }

  #listAgentPage([organizationId, limit, cursor, isPublic]: AgentPageQuery): Promise<Page<AgentRecord>> {
    const page = { limit, cursor: cursor ?? undefined };
    const filter = isPublic ? { organizationId, public: true } : { organizationId };
    return this.#run(async () => {
      const found = await newestFirst(this.#models.agents, filter, page).select(withoutKnowledge).lean();
      return toPage(found, page, toAgent);
    });
  }

  #create<Kept>(model: Model<Kept>, document: Kept): Promise<Created> {
    return this.#run(() => insert(model, document));
  }

  async #isThere<Kept>(model: Model<Kept>, filter: QueryFilter<Kept>): Promise<boolean> {
    return (await model.findOne(filter, { _id: 1 }, limited).lean()) !== null;
  }

  /** Runs an operation when connected, for at most two seconds; every way of not reaching the server is one error. */
  async #run<Result>(operate: (isInTime: () => boolean) => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    const isInTime = (): boolean => performance.now() - startedAt < operationLimitMs;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(tooLong()), operationLimitMs);
    });
    const operation = async (): Promise<Result> => {
      if (this.#isClosed) throw new StoreUnavailableError('The store is closed.');
      await this.#connect();
      // Nobody waits for it any more.
      if (!isInTime()) throw tooLong();
      return operate(isInTime);
    };
    try {
      return await Promise.race([operation(), limit]);
    } catch (error) {
      throw isUnavailable(error) ? new StoreUnavailableError('The database did not answer.', { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The driver connects again by itself, but not before it was connected once: until then each operation tries. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#connectAndBuildIndexes().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connectAndBuildIndexes(): Promise<void> {
    try {
      await this.#connection.openUri(this.#url, connectionOptions);
    } catch (error) {
      if (isUnavailable(error) || error instanceof mongo.MongoServerError) throw error;
      // Not as its cause: it quotes the URL, which has a password in it.
      throw new Error('The MongoDB URL can not be read.');
    }
    for (const model of Object.values(this.#models)) await (model as Model<unknown>).createIndexes();
  }
}

type AgentPageQuery = [organizationId: string, limit: number, cursor: string | null, isPublic: boolean];

function bothAs<Kept, Item>(toItem: (kept: Kept) => Item, { before, after }: Changed<Kept>): Changed<Item> {
  return { before: toItem(before), after: toItem(after) };
}

function isLastOwner(userId: string, members: readonly Membership[]): boolean {
  const owners = members.filter(({ role }) => role === 'owner');
  return owners.length === 1 && owners[0]?.userId === userId;
}

function bySeniority(a: Membership, b: Membership): number {
  return a.createdAt - b.createdAt || (a.userId < b.userId ? -1 : 1);
}

function tooLong(): StoreUnavailableError {
  return new StoreUnavailableError('The database did not answer in time.');
}
