/**
 * No allowed request holds the event loop for long, at any address: each route of the app is asked with the longest headers,
 * queries and paths, and the largest bodies, in an organization that is as large as it can be.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastDates } from '../../server/usage/report.ts';
import { heldMsMax, longestHoldMs } from '../support/longest-hold.ts';
import { createMember, type Member } from '../support/people.ts';
import { send } from '../support/requests.ts';
import { listRoutes } from '../support/route-list.ts';
import { sampleAuditEvent, sampleKey, sampleTurn, sampleUsageDay } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const bodyBytes = 64 * 1024 - 1_000;
const faqBytes = 1024 * 1024 - 1_000;
const headerBytes = 14_000;
const minuteMs = 60_000;

const filled = (piece: string, bytes: number): string => piece.repeat(Math.floor(bytes / Buffer.byteLength(piece)));
const fill = <Value>(value: Value, bytes = bodyBytes): Value[] =>
  Array<Value>(Math.floor(bytes / (JSON.stringify(value).length + 1))).fill(value);

const keyCount = 100;
const label = 'a'.repeat(55);
/** As many domains as a key may have, each as long as it may be. */
const longDomains = Array.from({ length: 100 }, (_, index) => `h${index}.${label}.${label}.${label}.${label}.example`);

let server: TestServer;
let owner: Member;
let key: TestKey;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer({ environment: { DEMO: 'on', TRUST_PROXY: '1' } });
  const organizationId = await server.createOrganization(1_000_000);
  owner = await createMember(server, organizationId, 'owner');
  key = await server.createKey(organizationId, {
    allowedDomains: longDomains,
    scopes: ['agents:read', 'messages:write', 'keys:verify', 'usage:read', 'keys:manage'],
    budget: null,
    visitorBudget: null,
  });
  const { store, clock } = server;
  const faq = Array.from({ length: 2_000 }, (_, index) => ({
    question: `Question ${index}`,
    answer: filled('shipping costs ', faqBytes / 2_000 - 80),
  }));
  const agent = await server.createAgent(organizationId, { faq });
  for (let index = 1; index < 100; index++) await server.createAgent(organizationId);
  // Half of them were only refused: so many of each kind are kept.
  const origins = longDomains.map((domain, index) => ({
    origin: `https://${domain}`,
    accepted: index % 2,
    refused: 1,
    lastSeenAt: clock(),
  }));
  const refused = { origin_not_allowed: 5, rate_limited: 5, key_disabled: 5, scope_missing: 5, origin_missing: 5 };
  const keys = [
    key.record,
    ...Array.from({ length: keyCount - 1 }, () => sampleKey(organizationId, { allowedDomains: longDomains })),
  ];
  for (const each of keys) {
    if (each !== key.record) await store.createKey(each);
    const days = lastDates(90, clock()).map((date) => sampleUsageDay(each, { date, refused, origins }));
    await store.addUsage({ days, activities: [] });
  }
  for (let index = 0; index < 100; index++) {
    const facts = { allowedDomains: longDomains };
    await store.addAuditEvent(sampleAuditEvent(organizationId, { before: facts, after: facts }));
  }
  const path = `/api/v1/agents/${agent.id}/messages`;
  const begun = await send(server, path, { body: { message: 'hi' }, headers: key.asSecret });
  const { conversationId } = begun.json() as { conversationId: string };
  for (let index = 0; index < 110; index++) {
    const reply = { id: `msg_${index}`, text: '運'.repeat(10_000), createdAt: clock() };
    const turn = { messageId: crypto.randomUUID(), message: '運'.repeat(4_000), askedAt: clock() + index, reply };
    await store.createTurn(sampleTurn(conversationId, turn));
  }
  const userId = owner.user.id;
  ids = { organizationId, keyId: key.id, agentId: agent.id, conversationId, userId };
}, 300_000);
afterAll(() => server.stop());

/** `{*path}` stands for any rest. */
const fillIn = (path: string): string =>
  path.replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? 'x').replace(/\{\*\w+\}/, 'x');

const routes = listRoutes().flatMap(({ path, methods }) => methods.map((method) => ({ method, path })));
const files = ['/widget/0/x.js', '/dashboard/assets/x.js', '/demo/assets/x.js'].map((path) => ({
  method: 'GET',
  path,
}));

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As whoever may do it. */
function ask({ method, path, body, headers }: Asked) {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const more = { method, ...(body !== undefined && { body }) };
  if (headers !== undefined) return send(server, path, { ...more, headers });
  if (path.startsWith('/api/v1/')) return send(server, path, { ...more, headers: { ...key.asSecret, ...type } });
  return owner.send(path, { ...more, headers: type });
}

