/**
 * The one port to what is kept. Both adapters pass one contract suite. It speaks the domain's records; what a caller can
 * run into is returned ('conflict', 'not_found', undefined), and only a store that can't be reached throws.
 *
 * Every change is one guarded statement on one record (with what indexes it): check and change together, or a change of
 * exactly what was read. An acknowledged change is on disk, and every read that begins after the acknowledgement sees it, in every
 * process.
 */
import type { AgentChange, AgentKnowledge, AgentRecord } from '../records/agent.ts';
import type { AuditAction, AuditEvent } from '../records/audit-event.ts';
import type { Spending, SpendingBound, SpendingLeft } from '../records/budget.ts';
import type { Conversation, ConversationOwner } from '../records/conversation.ts';
import type { CreditHold, Credits } from '../records/credits.ts';
import type { KeyActivity, UsageDay } from '../records/usage-day.ts';
import type { KeyChange, KeyRecord } from '../records/key.ts';
import type { LeftMessage } from '../records/left-message.ts';
import type { Membership, Role } from '../records/membership.ts';
import type { Organization, OwnRetention, PublicOrganization } from '../records/organization.ts';
import type { Session, User, UserChange } from '../records/user.ts';
import type { SetupLink } from '../records/setup-link.ts';
import type { Rating, Turn, TurnChange, TurnReply } from '../records/turn.ts';
import type { Delivery, DeliveryEnding, Notice, Webhook, WebhookChange } from '../records/webhook.ts';
import type { KeptAgent, RecordKey, RecordKind, RecordsByKind } from '../records/record-kinds.ts';

/** The store can't be reached or did not answer in time: answered as 503, never as "no such key". */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** Told when a store stops to do its work, and when it goes on; not about each call. Nothing that it is told has a password in it. */
export interface StoreObserver {
  onAway(reason: string): void;
  /** Once a minute while it stays away. */
  onStillAway(reason: string): void;
  onBack(): void;
}

export interface PageRequest {
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Newest first. What is added while paging comes before the first page, so nothing is listed twice or left out. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export type Created = 'created' | 'conflict';

/** What a change found, and what it made of it: nobody else's change lies between the two. */
export interface Changed<Item> {
  readonly before: Item;
  readonly after: Item;
}

export interface RecordPage<Kind extends RecordKind> {
  readonly records: readonly RecordsByKind[Kind][];
  /** What the next page comes after; null: this is the last one. */
  readonly next: RecordKey | null;
}

export interface UsageBatch {
  readonly days: readonly UsageDay[];
  readonly activities: readonly KeyActivity[];
}

/** The store went away in the middle of a batch. Only `left` may be tried again: the rest of the batch was added. */
export class UsageLeftError extends StoreUnavailableError {
  /** The figures that were not added. */
  readonly left: UsageBatch;

  constructor(left: UsageBatch, cause: unknown) {
    super('Not all figures could be written.', { cause });
    this.left = left;
  }
}

export interface OrganizationStore {
  createOrganization(organization: Organization, creditsGranted: number): Promise<Created>;
  findOrganization(organizationId: string): Promise<Organization | undefined>;
  /** As agents and keys are found: by many visitors at once, and not waiting for a majority. */
  findPublicOrganization(organizationId: string): Promise<PublicOrganization | undefined>;
  changeOrganization(
    organizationId: string,
    change: Partial<Omit<Organization, 'id' | 'createdAt'>>,
  ): Promise<Changed<Organization> | 'not_found'>;
  /** So many of those with a retention of their own, after one (null: from the first), in the order of their ids. */
  listOwnRetentions(after: string | null, limit: number): Promise<readonly OwnRetention[]>;

