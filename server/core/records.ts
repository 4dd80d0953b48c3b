/**
 * What the store keeps. Times are milliseconds since the Unix epoch. Records are plain data: they never go out as they
 * are (`http/present.ts` names each field that does), and absent facts are null so that both stores keep the same shape.
 */
import { randomBase36 } from '../gate/key-format.ts';
import type { PublicKey } from '../gate/key-format.ts';
import type { GateKey } from '../gate/ports.ts';
import type { CallMode } from '../gate/scope.ts';

export type IdPrefix = 'org' | 'usr' | 'ssn' | 'lnk' | 'key' | 'agt' | 'cnv' | 'knw' | 'msg' | 'atm' | 'evt';

/**
 * `key_` + 9 characters of the time + 16 random ones (82 bits), all base 36, so that the order of ids is the order of
 * creation and a page's cursor is just the last id.
 */
export function createId(prefix: IdPrefix, nowMs: number): string {
  return `${prefix}_${nowMs.toString(36).padStart(9, '0')}${randomBase36(16)}`;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/** What a member may do: viewers read; members also change keys and agents; owners also members and credits. */
export const roles = ['owner', 'member', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** A person in one organization. An organization always keeps an owner. */
export interface Membership {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
  readonly createdAt: number;
}

/** One browser that is signed in. Its cookie carries the id, sealed. */
export interface Session {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const sessionsMax = 20;

/** A person who can sign in, whatever organizations they belong to. */
export interface User {
  readonly id: string;
  /** Trimmed and in lower case; unique. */
  readonly email: string;
  /** `scrypt-kdf` output in base64. */
  readonly passwordHash: string;
  /** Oldest first, at most `sessionsMax`: in the same record, so that a new password ends them in the same change. */
  readonly sessions: readonly Session[];
  readonly createdAt: number;
}

export type UserChange = Partial<Pick<User, 'passwordHash' | 'sessions'>>;

/**
 * A link that lets one person set a password: the first owner (of whatever e-mail they choose), somebody invited into an
 * organization, or somebody who forgot theirs. Only the digest of its token is kept.
 */
export interface SetupLink {
  readonly id: string;
  /** SHA-256 of the token, in hex. */
  readonly tokenDigest: string;
  readonly purpose: 'first_owner' | 'invitation' | 'reset';
  /** Null: the first owner begins an organization; a reset belongs to none. */
  readonly organizationId: string | null;
  /** Null: the first owner says. */
  readonly email: string | null;
  readonly role: Role | null;
  /** A reset works only while the password is the one it was made for. */
  readonly passwordHash: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who changed something: a signed-in person, a key pair, the command line, the demo's page or the server itself. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'command_line' | 'demo' | 'server';
  readonly id: string | null;
  /** As it was called then: an e-mail, a key's name. */
  readonly name: string | null;
}

export type AuditAction =
  | 'key.created'
  | 'key.changed'
  | 'key.rotated'
  | 'key.deleted'
  | 'agent.created'
  | 'agent.changed'
  | 'agent.deleted'
  | 'member.invited'
  | 'member.joined'
  | 'member.changed'
  | 'member.removed'
  | 'invitation.revoked'
  | 'credits.granted';

/** Named facts about a thing, as texts, numbers, lists; never a secret or anything made from one but its hint. */
export type AuditFacts = Readonly<Record<string, unknown>>;

export interface AuditEvent {
  readonly id: string;
  readonly organizationId: string;
  readonly at: number;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: {
    readonly kind: 'key' | 'agent' | 'member' | 'organization';
    readonly id: string;
    readonly name: string;
  };
  /** What was different before; null when there was nothing. */
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
}

export interface Credits {
  readonly granted: number;
  /** Includes what is held for messages that are being answered. */
  readonly spent: number;
}

/** Credits taken for one message whose answer is not stored yet. */
export interface CreditHold {
  /** The attempt's id: nothing is held twice under the same id. */
  readonly id: string;
  readonly amount: number;
  readonly heldAt: number;
  readonly conversationId: string;
  readonly messageId: string;
}

export interface KeyRecord extends GateKey {
  readonly publicKey: PublicKey;
  readonly createdAt: number;
  /** Null: made before makers were recorded. */
  readonly createdBy: Actor | null;
  /** Grows with every change by somebody; not with the key's use. */
  readonly revision: number;
  readonly lastUsedAt: number | null;
  readonly lastUsedOrigin: string | null;
  readonly previousSecretUsedAt: number | null;
  readonly secretSeenInBrowserAt: number | null;
  readonly secretSeenInBrowserOrigin: string | null;
}

/** What an edit or a rotation may change. */
export type KeyChange = Partial<
  Pick<
    KeyRecord,
    | 'name'
    | 'allowedDomains'
    | 'enabled'
    | 'expiresAt'
    | 'scopes'
    | 'rateLimit'
    | 'refuseSecretInBrowser'
    | 'learningUntil'
    | 'secret'
    | 'previousSecret'
    | 'previousSecretUsedAt'
    | 'secretSeenInBrowserAt'
    | 'secretSeenInBrowserOrigin'
  >
>;

export interface AgentRecord {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: 'faq';
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
  readonly creditsPerMessage: number;
  /** Visible to publishable calls. */
  readonly public: boolean;
  /** Changes with the agent's knowledge, so that what is built from it can be remembered under it. */
  readonly knowledgeId: string;
  readonly createdAt: number;
  /** Grows with every change, of the knowledge too. */
  readonly revision: number;
}

export type AgentChange = Partial<
  Pick<
    AgentRecord,
    'name' | 'description' | 'greeting' | 'suggestions' | 'creditsPerMessage' | 'public' | 'knowledgeId'
  >
>;

export interface FaqEntry {
  readonly question: string;
  readonly answer: string;
}

/** What an agent answers from. Kept apart from the agent: a list of agents must not load it. */
export interface AgentKnowledge {
  readonly entries: readonly FaqEntry[];
}

export interface Conversation {
  readonly id: string;
  readonly organizationId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  /** The page that began it; null for secret calls. */
  readonly origin: string | null;
  readonly createdAt: number;
  readonly lastActiveAt: number;
}

/** Turns of one conversation: then another one has to begin. */
export const conversationTurnsMax = 500;

/** One message and its reply. `(conversationId, messageId)` is unique, which is what makes a repeated message safe. */
export interface Turn {
  readonly conversationId: string;
  readonly messageId: string;
  readonly message: string;
  readonly askedAt: number;
  /** Credits that the turn costs. */
  readonly price: number;
  /**
   * asking: an attempt holds the turn until `leaseUntil`. answered: the reply is whole. stopped: the reader left or the
   * agent broke off, the reply is what there was. failed: nothing came and nothing is charged.
   */
  readonly state: 'asking' | 'answered' | 'stopped' | 'failed';
  /** The attempt that may write: a later one takes the turn over, and the earlier one's writes miss. Also its hold's id. */
  readonly attemptId: string;
  readonly leaseUntil: number;
  /** The price is spent for good: another attempt costs nothing more. */
  readonly isCharged: boolean;
  /** How often an agent was asked since it was charged. */
  readonly attempts: number;
  readonly reply: { readonly id: string; readonly text: string; readonly createdAt: number } | null;
}

export type TurnChange = Partial<
  Pick<Turn, 'price' | 'state' | 'attemptId' | 'leaseUntil' | 'isCharged' | 'attempts' | 'reply'>
>;

export interface OriginUsage {
  readonly origin: string;
  readonly accepted: number;
  readonly refused: number;
  readonly lastSeenAt: number;
}

/** One key's figures of one UTC day. */
export interface UsageDay {
  readonly organizationId: string;
  readonly keyId: string;
  /** `2026-11-23` */
  readonly date: string;
  readonly accepted: number;
  /** Refusals by problem code, or `agent_not_found`. */
  readonly refused: Readonly<Record<string, number>>;
  /**
   * The busiest origins that were accepted, then the busiest that only were refused, so many of each at most: what anybody
   * can invent never pushes out what a domain really serves.
   */
  readonly origins: readonly OriginUsage[];
}

/** What a key's uses say about the key itself; the newest wins. */
export interface KeyActivity {
  readonly organizationId: string;
  readonly keyId: string;
  readonly lastUsedAt: number | null;
  readonly lastUsedOrigin: string | null;
  readonly previousSecretUsedAt: number | null;
  readonly secretSeenInBrowserAt: number | null;
  readonly secretSeenInBrowserOrigin: string | null;
}

/** Of those accepted, and of those refused. */
export const busiestOriginsMax = 50;

/**
 * Adds figures to a day (undefined: there are none yet), keeping the busiest origins. Figures may be below zero: a use that
 * was counted as accepted and turned out not to be.
 */
export function addUsage(day: UsageDay | undefined, more: UsageDay): UsageDay {
  const refused: Record<string, number> = { ...day?.refused };
  for (const [code, count] of Object.entries(more.refused)) refused[code] = (refused[code] ?? 0) + count;
  const origins = new Map(day?.origins.map((usage) => [usage.origin, usage]));
  for (const usage of more.origins) {
    const known = origins.get(usage.origin);
    origins.set(usage.origin, {
      origin: usage.origin,
      accepted: Math.max(0, (known?.accepted ?? 0) + usage.accepted),
      refused: (known?.refused ?? 0) + usage.refused,
      lastSeenAt: Math.max(known?.lastSeenAt ?? 0, usage.lastSeenAt),
    });
  }
  const all = [...origins.values()];
  const accepted = all.filter((usage) => usage.accepted > 0).sort((a, b) => b.accepted - a.accepted || newest(a, b));
  const onlyRefused = all.filter((usage) => usage.accepted === 0).sort((a, b) => b.refused - a.refused || newest(a, b));
  return {
    ...more,
    accepted: Math.max(0, (day?.accepted ?? 0) + more.accepted),
    refused,
    origins: [...accepted.slice(0, busiestOriginsMax), ...onlyRefused.slice(0, busiestOriginsMax)],
  };
}

function newest(a: OriginUsage, b: OriginUsage): number {
  return b.lastSeenAt - a.lastSeenAt;
}

/** The part of an activity that is newer than what a key's record says. */
export function newerActivity(
  key: Readonly<Omit<KeyActivity, 'keyId' | 'organizationId'>>,
  seen: KeyActivity,
): Partial<KeyActivity> {
  const isNewer = (before: number | null, now: number | null): boolean => now !== null && now > (before ?? 0);
  return {
    ...(isNewer(key.lastUsedAt, seen.lastUsedAt) && {
      lastUsedAt: seen.lastUsedAt,
      lastUsedOrigin: seen.lastUsedOrigin,
    }),
    ...(isNewer(key.previousSecretUsedAt, seen.previousSecretUsedAt) && {
      previousSecretUsedAt: seen.previousSecretUsedAt,
    }),
    ...(isNewer(key.secretSeenInBrowserAt, seen.secretSeenInBrowserAt) && {
      secretSeenInBrowserAt: seen.secretSeenInBrowserAt,
      secretSeenInBrowserOrigin: seen.secretSeenInBrowserOrigin,
    }),
  };
}
