/**
 * The store on MongoDB, for many processes. A standalone server is enough: every change is one guarded change of one
 * document, acknowledged by a majority and in the journal; reads ask the primary. No operation takes longer than about
 * two seconds: then it is a StoreUnavailableError, and what it was doing may or may not have happened. Longer than 200 lines
 * because it is one class with the port's methods and nothing else.
 */
import DataLoader from 'dataloader';
import mongoose, { type Connection, type Model, type QueryFilter } from 'mongoose';
import type { PublicKey } from '../core/key-format.ts';
import {
  addUsage,
  type AgentKnowledge,
  type AgentRecord,
  type Conversation,
  type CreditHold,
  type Credits,
  type KeyActivity,
  type KeyChange,
  type KeyRecord,
  type Organization,
  type Turn,
  type TurnChange,
  type UsageDay,
} from '../core/records.ts';
import {
  createModels,
  type AgentDocument,
  type ConversationDocument,
  type KeyDocument,
  type Models,
  type TurnDocument,
  type UsageDayDocument,
} from './mongo-models.ts';
import {
  StoreUnavailableError,
  type Created,
  type Page,
  type PageRequest,
  type Store,
  type UsageBatch,
} from './port.ts';

const { mongo, trusted } = mongoose;

/** What the driver may wait for any one thing. */
const waitLimitMs = 2000;
/** A little more, so that what is thrown is usually the driver's reason. */
const operationLimitMs = 2200;
const lookUpsPerQueryMax = 500;
const sweepMax = 500;

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
} as const;

const limited = { maxTimeMS: waitLimitMs } as const;
const changed = { ...limited, returnDocument: 'after', lean: true } as const;
const creditsOnly = { granted: 1, spent: 1, holds: 1 } as const;
const withoutKnowledge = { entries: 0 } as const;

export class MongoStore implements Store {
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