  /** not_found: there is no such organization. */
  addMember(membership: Membership): Promise<Created | 'not_found'>;
  findMember(organizationId: string, userId: string): Promise<Membership | undefined>;
  /** In the order in which they came. */
  listMembers(organizationId: string): Promise<readonly Membership[]>;
  /** The organizations of a user, in the order of their ids. */
  listMembershipsOf(userId: string): Promise<readonly Membership[]>;
  /** last_owner: nobody else there is an owner, and the change would leave none. */
  changeMember(
    organizationId: string,
    userId: string,
    role: Role,
  ): Promise<Changed<Membership> | 'not_found' | 'last_owner'>;
  removeMember(organizationId: string, userId: string): Promise<'removed' | 'not_found' | 'last_owner'>;
}

export interface UserStore {
  /** A conflict: there is such an id or e-mail already. */
  createUser(user: User): Promise<Created>;
  findUser(userId: string): Promise<User | undefined>;
  findUserByEmail(email: string): Promise<User | undefined>;
  /** Whether anybody can sign in yet. */
  hasUsers(): Promise<boolean>;
  /** Adds a session, dropping the oldest beyond `sessionsMax`, only while the password is the one that was proven. */
  addSession(userId: string, passwordHash: string, session: Session): Promise<'added' | 'not_found' | 'conflict'>;
  endSession(userId: string, sessionId: string): Promise<'ended' | 'not_found'>;
  /** With a guard, changes the user only while the password is that one. */
  changeUser(
    userId: string,
    change: UserChange,
    guard?: { readonly passwordHash: string },
  ): Promise<User | 'not_found' | 'conflict'>;
}

export interface LinkStore {
  /** A conflict: there is such an id or token already. */
  createLink(link: SetupLink): Promise<Created>;
  findLink(tokenDigest: string): Promise<SetupLink | undefined>;
  /** The links into an organization, newest first. */
  listLinks(organizationId: string): Promise<readonly SetupLink[]>;
  deleteLink(linkId: string): Promise<'deleted' | 'not_found'>;
  /** Deletes links that ended before a time; resolves to how many. */
  deleteExpiredLinks(expiredBefore: number): Promise<number>;
}

/** Of audit events; what is undefined admits all. */
export interface AuditFilter {
  /** The id of who did it; without one (the command line) its kind. */
  readonly actor?: string | undefined;
  /** The id of what it was done to. */
  readonly target?: string | undefined;
  readonly actions?: readonly AuditAction[] | undefined;
  /** When its id was made, in milliseconds, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface AuditStore {
  addAuditEvent(event: AuditEvent): Promise<void>;
  /** Newest first. With a filter, a page may have fewer than its limit, or none, and a cursor to go on with. */
  listAudit(organizationId: string, page: PageRequest, filter?: AuditFilter): Promise<Page<AuditEvent>>;
  /** Deletes some of the events from before a time, the oldest first; resolves to how many, 0: there are no more. */
  deleteOldAuditEvents(before: number): Promise<number>;
}

/** What a taking came to. */
export interface Taken {
  readonly credits: Credits;
  /** It was taken before, and nothing now. */
  readonly isRepeated: boolean;
}

/** Under what a taking is known, and until when. `at` is now. */
export interface TakenUnder {
  readonly id: string;
  readonly at: number;
  readonly endsAt: number;
}

export interface CreditStore {
  findCredits(organizationId: string): Promise<Credits | undefined>;
  grantCredits(organizationId: string, amount: number): Promise<Credits | 'not_found'>;
  /**
   * Takes the hold's amount if that much is left in the budget's window, and of the credits within the bound. Holding the same
   * id again changes nothing.
   */
  holdCredits(
    organizationId: string,
    hold: CreditHold,
    bound: SpendingBound,
  ): Promise<Credits | 'exhausted' | 'over_budget' | 'not_found'>;
  /** Gives a hold to another attempt, so that what it took is never up for grabs in between. */
  moveHold(
    organizationId: string,
    from: Pick<CreditHold, 'id' | 'windowId'>,
    toId: string,
    heldAt: number,
  ): Promise<'moved' | 'not_found'>;
  /** Ends a hold: so many of its credits stay spent, the others are given back. A hold that is not there changes nothing. */
  settleHold(
    organizationId: string,
    hold: Pick<CreditHold, 'id' | 'amount' | 'windowId'>,
    kept: number,
  ): Promise<Credits | 'not_found'>;
  /**
   * Takes an amount for good, if that much is left as for a hold. Under a receipt it is taken once until that ends, however many ask at the
   * same time and wherever one of them dies; conflict: another amount was.
   */
  takeCredits(
    organizationId: string,
    amount: number,
    under: TakenUnder | null,
    bound: SpendingBound,
  ): Promise<Taken | 'exhausted' | 'over_budget' | 'not_found' | 'conflict'>;
  /** Deletes some of the receipts that have ended, and finishes takings that died halfway; resolves to how many, 0: no more. */
  sweepReceipts(nowMs: number): Promise<number>;
  /** Holds made before a time, oldest first; on MongoDB also those that are only left in a budget's window. */
  listHolds(heldBefore: number, limit: number): Promise<readonly { organizationId: string; hold: CreditHold }[]>;
  /** What was spent in these windows of an organization's keys; one in which nothing was is left out. */
  listSpendings(organizationId: string, windowIds: readonly string[]): Promise<readonly Spending[]>;
  /** Deletes some of the windows that ended before a time; resolves to how many, 0: no more. */
  deleteEndedSpendings(endedBefore: number): Promise<number>;
}

export interface KeyStore {
  createKey(key: KeyRecord): Promise<Created>;
  /** The look-up of every request: reads the record as it is after this call began. */
  findKeyByPublicKey(publicKey: string): Promise<KeyRecord | undefined>;
  findKey(organizationId: string, keyId: string): Promise<KeyRecord | undefined>;
  listKeys(organizationId: string, page: PageRequest): Promise<Page<KeyRecord>>;
  countKeys(organizationId: string): Promise<number>;
  /** Tags of its keys as they are written, each once, so many at most, in no order. */
  listKeyTags(organizationId: string, limit: number): Promise<readonly string[]>;
  /** Its revision grows by one. With a guard, changes the key only while its current secret, or its revision, is that one. */
  changeKey(
    organizationId: string,
    keyId: string,
    change: KeyChange,
    guard?: { readonly secretHash?: string; readonly revision?: number },
  ): Promise<Changed<KeyRecord> | 'not_found' | 'conflict'>;
  /** Writes a digest beside the current or the previous secret, whichever has that hash; changes nothing when none has. */
  keepSecretDigest(organizationId: string, keyId: string, secretHash: string, digest: string): Promise<void>;
  /** Deletes the key and its usage. */
  deleteKey(organizationId: string, keyId: string): Promise<'deleted' | 'not_found'>;
}

export interface AgentStore {
  createAgent(agent: AgentRecord, knowledge: AgentKnowledge): Promise<Created>;
  findAgent(organizationId: string, agentId: string): Promise<AgentRecord | undefined>;
  findAgentKnowledge(organizationId: string, agentId: string): Promise<AgentKnowledge | undefined>;
  /** Both as they are at one moment. */
  findKeptAgent(organizationId: string, agentId: string): Promise<KeptAgent | undefined>;
  /**
   * Also replaces the knowledge, when one is given, in the same change. The revision grows by one. With a guard, changes
   * the agent only while its revision is that one.
   */
  changeAgent(
    organizationId: string,
    agentId: string,
    change: AgentChange,
    knowledge?: AgentKnowledge,
    guard?: { readonly revision: number },
  ): Promise<Changed<AgentRecord> | 'not_found' | 'conflict'>;
  deleteAgent(organizationId: string, agentId: string): Promise<'deleted' | 'not_found'>;
  listAgents(organizationId: string, page: PageRequest, filter?: { readonly public: true }): Promise<Page<AgentRecord>>;
}

/** Which conversations of an organization were idle for long. */
export interface IdleSince {
  readonly organizationId: string;
  readonly lastActiveBefore: number;
}

export interface ConversationStore {
  createConversation(conversation: Conversation): Promise<Created>;
  findConversation(organizationId: string, conversationId: string): Promise<Conversation | undefined>;
  /**
   * Those that were last active from a time on, or until one (both included), the latest first. One that becomes active while
   * somebody pages comes before the first page.
   */
  listConversations(
    organizationId: string,
    page: PageRequest,
    active?: { readonly from?: number | undefined; readonly to?: number | undefined },
  ): Promise<Page<Conversation>>;
  /** Makes the summary anew from its turns. Undefined when there is no such conversation. */
  sumUpConversation(conversationId: string, nowMs: number): Promise<Conversation | undefined>;
  /** Deletes those of these that the organization has, with their turns; resolves to how many. */
  deleteConversations(organizationId: string, conversationIds: readonly string[]): Promise<number>;
  /**
   * Deletes some of the conversations idle since before a time, with their turns, and leaves those of organizations with a
   * retention of their own to `deleteIdleConversationsOf`; resolves to how many it dealt with, 0: no more.
   */
  deleteIdleConversations(lastActiveBefore: number): Promise<number>;
  /** Deletes some of those that were idle longest, each organization's since before a time of its own; resolves to how many it dealt with, 0: no more. */
  deleteIdleConversationsOf(organizations: readonly IdleSince[]): Promise<number>;
  /** How many of an organization were idle since before a time; counts no further than the limit. */
  countIdleConversations(idle: IdleSince, limit: number): Promise<number>;
  /** Deletes some of those that were idle longest, of an organization that has more than so many; resolves to how many. */
  deleteConversationsBeyond(organizationId: string, kept: number): Promise<number>;

