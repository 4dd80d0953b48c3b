/** Records as the server answers them. A test names only what it is about. */
import type {
  Agent,
  AgentWithQuestions,
  AuditEntry,
  ConversationLine,
  Invitation,
  Key,
  KeyDomain,
  Listing,
  Member,
  OrganizationCredits,
  DayEvidence,
  KeyEvidence,
  OriginUsage,
  Session,
  UsageDay,
} from '../../../server/http/wire.ts';

/** The present, in tests that stop the clock. */
export const now = '2026-11-24T12:00:00.000Z';

/** So many milliseconds from the present of a stopped clock. */
export const fromNow = (ms: number): string => new Date(Date.parse(now) + ms).toISOString();

export const secretKey = `sk_${'s'.repeat(64)}`;

export function key(change: Partial<Key> = {}): Key {
  return {
    id: 'key_1',
    name: 'Shop',
    publicKey: 'pk_0123456789abcdefghijklmnopqrstuv',
    secretHint: 'sk_…abcd',
    allowedDomains: ['shop.example'],
    domains: (change.allowedDomains ?? ['shop.example']).map((pattern) => keyDomain({ pattern })),
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
    spent: null,
    refuseSecretInBrowser: false,
    learningUntil: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    createdBy: { kind: 'user', id: 'usr_1', name: 'ada@example.com' },
    revision: 1,
    lastUsedAt: null,
    lastUsedOrigin: null,
    previousSecret: null,
    secretSeenInBrowser: null,
    status: 'enabled',
    ...change,
  };
}

export function keyDomain(change: Partial<KeyDomain> = {}): KeyDomain {
  return {
    pattern: 'shop.example',
    label: null,
    expiresAt: null,
    addedAt: null,
    addedBy: null,
    lastMatchedAt: null,
    ...change,
  };
}

/** What browsers may spend with it in a day, and did since midnight of the stopped clock. */
export const bounded = (credits: number, spent: number): Pick<Key, 'budget' | 'spent'> => ({
  budget: { credits, per: 'day' },
  spent: { credits: spent, since: '2026-11-24T00:00:00.000Z' },
});

/** Keys `key_1` to `key_n`, named `Key 1` to `Key n`. */
export const keys = (count: number, first = 1): readonly Key[] =>
  Array.from({ length: count }, (_, index) => key({ id: `key_${first + index}`, name: `Key ${first + index}` }));

export const listing = <Item>(
  data: readonly Item[],
  nextCursor: string | null = null,
): Listing<Item> & { readonly total: number; readonly tags: readonly string[] } => ({
  data,
  nextCursor,
  total: data.length,
  tags: [],
});

export function agent(change: Partial<Agent> = {}): Agent {
  return {
    id: 'agt_1',
    kind: 'faq',
    model: null,
    name: 'Guide',
    description: '',
    greeting: 'Hello!',
    suggestions: [],
    creditsPerMessage: 1,
    public: true,
    disclosure: true,
    disclosureText: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    revision: 1,
    ...change,
  };
}

export function wholeAgent(change: Partial<AgentWithQuestions> = {}): AgentWithQuestions {
  return {
    ...agent(),
    faq: [{ question: 'When are you open?', aliases: [], answer: 'At nine.' }],
    synonyms: [],
    troubles: [],
    ...change,
  };
}

/** Nothing is kept back unless the test says so. */
export const someCredits = (
  granted: number,
  spent = 0,
  change: Partial<OrganizationCredits> = {},
): OrganizationCredits => ({
  granted,
  spent,
  reserved: 0,
  reservedCredits: 0,
  ...change,
});

export const session = (change: Partial<Session> = {}): Session => ({
  user: { id: 'usr_1', email: 'ada@example.com' },
  organizations: [{ id: 'org_1', name: 'Acme', role: 'owner' }],
  ...change,
});

export function member(change: Partial<Member> = {}): Member {
  return {
    userId: 'usr_1',
    email: 'ada@example.com',
    role: 'owner',
    createdAt: '2026-11-01T00:00:00.000Z',
    ...change,
  };
}

export function invitation(change: Partial<Invitation> = {}): Invitation {
  return {
    id: 'lnk_1',
    email: 'new@example.com',
    role: 'member',
    createdAt: '2026-11-20T00:00:00.000Z',
    expiresAt: '2026-11-27T00:00:00.000Z',
    ...change,
  };
}

export function auditEntry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: 'evt_1',
    at: '2026-11-24T10:00:00.000Z',
    actor: { kind: 'user', id: 'usr_2', name: 'grace@example.com' },
    action: 'key.changed',
    target: { kind: 'key', id: 'key_1', name: 'Shop' },
    before: null,
    after: null,
    ...change,
  };
}

export function conversation(change: Partial<ConversationLine> = {}): ConversationLine {
  return {
    id: 'cnv_1',
    agentId: 'agt_1',
    keyId: 'key_1',
    mode: 'publishable',
    origin: 'https://shop.example',
    startedAt: '2026-11-24T10:00:00.000Z',
    lastActiveAt: '2026-11-24T10:05:00.000Z',
    turns: 2,
    firstQuestion: 'When are you open?',
    outcome: 'answered',
    rating: null,
    contact: false,
    ...change,
  };
}

export function originUsage(origin: string, change: Partial<OriginUsage> = {}): OriginUsage {
  return { origin, accepted: 5, refused: 0, lastSeenAt: '2026-11-24T11:00:00.000Z', allowed: true, ...change };
}

/** Nothing counted on any day, unless it is said. */
export function evidence(change: Partial<KeyEvidence> = {}): KeyEvidence {
  return {
    calls: 0,
    withoutBrowserHeaders: 0,
    addressedCalls: 0,
    mostScripted: null,
    days: [dayEvidence(), dayEvidence({ date: '2026-11-23' })],
    ...change,
  };
}

/** Today of a stopped clock. */
export function dayEvidence(change: Partial<DayEvidence> = {}): DayEvidence {
  return { date: '2026-11-24', calls: 0, withoutBrowserHeaders: 0, addressedCalls: 0, groups: [], ...change };
}

/** The last days of a stopped clock, oldest first: `[accepted, refused]` each. */
export function days(...figures: readonly (readonly [number, number])[]): readonly UsageDay[] {
  return figures.map(([accepted, refused], index) => ({
    date: fromNow((index + 1 - figures.length) * 86_400_000).slice(0, 10),
    accepted,
    refused: refused === 0 ? {} : { origin_not_allowed: refused },
  }));
}
