/** Whole records with fresh ids, for tests to change what they care about. */
import { createPublicKey } from '../../server/core/key-format.ts';
import {
  createId,
  type AgentRecord,
  type Conversation,
  type CreditHold,
  type KeyActivity,
  type KeyRecord,
  type Organization,
  type Turn,
  type UsageDay,
} from '../../server/core/records.ts';

export const sampleTime = Date.UTC(2026, 10, 23, 12);

/** Each a millisecond later, so that ids are in the order of creation. */
let ticks = 0;
function nextTime(): number {
  return sampleTime + ticks++;
}

export function sampleOrganization(): Organization {
  return { id: createId('org', nextTime()), name: 'Example', createdAt: sampleTime };
}

export function sampleKey(organizationId: string, change: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: createId('key', nextTime()),
    organizationId,
    name: 'Shop',
    publicKey: createPublicKey(),
    secret: { hash: 'aGFzaA==', fingerprint: '0011223344556677', hint: 'wxyz' },
    previousSecret: null,
    allowedDomains: ['example.com', '*.example.com'],
    enabled: true,
    expiresAt: null,
    scopes: ['agents:read', 'messages:write'],
    rateLimit: null,
    refuseSecretInBrowser: false,
    learningUntil: null,
    createdAt: sampleTime,
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
    createdAt: sampleTime,
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
    heldAt: sampleTime,
    conversationId: 'cnv_1',
    messageId: 'msg_1',
    ...change,
  };
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
