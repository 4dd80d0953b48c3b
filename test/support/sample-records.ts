/** Whole records with fresh ids, for tests to change what they care about. */
import { createHash } from 'node:crypto';
import { createPublicKey } from '../../server/gate/key-format.ts';
import type { AgentModel, AgentRecord } from '../../server/records/agent.ts';
import type { AuditEvent } from '../../server/records/audit-event.ts';
import { dayMs } from '../../server/gate/clock.ts';
import { bareEntry, type DomainEntry } from '../../server/records/domain-entry.ts';
import type { Conversation } from '../../server/records/conversation.ts';
import type { CreditHold, Receipt } from '../../server/records/credits.ts';
import type { KeyActivity, UsageDay } from '../../server/records/usage-day.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Membership } from '../../server/records/membership.ts';
import type { Organization } from '../../server/records/organization.ts';
import type { Session, User } from '../../server/records/user.ts';
import type { SetupLink } from '../../server/records/setup-link.ts';
import type { Turn } from '../../server/records/turn.ts';
import { createId } from '../../server/records/id.ts';
import type { Delivery, Webhook } from '../../server/records/webhook.ts';

export const sampleTime = Date.UTC(2026, 10, 23, 12);

/** Each a millisecond later, so that ids are in the order of creation. */
let ticks = 0;
function nextTime(): number {
  return sampleTime + ticks++;
}

export function sampleOrganization(): Organization {
  return { id: createId('org', nextTime()), name: 'Example', createdAt: sampleTime, reservedCredits: null };
}

export function sampleUser(change: Partial<User> = {}): User {
  const id = createId('usr', nextTime());
  return {
    id,
    email: `${id}@example.com`,
    passwordHash: 'cGFzc3dvcmQ=',
    sessions: [],
    createdAt: sampleTime,
    ...change,
  };
}

export function sampleSession(change: Partial<Session> = {}): Session {
  return { id: createId('ssn', nextTime()), createdAt: sampleTime, expiresAt: sampleTime + 3_600_000, ...change };
}

/** Each a millisecond later, of a user of its own. */
export function sampleMembership(organizationId: string, change: Partial<Membership> = {}): Membership {
  const createdAt = nextTime();
  return { organizationId, userId: createId('usr', createdAt), role: 'member', createdAt, ...change };
}

/** An invitation. */
export function sampleLink(organizationId: string, change: Partial<SetupLink> = {}): SetupLink {
  const id = createId('lnk', nextTime());
  return {
    id,
    tokenDigest: createHash('sha256').update(id).digest('hex'),
    purpose: 'invitation',
    organizationId,
    email: 'new@example.com',
    role: 'member',
    passwordHash: null,
    createdAt: sampleTime,
    expiresAt: sampleTime + 86_400_000,
    ...change,
  };
}

export function sampleAuditEvent(organizationId: string, change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: createId('evt', nextTime()),
    organizationId,
    at: sampleTime,
    actor: { kind: 'user', id: 'usr_1', name: 'owner@example.com' },
    action: 'key.changed',
    target: { kind: 'key', id: 'key_1', name: 'Shop' },
    before: { enabled: true },
    after: { enabled: false },
    ...change,
  };
}

const sampleDomains: readonly DomainEntry[] = [
  {
    pattern: 'example.com',
    label: 'Our own',
    expiresAt: sampleTime + 36_500 * dayMs,
    addedAt: sampleTime,
    addedBy: { kind: 'user', id: 'usr_1', name: 'ada@example.com' },
    lastMatchedAt: sampleTime,
  },
  bareEntry('*.example.com'),
];

export function sampleKey(organizationId: string, change: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: createId('key', nextTime()),
    organizationId,
    name: 'Shop',
    publicKey: createPublicKey(),
    secret: { hash: 'aGFzaA==', fingerprint: '0011223344556677', digest: 'ZGlnZXN0', hint: 'wxyz' },
    previousSecret: null,
    allowedDomains: ['example.com', '*.example.com'],
    domains: change.allowedDomains?.map(bareEntry) ?? sampleDomains,
    enabled: true,
    expiresAt: null,
    scopes: ['agents:read', 'messages:write'],
    publishableScopes: [],
    notes: '',
    tags: [],
    externalId: null,
    metadata: {},
    rateLimit: null,
    budget: null,
    visitorBudget: null,
    refuseSecretInBrowser: false,
    learningUntil: null,
    createdAt: sampleTime,
    createdBy: { kind: 'user', id: 'usr_1', name: 'owner@example.com' },
    revision: 1,
    lastUsedAt: null,
    lastUsedOrigin: null,
    previousSecretUsedAt: null,
    secretSeenInBrowserAt: null,
    secretSeenInBrowserOrigin: null,
    ...change,
  };
}