  /**
   * Adds a turn and marks its conversation (not_found when it is gone) as active at `askedAt`. full: it has
   * `conversationTurnsMax`, or on MongoDB a few more that came at once.
   */
  createTurn(turn: Turn): Promise<Created | 'not_found' | 'full'>;
  findTurn(conversationId: string, messageId: string): Promise<Turn | undefined>;
  /** Changes a turn only while the given attempt holds it. */
  changeTurn(
    conversationId: string,
    messageId: string,
    attemptId: string,
    change: TurnChange,
  ): Promise<Turn | 'not_found' | 'conflict'>;
  /**
   * The newest turns of a conversation, in the order in which they were asked; of those before one, when its `messageId` is
   * given (none when there is no such turn).
   */
  listTurns(conversationId: string, limit: number, before?: string): Promise<readonly Turn[]>;
  /** Of the questions that were asked since a time and that an agent had no answer to, the newest, newest first. */
  listUnanswered(agentId: string, askedSince: number, limit: number): Promise<readonly Turn[]>;
  /** Keeps what somebody thinks of a reply, in its turn and in its conversation's summary. Null: nothing any more. */
  rateReply(conversationId: string, replyId: string, rating: Rating | null): Promise<'rated' | 'not_found'>;
  /**
   * Adds a message to those of a conversation, which was active then, and resolves to it; to the one that is there if it is the
   * same. full: it has `leftMessagesMax` others.
   */
  leaveMessage(conversationId: string, message: LeftMessage): Promise<LeftMessage | 'full' | 'not_found'>;
}

/** A message that nobody has answered yet, with the conversation that it is part of. */
export interface TurnBeginning {
  /** What `findLeft` read a moment ago. A store that needs it reads it where it is not given. */
  readonly left?: SpendingLeft | undefined;
  /** As it is made when the message begins it. */
  readonly conversation: Conversation;
  /** The message begins its conversation. It may be there all the same: the same message came before. */
  readonly begins: boolean;
  /** What a conversation that is there must have. Another one is not_found. */
  readonly owned: ConversationOwner;
  /** Being asked. Under its attempt its price is held. */
  readonly turn: Turn;
  readonly bound: SpendingBound;
}

export interface TurnEnding {
  readonly organizationId: string;
  /** As it was begun, or taken over. */
  readonly turn: Turn;
  readonly change: TurnChange;
  /** So much of the held price is spent. An attempt that lost the turn to another one gives all of it back. */
  readonly kept: number;
}

/** What makes an asked turn an answered one. */
export interface TurnAnswer extends Pick<Turn, 'unansweredOf'> {
  readonly state: 'answered';
  readonly isCharged: true;
  readonly reply: TurnReply;
}

/** Why a turn was not begun. */
export type TurnHindrance = { readonly known: Turn } | 'not_found' | 'full' | 'exhausted' | 'over_budget';

/** One message from its question to its reply: one call or two, whatever a store makes of them. */
export interface TurnStore {
  /**
   * What a turn may take, to be read beside its agent. Undefined: there is no such organization, or the store reads it with the
   * turn in no time.
   */
  findLeft(organizationId: string, bound: SpendingBound): Promise<SpendingLeft | undefined>;
  /**
   * Makes the conversation if it is to be made, adds the turn, and holds its price, each in one guarded change and in this
   * order. A turn that is there already is returned as it is. exhausted, over_budget: too few credits are left, or too few in
   * the budget's window, and nothing new was written, or the turn is there as failed.
   */
  beginTurn(beginning: TurnBeginning): Promise<{ readonly credits: Credits; readonly turn?: never } | TurnHindrance>;
  /**
   * Begins a turn and ends it, for an answer that needs no time. `answer` is called after what beginTurn reads first, and before
   * anything is written; then the turn is added answered, and its price is taken. Where there is no answer, nothing is written.
   * When one message comes twice at once, with credits for one, the other may get exhausted or over_budget.
   */
  answerTurn(
    beginning: TurnBeginning,
    answer: () => Promise<TurnAnswer | undefined>,
  ): Promise<{ readonly turn: Turn; readonly credits: Credits } | TurnHindrance | 'no_answer'>;
  /**
   * Changes the turn only while the attempt has it, then ends the hold. conflict: another attempt has it, and nothing is kept.
   * not_found: somebody deleted it meanwhile; it costs what it would have.
   */
  finishTurn(
    ending: TurnEnding,
  ): Promise<{ readonly turn: Turn | 'not_found' | 'conflict'; readonly credits: Credits }>;
}

export interface UsageStore {
  /** Adds figures, those of each day whole or not (UsageLeftError). Statistics of a key that is gone are dropped. */
  addUsage(batch: UsageBatch): Promise<void>;
  /** The days of these keys of one organization from `fromDate` to `toDate` (both included), oldest first. */
  listUsage(
    organizationId: string,
    keyIds: readonly string[],
    fromDate: string,
    toDate: string,
  ): Promise<readonly UsageDay[]>;
}

export interface DigestKeyStore {
  /**
   * The key under which the addresses of a UTC day become digests: this one, or the one that is there already, which all processes
   * get. It is no record, so nothing copies or exports it. 43 characters of base64url. Rejects with a `StoreUnavailableError` while the store
   * is away, with another error where it can't be kept.
   */
  keepDigestKey(date: string, digestKey: string): Promise<string>;
  /** Forgets those of the days before a date, and with them what the digests are of. */
  deleteDigestKeys(beforeDate: string): Promise<void>;
}

export interface WebhookStore {
  createWebhook(webhook: Webhook): Promise<Created>;
  findWebhook(organizationId: string, webhookId: string): Promise<Webhook | undefined>;
  /** Newest first. */
  listWebhooks(organizationId: string): Promise<readonly Webhook[]>;
  /** So many of the organizations that have a webhook, after one (null: from the first), in the order of their ids. */
  listWebhookOrganizations(after: string | null, limit: number): Promise<readonly string[]>;
  /** With a guard, changes it only while its URL is that one; else it counts as not found. */
  changeWebhook(
    organizationId: string,
    webhookId: string,
    change: WebhookChange,
    guard?: { readonly url: string },
  ): Promise<Changed<Webhook> | 'not_found'>;
  /** Deletes it and its messages. */
  deleteWebhook(organizationId: string, webhookId: string): Promise<'deleted' | 'not_found'>;
}

/** How many messages to one webhook are kept. */
interface DeliveryBounds {
  /** Of those that wait; of more the oldest are given up. */
  readonly waiting: number;
  /** Of all; of more the oldest go. */
  readonly kept: number;
}

export interface DeliveryStore {
  /** The notice of that name: this one, or the one that is there and has not ended at this one's `at`. */
  keepNotice(notice: Notice): Promise<Notice>;
  markTold(organizationId: string, name: string): Promise<void>;
  /** Deletes some of the notices that ended before a time; resolves to how many, 0: no more. */
  deleteEndedNotices(endedBefore: number): Promise<number>;