async function expectQuick(asked: Asked, name: string, prepare?: () => void): Promise<void> {
  let status = 0;
  const ms = await longestHoldMs(async () => (status = (await ask(asked)).status), {
    prepare: () => Promise.resolve(prepare?.()),
  });
  expect([asked.method, asked.path.slice(0, 120), name, ms < heldMsMax || ms, status === 500]).toEqual([
    asked.method,
    asked.path.slice(0, 120),
    name,
    true,
    false,
  ]);
}

test('the list is whole', () => {
  expect(routes.length).toBeGreaterThan(45);
});

const queries = [
  'limit=100&days=90',
  'days=90',
  'everywhere=no',
  `cursor=${filled('a', headerBytes)}`,
  `cursor=${filled('%41', headerBytes)}`,
  `limit=${filled('1', headerBytes)}&days=${'1'.repeat(100)}`,
  `before=${filled('0', headerBytes)}`,
  `key=${filled('k', headerBytes)}`,
  filled('limit=1&', headerBytes),
  filled('a&', headerBytes),
  filled('&', headerBytes),
  filled('%', headerBytes),
  filled('a[', headerBytes),
];

test('reads, of all that there is and with the longest queries', { timeout: 240_000 }, async () => {
  for (const { method, path } of [...routes, ...files]) {
    if (method !== 'GET') continue;
    for (const query of ['', ...queries])
      await expectQuick({ method, path: `${fillIn(path)}${query && '?'}${query}` }, query.slice(0, 40));
  }
});