export function sampleAgent(organizationId: string, change: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id: createId('agt', nextTime()),
    organizationId,
    kind: 'faq',
    name: 'Help',
    description: 'Answers questions.',
    greeting: 'Hello.',
    suggestions: ['Where is my parcel?'],
    creditsPerMessage: 1,
    public: true,
    knowledgeId: 'knw_1',
    disclosure: true,
    disclosureText: null,
    synonyms: [],
    model: null,
    createdAt: sampleTime,
    revision: 1,
    ...change,
  };
}

export function sampleModel(change: Partial<AgentModel> = {}): AgentModel {
  return {
    upstream: 'openai',
    name: 'gpt-5-mini',
    instructions: 'Answer for the shop.',
    outputTokensMax: 1_000,
    creditsPer1000Tokens: 0.5,
    answersOnlyFromKnowledge: false,
    allowCallerInstructions: false,
    ...change,
  };
}

export function sampleConversation(organizationId: string, change: Partial<Conversation> = {}): Conversation {
  return {
    id: createId('cnv', nextTime()),
    organizationId,
    agentId: 'agt_1',
    keyId: 'key_1',
    mode: 'publishable',
    origin: 'https://shop.example.com',
    createdAt: sampleTime,
    lastActiveAt: sampleTime,
    ...change,
  };
}

export function sampleTurn(conversationId: string, change: Partial<Turn> = {}): Turn {
  return {
    conversationId,
    messageId: createId('msg', nextTime()),
    message: 'Where is my parcel?',
    askedAt: sampleTime,
    price: 1,
    windowId: null,
    state: 'asking',
    attemptId: 'atm_1',
    leaseUntil: sampleTime + 60_000,
    isCharged: false,
    attempts: 1,
    reply: null,
    ...change,
  };
}

export function sampleHold(change: Partial<CreditHold> = {}): CreditHold {
  return {
    id: createId('atm', nextTime()),
    amount: 1,
    windowId: null,
    heldAt: sampleTime,
    conversationId: 'cnv_1',
    messageId: 'msg_1',
    ...change,
  };
}

export function sampleReceipt(organizationId: string, change: Partial<Receipt> = {}): Receipt {
  const id = createHash('sha256').update(createId('atm', nextTime())).digest('hex');
  return { organizationId, id, amount: 1, endsAt: sampleTime + 86_400_000, ...change };
}

/** `letter` makes it another one. */
export function sampleDigestKey(letter: string): string {
  return letter.repeat(43);
}

export function sampleUsageDay(key: KeyRecord, change: Partial<UsageDay> = {}): UsageDay {
  return {
    organizationId: key.organizationId,
    keyId: key.id,
    date: '2026-11-23',
    accepted: 2,
    refused: { origin_not_allowed: 1 },
    origins: [{ origin: 'https://shop.example.com', accepted: 2, refused: 1, lastSeenAt: sampleTime }],
    ...change,
  };
}

export function sampleActivity(key: KeyRecord, change: Partial<KeyActivity> = {}): KeyActivity {
  return {
    organizationId: key.organizationId,
    keyId: key.id,
    lastUsedAt: null,
    lastUsedOrigin: null,
    previousSecretUsedAt: null,
    secretSeenInBrowserAt: null,
    secretSeenInBrowserOrigin: null,
    ...change,
  };
}

export function sampleWebhook(organizationId: string, change: Partial<Webhook> = {}): Webhook {
  return {
    id: createId('whk', nextTime()),
    organizationId,
    url: 'https://receiver.example/hook',
    events: ['key.budget', 'credits.low'],
    enabled: true,
    failingSince: null,
    disabledAt: null,
    secretVersion: 1,
    previousSecretUntil: null,
    createdAt: sampleTime,
    ...change,
  };
}

/** Waiting, and due. */
export function sampleDelivery(change: Pick<Delivery, 'organizationId' | 'webhookId'> & Partial<Delivery>): Delivery {
  return {
    id: createId('dlv', nextTime()),
    event: 'key.budget',
    subject: 'key_1',
    body: '{"type":"key.budget"}',
    createdAt: sampleTime,
    state: 'waiting',
    dueAt: sampleTime,
    attempts: 0,
    lastAttempt: null,
    ...change,
  };
}