  createOrganization({ id, name, createdAt }: Organization, creditsGranted: number): Promise<Created> {
    return this.#create(this.#models.organizations, {
      _id: id,
      name,
      createdAt,
      granted: creditsGranted,
      spent: 0,
      holds: [],
    });
  }

  findOrganization(organizationId: string): Promise<Organization | undefined> {
    return this.#run(async () => {
      const found = await this.#models.organizations
        .findOne({ _id: organizationId }, { name: 1, createdAt: 1 }, limited)
        .lean();
      return found === null ? undefined : { id: found._id, name: found.name, createdAt: found.createdAt };
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

  createKey({ id, ...key }: KeyRecord): Promise<Created> {
    return this.#create(this.#models.keys, { _id: id, ...key });
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

  changeKey(
    organizationId: string,
    keyId: string,
    change: KeyChange,
    guard?: { readonly secretHash: string },
  ): Promise<KeyRecord | 'not_found' | 'conflict'> {
    return this.#run(async () => {
      const key = { _id: keyId, organizationId };
      const guarded = guard === undefined ? key : { ...key, 'secret.hash': guard.secretHash };
      const found = await this.#models.keys.findOneAndUpdate(guarded, { $set: change }, changed);
      if (found !== null) return toKey(found);
      return guard !== undefined && (await this.#isThere(this.#models.keys, key)) ? 'conflict' : 'not_found';
    });
  }

  deleteKey(organizationId: string, keyId: string): Promise<'deleted' | 'not_found'> {
    return this.#run(async () => {
      const { deletedCount } = await this.#models.keys.deleteOne({ _id: keyId, organizationId }, limited);
      // Also when the key was gone: a deletion that was cut off here is finished by doing it again.
      await this.#models.usageDays.deleteMany({ keyId, organizationId }, limited);
      return deletedCount === 1 ? 'deleted' : 'not_found';
    });
  }

  createAgent({ id, ...agent }: AgentRecord, knowledge: AgentKnowledge): Promise<Created> {
    return this.#create(this.#models.agents, { _id: id, ...agent, entries: knowledge.entries });
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
      return found === null
        ? undefined
        : { entries: found.entries.map(({ question, answer }) => ({ question, answer })) };
    });
  }

  listAgents(
    organizationId: string,
    page: PageRequest,
    filter?: { readonly public: true },
  ): Promise<Page<AgentRecord>> {
    const query: AgentPageQuery = [organizationId, page.limit, page.cursor ?? null, filter !== undefined];
    return this.#agentPages.load(JSON.stringify(query));
  }

  createConversation({ id, ...conversation }: Conversation): Promise<Created> {
    return this.#create(this.#models.conversations, { _id: id, ...conversation, isDeleting: false });
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

  findTurn(conversationId: string, messageId: string): Promise<Turn | undefined> {
    return this.#run(async () => {
      const found = await this.#models.turns.findOne({ conversationId, messageId }, {}, limited).lean();
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

  async addUsage(batch: UsageBatch): Promise<void> {
    await Promise.all(batch.days.map((day) => this.#addUsageDay(day)));
    await this.#addActivities(batch.activities);
    await this.#dropUsageOfDeletedKeys(batch.days);
  }

  listUsage(keyId: string, fromDate: string, toDate: string): Promise<readonly UsageDay[]> {
    return this.#run(async () => {
      const days = { keyId, date: trusted({ $gte: fromDate, $lte: toDate }) };
      return (await this.#models.usageDays.find(days, {}, limited).sort({ date: 1 }).lean()).map(toUsageDay);
    });
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

  async #findKeys(publicKeys: readonly string[]): Promise<(KeyRecord | undefined)[]> {
    const distinct = [...new Set(publicKeys)];
    const these = { publicKey: trusted({ $in: distinct as PublicKey[] }) };
    const options = { ...limited, batchSize: distinct.length + 1 };
    const found = await this.#run(() => this.#models.keys.find(these, {}, options).lean());
    const keys = new Map<string, KeyRecord>(found.map((document) => [document.publicKey, toKey(document)]));
    return publicKeys.map((publicKey) => keys.get(publicKey));
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

/**
 * Look-ups of one turn of the event loop share what `look` sends after it. Nothing is remembered, and nobody joins
 * what was already sent, so each sees every change acknowledged before it asked.
 */
function joined<Result>(
  look: (ids: readonly string[]) => Promise<(Result | Error)[]>,
  maxBatchSize: number,
): DataLoader<string, Result> {
  return new DataLoader(look, { cache: false, maxBatchSize, batchScheduleFn: (send) => void setImmediate(send) });
}

async function insert<Kept>(model: Model<Kept>, document: Kept): Promise<Created> {
  try {
    await model.insertOne(document as never);
    return 'created';
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === 11000) return 'conflict';
    throw error;
  }
}

/** One more than the page holds, to know whether there is another. */
function newestFirst<Kept extends { readonly _id: string }>(
  model: Model<Kept>,
  filter: { readonly organizationId: string; readonly public?: boolean },
  { cursor, limit }: PageRequest,
) {
  const below = cursor === undefined ? filter : { ...filter, _id: trusted({ $lt: cursor }) };
  return model
    .find(below as QueryFilter<Kept>, {}, { ...limited, batchSize: limit + 2 })
    .sort({ _id: -1 })
    .limit(limit + 1);
}

function toPage<Kept, Item extends { readonly id: string }>(
  found: readonly Kept[],
  { limit }: PageRequest,
  toItem: (document: Kept) => Item,
): Page<Item> {
  const items = found.slice(0, limit).map(toItem);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** What of an activity is newer than what the key says (null is older than any time). */
function activityChanges(seen: KeyActivity) {
  const { lastUsedAt, lastUsedOrigin, previousSecretUsedAt, secretSeenInBrowserAt, secretSeenInBrowserOrigin } = seen;
  const changes = [
    { field: 'lastUsedAt', at: lastUsedAt, change: { lastUsedAt, lastUsedOrigin } },
    { field: 'previousSecretUsedAt', at: previousSecretUsedAt, change: { previousSecretUsedAt } },
    {
      field: 'secretSeenInBrowserAt',
      at: secretSeenInBrowserAt,
      change: { secretSeenInBrowserAt, secretSeenInBrowserOrigin },
    },
  ];
  return changes
    .filter(({ at }) => at !== null)
    .map(({ field, at, change }) => ({
      updateOne: {
        filter: {
          _id: seen.keyId,
          organizationId: seen.organizationId,
          [field]: trusted({ $not: { $gte: at } }),
        },
        update: { $set: change },
      },
    }));
}

function toCredits({ granted, spent }: Credits): Credits {
  return { granted, spent };
}

function toHold({ id, amount, heldAt, conversationId, messageId }: CreditHold): CreditHold {
  return { id, amount, heldAt, conversationId, messageId };
}

function toKey(kept: KeyDocument): KeyRecord {
  const { secret, previousSecret, rateLimit } = kept;
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    name: kept.name,
    publicKey: kept.publicKey,
    secret: { hash: secret.hash, fingerprint: secret.fingerprint, hint: secret.hint },
    previousSecret: previousSecret && {
      hash: previousSecret.hash,
      fingerprint: previousSecret.fingerprint,
      hint: previousSecret.hint,
      expiresAt: previousSecret.expiresAt,
    },
    allowedDomains: kept.allowedDomains,
    enabled: kept.enabled,
    expiresAt: kept.expiresAt,
    scopes: kept.scopes,
    rateLimit: rateLimit && { requests: rateLimit.requests, windowSeconds: rateLimit.windowSeconds },
    refuseSecretInBrowser: kept.refuseSecretInBrowser,
    learningUntil: kept.learningUntil,
    createdAt: kept.createdAt,
    lastUsedAt: kept.lastUsedAt,
    lastUsedOrigin: kept.lastUsedOrigin,
    previousSecretUsedAt: kept.previousSecretUsedAt,
    secretSeenInBrowserAt: kept.secretSeenInBrowserAt,
    secretSeenInBrowserOrigin: kept.secretSeenInBrowserOrigin,
  };
}

function toAgent(kept: Omit<AgentDocument, 'entries'>): AgentRecord {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    kind: kept.kind,
    name: kept.name,
    description: kept.description,
    greeting: kept.greeting,
    suggestions: kept.suggestions,
    creditsPerMessage: kept.creditsPerMessage,
    public: kept.public,
    knowledgeId: kept.knowledgeId,
    createdAt: kept.createdAt,
  };
}

function toConversation(kept: ConversationDocument): Conversation {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    agentId: kept.agentId,
    keyId: kept.keyId,
    mode: kept.mode,
    origin: kept.origin,
    createdAt: kept.createdAt,
    lastActiveAt: kept.lastActiveAt,
  };
}

function toTurn(kept: TurnDocument): Turn {
  const { reply } = kept;
  return {
    conversationId: kept.conversationId,
    messageId: kept.messageId,
    message: kept.message,
    askedAt: kept.askedAt,
    price: kept.price,
    state: kept.state,
    attemptId: kept.attemptId,
    leaseUntil: kept.leaseUntil,
    isCharged: kept.isCharged,
    attempts: kept.attempts,
    reply: reply && { id: reply.id, text: reply.text, createdAt: reply.createdAt },
  };
}

function toUsageDay(kept: UsageDayDocument): UsageDay {
  return {
    organizationId: kept.organizationId,
    keyId: kept.keyId,
    date: kept.date,
    accepted: kept.accepted,
    refused: Object.fromEntries(kept.refused.map(({ code, count }) => [code, count])),
    origins: kept.origins.map(({ origin, accepted, refused, lastSeenAt }) => ({
      origin,
      accepted,
      refused,
      lastSeenAt,
    })),
  };
}

function fromUsageDay({ refused, ...day }: UsageDay, revision: number): UsageDayDocument {
  return { ...day, refused: Object.entries(refused).map(([code, count]) => ({ code, count })), revision };
}

function tooLong(): StoreUnavailableError {
  return new StoreUnavailableError('The database did not answer in time.');
}

/** Not primary, stepping down, shutting down, out of time: another attempt later may succeed. */
const unavailableCodes: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 262, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436,
]);

/** These the driver doesn't export as classes, or they say that the client has no connection. */
const unavailableNames: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoServerClosedError',
  'MongoExpiredSessionError',
]);

function isUnavailable(error: unknown): boolean {
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoSystemError) return true;
  if (error instanceof mongoose.Error.MongooseServerSelectionError) return true;
  if (error instanceof mongo.MongoServerError)
    return unavailableCodes.has(error.code) || error.hasErrorLabel('RetryableWriteError');
  return error instanceof Error && (unavailableNames.has(error.name) || 'syscall' in error);
}