test('the longest paths', { timeout: 120_000 }, async () => {
  const pieces = ['a', '%25', '%41', '%', 'a/', '../', '//', 'pk_', "'"];
  for (const { method, path } of [...routes, ...files]) {
    const [, start = ''] = /^(.*?)(?::|\{|$)/.exec(path) ?? [];
    for (const piece of pieces)
      await expectQuick({ method, path: `${start}/${filled(piece, headerBytes)}`.replace('//', '/') }, piece);
  }
});

const headers: readonly (readonly [string, string])[] = [
  ['cookie', filled('a=1; ', headerBytes)],
  ['cookie', filled('postern=%41; ', headerBytes)],
  ['cookie', filled(';', headerBytes)],
  ['authorization', `Bearer ${filled('pk_', headerBytes)}`],
  ['authorization', `Bearer${filled(' ', headerBytes)}x`],
  ['origin', `https://${filled('a.', headerBytes)}`],
  ['origin', `https://${filled('xn--a.', headerBytes)}`],
  ['origin', filled('[', headerBytes)],
  ['x-forwarded-for', filled('1.1.1.1, ', headerBytes)],
  ['x-forwarded-for', filled('[::', headerBytes)],
  ['x-forwarded-host', filled('a.', headerBytes)],
  ['content-type', `application/json${filled(';a="\\"', headerBytes)}`],
  ['accept', filled('a/b;q=0.1,', headerBytes)],
  ['accept-encoding', filled('gzip;q=0,', headerBytes)],
  ['if-none-match', filled('W/"a",', headerBytes)],
  ['range', `bytes=${filled('0-1,', headerBytes)}`],
  ['access-control-request-headers', filled('a,', headerBytes)],
  ['user-agent', filled('(;', headerBytes)],
];

/** So that the flood is not all that there is, and the call gets through where it can. */
function withFlood(method: string, path: string, name: string, value: string): Readonly<Record<string, string>> {
  const own = [...owner.cookies].map(([cookie, sealed]) => `${cookie}=${sealed}`).join('; ');
  const usual = path.startsWith('/api/v1/') ? key.asSecret : { cookie: own };
  const origin = method === 'GET' || path.startsWith('/api/v1/') ? {} : { origin: server.publicOrigin };
  return { ...usual, ...origin, [name]: name === 'cookie' ? `${value}; ${own}` : value };
}

test('the longest headers', { timeout: 240_000 }, async () => {
  for (const { method, path } of [...routes, ...files]) {
    const isBare = { method, path: fillIn(path) };
    for (const [name, value] of headers) {
      // What deletes something may not come through.
      const asked = method === 'DELETE' ? { ...isBare, path: isBare.path.replace(/.$/, '_') } : isBare;
      const flooded = withFlood(method, path, name, value);
      await expectQuick({ ...asked, headers: flooded }, `${name}: ${value.slice(0, 30)}`);
    }
  }
});

/** Bodies that are hard whatever the route expects. */
const anywhere: readonly (readonly [string, () => string])[] = [
  ['arrays in arrays', () => '['.repeat(bodyBytes / 2) + ']'.repeat(bodyBytes / 2)],
  ['objects in objects', () => `${'{"a":'.repeat(bodyBytes / 6)}1${'}'.repeat(bodyBytes / 6)}`],
  ['unknown fields', () => `{${Array.from({ length: 5_500 }, (_, index) => `"f${index}":1`).join(',')}}`],
  ['one long name', () => JSON.stringify({ [filled('pk_', bodyBytes)]: 1 })],
  ['a long list', () => JSON.stringify(fill(1))],
];

/** Each route that reads a body: the fields of a good one, full of a text. */
const bodies: Readonly<Record<string, (text: string) => readonly object[]>> = {
  'POST /api/v1/agents/:agentId/messages': (text) => [{ message: text }, { message: text.slice(0, 4_000) }],
  'POST /api/v1/chat/completions': (text) => [
    { model: text, messages: fill({ role: 'user', content: text.slice(0, 100) }) },
    { model: 'agt_none', messages: [{ role: 'user', content: text }] },
    { model: 'agt_none', messages: [{ role: 'user', content: fill({ type: 'text', text: text.slice(0, 10) }) }] },
  ],
  'POST /api/v1/agents/:agentId/ui-messages': (text) => [
    { id: text, messages: fill({ role: 'user', parts: [{ type: text.slice(0, 100) }] }) },
    { id: 'x', messages: [{ role: 'user', parts: fill({ type: 'text', text: text.slice(0, 10) }) }] },
  ],
  'PUT /api/v1/conversations/:conversationId/messages/:replyId/rating': (text) => [{ rating: text }, { rating: 1 }],
  'POST /api/v1/agents/:agentId/contact': (text) => [
    { name: text, email: text, text, consent: true },
    { email: `${text.slice(0, 200)}@example.com`, text: text.slice(0, 4_000), consent: true },
  ],
  'POST /api/v1/conversations/:conversationId/contact': (text) => [
    { name: text, email: text, text, consent: true },
    { email: `${text.slice(0, 200)}@example.com`, text: text.slice(0, 4_000), consent: true },
  ],
  'POST /api/v1/keys/verify': (text) => [{ credential: text, origin: text }],
  'POST /api/session': (text) => [
    { email: text, password: text },
    { email: text.slice(0, 254), password: text.slice(0, 1_000) },
  ],
  'PUT /api/session/password': (text) => [
    { currentPassword: text, newPassword: text },
    { currentPassword: text.slice(0, 1_000), newPassword: text.slice(0, 200) },
  ],
  'POST /api/setup/preview': (text) => [{ token: text }, { token: text.slice(0, 200) }],
  'POST /api/setup/forgotten': (text) => [
    { email: text },
    { email: `${text.slice(0, 240)}@example.com` },
    { email: `${'+'.repeat(200)}@a.example` },
  ],
  'POST /api/setup': (text) => [
    { token: text, password: text, email: text, organizationName: text },
    { token: text.slice(0, 200), password: text.slice(0, 200) },
    { token: 'x', password: 'long enough to pass', email: text.slice(0, 254), organizationName: text.slice(0, 100) },
  ],
  'POST /api/org/:organizationId/api-keys': (text) => [
    { name: text, allowedDomains: text.slice(0, 40_000) },
    { name: 'x', allowedDomains: fill(text.slice(0, 300)), scopes: fill('agents:read', 9_000), expiresAt: text },
    { name: 'x', allowedDomains: longDomains },
    { name: 'x', notes: text, tags: fill(text.slice(0, 30)) },
  ],
  'PATCH /api/org/:organizationId/api-keys/:keyId': (text) => [
    { allowedDomains: text.slice(0, 40_000) },
    { addDomains: fill(text.slice(0, 300), 30_000), removeDomains: fill(text.slice(0, 300), 30_000) },
    { name: text, expiresAt: text, learningUntil: text, rateLimit: { requests: text } },
    { allowedDomains: ['other.example'] },
    { allowedDomains: longDomains, revision: 0 },
  ],
  'POST /api/org/:organizationId/api-keys/:keyId/rotate': (text) => [{ graceSeconds: text }, { graceSeconds: 60 }],
  'POST /api/org/:organizationId/api-keys/:keyId/domains/preview': (text) => [
    { allowedDomains: text.slice(0, 40_000) },
    { allowedDomains: fill(text.slice(0, 300)) },
    { allowedDomains: longDomains },
    { allowedDomains: ['other.example'] },
  ],
  'POST /api/org/:organizationId/agents': (text) => [
    { name: text.slice(0, 200), description: text, greeting: text, faq: text, suggestions: fill(text.slice(0, 100)) },
    { name: 'x', faq: [{ question: text, answer: text }] },
    {
      name: 'x',
      faq: [{ question: text, aliases: fill(text.slice(0, 300)), answer: 'x' }],
      synonyms: [fill(text.slice(0, 40))],
    },
  ],
  'PATCH /api/org/:organizationId/agents/:agentId': (text) => [
    { description: text, greeting: text, faq: text, suggestions: fill(text.slice(0, 100)) },
    { faq: filled('# a\nb\n', faqBytes * 0.7) },
    { faq: `# a\n\n${filled('Also asked: b\n', faqBytes * 0.7)}` },
    { synonyms: fill([text.slice(0, 40), 'x']) },
    { description: text.slice(0, 500), revision: 0 },
  ],
  'POST /api/org/:organizationId/check-page': (text) => [
    { url: text },
    { url: `http://127.0.0.1:1/${text.slice(0, 1_900)}` },
  ],
  'POST /api/org/:organizationId/agents/:agentId/preview': (text) => [
    { message: text },
    { message: text.slice(0, 4_000) },
  ],
  'POST /api/org/:organizationId/agents/:agentId/faq': (text) => [
    { question: text, answer: text },
    { question: text.slice(0, 300), answer: text.slice(0, 10_000) },
    { question: 'x', answer: 'x', aliases: fill(text.slice(0, 300)) },
  ],
  'POST /api/org/:organizationId/members': (text) => [
    { email: `${text.slice(0, 30_000)}@example.com`, role: 'member' },
    { email: `${text.slice(0, 200)}@example.com`, role: text },
  ],
  'PATCH /api/org/:organizationId/members/:userId': (text) => [{ role: text }],
  'POST /api/org/:organizationId/conversations/delete': (text) => [
    { ids: fill(`cnv_${text.slice(0, 20)}`) },
    { ids: [text] },
  ],
  'POST /api/org/:organizationId/webhooks': (text) => [
    { url: text, events: fill(text.slice(0, 300)) },
    { url: `https://hooks.example/${text.slice(0, 1_900)}`, events: fill('key.budget', 9_000) },
  ],
  'PATCH /api/org/:organizationId/webhooks/:webhookId': (text) => [
    { url: `https://${text}`.slice(0, 2_000), events: [text] },
    { enabled: text },
  ],
  'POST /api/org/:organizationId/webhooks/:webhookId/test': (text) => [{ text }],
  'POST /api/org/:organizationId/webhooks/:webhookId/deliveries/:deliveryId/retry': (text) => [{ text }],
  'POST /api/org/:organizationId/credits': (text) => [{ grant: text }],
  'PATCH /api/org/:organizationId/credits': (text) => [{ reservedCredits: text }],
  'PATCH /api/org/:organizationId/settings': (text) => [
    { name: text, contact: { text, email: text, url: text, phone: text }, privacyUrl: text },
    { name: text.slice(0, 100), contact: { url: `https://${text}`.slice(0, 2_000) } },
  ],
  'POST /api/organizations': (text) => [{ name: text }, { name: text.slice(0, 100) }],
  'PUT /demo/api/domains': (text) => [
    { allowedDomains: text.slice(0, 40_000) },
    { allowedDomains: fill(text.slice(0, 300)) },
  ],
  'POST /demo/api/explain': (text) => [
    { origins: fill(text) },
    { origins: Array<string>(24).fill(text.slice(0, 300)) },
    { origins: Array<string>(24).fill(`https://${text}`.slice(0, 300)) },
  ],
  'POST /demo/api/call': (text) => [
    { origin: text, credentials: text },
    { origin: `https://${text}`.slice(0, 300), credentials: 'publishable' },
  ],
  'POST /demo/api/stolen-key': (text) => [{ calls: text }],
};

const writing = routes.filter(({ method }) => method !== 'GET' && method !== 'DELETE');
const texts = ['!,', 'a.example,', 'a.', '*.', ' ', '\u2028#', '# ', 'pk_0000000000000000', '例え。', '@a.', '\u202E'];

test('every route that reads a body is in the table of bodies', () => {
  expect(writing.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(bodies).sort());
});

test('the largest bodies', { timeout: 240_000 }, async () => {
  const pass = (): void => server.clock.advance(minuteMs);
  for (const { method, path } of writing) {
    const where = { method, path: fillIn(path) };
    for (const [name, make] of anywhere) await expectQuick({ ...where, body: make() }, name, pass);
    for (const text of texts)
      for (const [index, body] of bodies[`${method} ${path}`]!(filled(text, bodyBytes / 3)).entries())
        await expectQuick({ ...where, body }, `${text} ${index}`, pass);
  }
});