  createDelivery(delivery: Delivery): Promise<Created>;
  findDelivery(webhookId: string, deliveryId: string): Promise<Delivery | undefined>;
  listDeliveries(webhookId: string, page: PageRequest): Promise<Page<Delivery>>;
  /**
   * Takes messages that are due, at most one of each webhook and none of those that are `except`: each gets an attempt more and is due
   * again at `leaseUntil`, unless the attempt is ended before. A message waits while an older one about the same thing does.
   */
  claimDeliveries(
    nowMs: number,
    leaseUntil: number,
    limit: number,
    except: readonly string[],
  ): Promise<readonly Delivery[]>;
  /** Only while the message is still on the attempt that was claimed. The next one about the same thing is then due. */
  endAttempt(claimed: Delivery, ending: DeliveryEnding, nowMs: number): Promise<'ended' | 'conflict'>;
  /** Has a message wait again, whatever came of it, as if it were new. */
  resendDelivery(webhookId: string, deliveryId: string, nowMs: number): Promise<Delivery | 'not_found'>;
  /** Resolves to how many were given up or deleted. */
  boundDeliveries(webhookId: string, bounds: DeliveryBounds): Promise<number>;
  /** Deletes some of the messages from before a time, waiting or not; resolves to how many, 0: no more. */
  deleteOldDeliveries(createdBefore: number): Promise<number>;
}

/** One file for each part, in each adapter. */
export interface Store
  extends
    OrganizationStore,
    UserStore,
    LinkStore,
    AuditStore,
    CreditStore,
    KeyStore,
    AgentStore,
    ConversationStore,
    TurnStore,
    UsageStore,
    DigestKeyStore,
    WebhookStore,
    DeliveryStore {
  /** Resolves when the store answers; throws StoreUnavailableError. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How a whole store is copied. A server never needs it. */
export interface CopyableStore {
  ping(): Promise<void>;
  close(): Promise<void>;
  /** About so many records of a kind after a key (null: from the first), in the order of their keys. */
  exportRecords<Kind extends RecordKind>(kind: Kind, after: RecordKey | null, limit: number): Promise<RecordPage<Kind>>;
  /**
   * Adds records as they are, with everything that finds them; resolves to how many were added. One whose key, or whatever
   * else must be its own, is taken changes nothing, so adding the same again is harmless. A member needs the organization.
   */
  importRecords<Kind extends RecordKind>(kind: Kind, records: readonly RecordsByKind[Kind][]): Promise<number>;
}
