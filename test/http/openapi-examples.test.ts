/**
 * Every example of the OpenAPI document is what the server answers: this makes the calls, in one story, and compares with what is
 * recorded. After a change of an answer: `npx vitest run test/http/openapi-examples.test.ts -u`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problems } from '../../server/gate/problem.ts';
import { readDocument } from '../support/openapi.ts';
import { createMember, everybodysPassword, openBrowser, openClient, type Caller } from '../support/people.ts';
import { pathInRepository } from '../support/repository.ts';
import { sampleDelivery } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Call {
  readonly body?: object;
  readonly query?: string;
  readonly ids?: Readonly<Record<string, string>>;
}

interface Example {
  readonly operation: string;
  readonly summary: string;
  readonly request?: object;
  readonly status: number;
  readonly answer?: object;
}

const file = pathInRepository('server/http/openapi/examples.json');
const folder = mkdtempSync(join(tmpdir(), 'postern-examples-'));
const document = readDocument();
const places = new Map(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, { path, method }] as const),
  ),
);

let server: TestServer;
const recorded: Example[] = [];
beforeAll(async () => {
  const upstreams = join(folder, 'upstreams.json');
  writeFileSync(
    upstreams,
    JSON.stringify([{ name: 'ollama', baseUrl: 'http://localhost:11434/v1', models: ['llama3.2'] }]),
  );
  server = await startTestServer({ environment: { RATE_LIMIT_PER_KEY_IP: '3/60', AGENT_UPSTREAMS: upstreams } });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** What is made anew each time: the same for the same thing, in the order in which they were met. */
const stand = new Map<string, string>();
function standIn(kind: string, found: string): string {
  const others = [...stand.values()].filter((name) => name.startsWith(`${kind}_`)).length;
  const name = stand.get(found) ?? `${kind}_${String(others + 1).padStart(4, '0')}`;
  stand.set(found, name);
  return name;
}

/** The server makes the others. */
const sentMessageIds = ['0e6f2a34-5b1c-4d7e-8f90-a1b2c3d4e5f6', '7c1d9b40-23a4-4c6e-9b1f-5d0e8a7f6c32'];

function withoutChance(value: object): object {
  const text = JSON.stringify(value)
    .replaceAll(/\b([a-z]{3})_[0-9a-z]{20,40}\b/g, (found, kind: string) => standIn(kind, found))
    .replaceAll(/\bpk_[0-9a-z]{32}\b/g, 'pk_…')
    .replaceAll(/\bsk_[0-9a-z]{64}\b/g, 'sk_…')
    .replaceAll(/\bwhsec_[\w+/]{43}=/g, 'whsec_…')
    .replaceAll(/"secretHint":"[^"]+"/g, '"secretHint":"sk_…k3f9"')
    .replaceAll(/"requestId":"[^"]+"/g, '"requestId":"req_0001"')
    .replaceAll(/"messageId":"([^"]+)"/g, (found, id: string) =>
      sentMessageIds.includes(id) ? found : '"messageId":"3c9d1e70-7a42-4f0b-9b6e-d4c3b2a1f0e9"',
    )
    .replaceAll(/(\/setup#token=)[\w-]+/g, '$1…')
    .replaceAll(/\{"id":"[\w-]{12}","calls"/g, '{"id":"q7VxN0c2-hJk","calls"')
    .replaceAll(/"token":"[^"]+"/g, '"token":"…"')
    .replaceAll(server.publicOrigin, 'https://postern.example');
  return JSON.parse(text) as object;
}

/** Makes the call and records it; the answer as it came. */
async function call(
  operation: string,
  summary: string,
  status: number,
  caller: Caller,
  { body, query = '', ids = {} }: Call = {},
): Promise<Record<string, unknown>> {
  const place = places.get(operation);
  if (place === undefined) throw new Error(`There is no operation ${operation}.`);
  // So that what is newer comes first.
  server.clock.advance(1_000);
  const path = place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'none') + query;
  const reply = await caller.send(path, { method: place.method.toUpperCase(), ...(body && { body }) });
  expect([operation, reply.status, reply.status === status ? '' : reply.text]).toEqual([operation, status, '']);
  const answer = reply.text === '' ? undefined : reply.json();
  recorded.push({
    operation,
    summary,
    ...(body && { request: withoutChance(body) }),
    status,
    ...(answer && { answer: withoutChance(answer) }),
  });
  return answer ?? {};
}

test('every example is what the server answers', async () => {
  const organizationId = await server.createOrganization(20);
  const owner = await createMember(server, organizationId, 'owner', { email: 'owner@example.com' });
  const of = { organizationId };

  // Keys.
  const created = await call('createKey', 'A key for a site', 201, owner, {
    ids: of,
    body: {
      name: 'Shop',
      allowedDomains: 'shop.example, *.shop.example',
      tags: ['production'],
      externalId: 'customer-42',
    },
  });
  await call('createKey', 'A domain that is none', 400, owner, {
    ids: of,
    body: { name: 'Shop', allowedDomains: '*.com' },
  });
  const key = created.key as { readonly id: string; readonly publicKey: string };
  const page = openClient(server, { authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example' });
  const pair = openClient(server, { authorization: `Bearer ${key.publicKey}:${created.secretKey as string}` });
  const ofKey = { ...of, keyId: key.id };
  await call('listKeys', 'One key', 200, owner, { ids: of });
  await call('getKey', 'The key', 200, owner, { ids: ofKey });
  await call('getKey', 'No such key', 404, owner, { ids: of });
  await call('changeKey', 'A limit of its own', 200, owner, {
    ids: ofKey,
    body: { rateLimit: { requests: 600, windowSeconds: 60 }, revision: 1 },
  });
  await call('changeKey', 'Somebody else was faster', 409, owner, {
    ids: ofKey,
    body: { name: 'Our shop', revision: 1 },
  });
  await call('previewDomains', 'One that means something, and one that does not', 200, owner, {
    ids: ofKey,
    body: { allowedDomains: ['Shop.Example', 'https://'] },
  });

  // Webhooks.
  const hook = await call('createWebhook', 'Two events to a receiver', 201, owner, {
    ids: of,
    body: { url: 'https://hooks.example/postern', events: ['key.budget', 'credits.low'] },
  });
  const webhookId = (hook.webhook as { readonly id: string }).id;
  const ofHook = { ...of, webhookId };
  await call('listWebhooks', 'One webhook', 200, owner, { ids: of });
  await call('changeWebhook', 'Switched off, with a new secret', 200, owner, {
    ids: ofHook,
    body: { enabled: false, rotateSecret: true },
  });
  const lastAttempt = { at: server.clock(), durationMs: 84, status: 204, failure: null, answer: '' };
  const delivery = sampleDelivery({
    ...of,
    webhookId,
    body: '{"type":"credits.low","timestamp":"2026-11-23T12:00:00.000Z","data":{"percent":20,"left":200}}',
    event: 'credits.low',
    state: 'delivered',
    attempts: 1,
    lastAttempt,
  });
  await server.store.createDelivery(delivery);
  await call('listDeliveries', 'One that was taken', 200, owner, { ids: ofHook });
  await call('testWebhook', 'On its way', 202, owner, { ids: ofHook });
  await call('retryDelivery', 'On its way again', 202, owner, { ids: { ...ofHook, deliveryId: delivery.id } });
  await call('deleteWebhook', 'Gone', 204, owner, { ids: ofHook });

  // The organization itself.
  await call('createOrganization', 'A second one', 201, owner, { body: { name: 'Blog' } });
  await call('getSettings', 'What it is called', 200, owner, { ids: of });
  await call('changeSettings', 'Another name', 200, owner, { ids: of, body: { name: 'Our shop' } });
  await call('changeSettings', 'Where visitors turn to', 200, owner, {
    ids: of,
    body: {
      contact: { text: 'We answer on weekdays.', email: 'help@example.com', leaveMessage: true },
      privacyUrl: 'https://example.com/privacy',
    },
  });

  // Agents and chat.
  const faq = [{ question: 'When do you open?', answer: 'We open at nine.' }];
  const agent = await call('createAgent', 'A FAQ', 201, owner, {
    ids: of,
    body: { name: 'Help', greeting: 'Hello!', suggestions: ['When do you open?'], public: true, faq },
  });
  const ofAgent = { ...of, agentId: String(agent.id) };
  await call('listUpstreams', 'One with one model', 200, owner, { ids: of });
  await call('listOwnAgents', 'One agent', 200, owner, { ids: of });
  await call('getOwnAgent', 'With its questions', 200, owner, { ids: ofAgent });
  await call('changeAgent', 'A dearer message', 200, owner, { ids: ofAgent, body: { creditsPerMessage: 2 } });
  await call('changeAgent', 'Somebody else was faster', 409, owner, {
    ids: ofAgent,
    body: { name: 'Helper', revision: 1 },
  });
  await call('previewAgent', 'Asked without a key', 200, owner, {
    ids: ofAgent,
    body: { message: 'When do you open?' },
  });
  await call('checkPage', 'Nobody answers there', 200, owner, { ids: of, body: { url: 'http://127.0.0.1:1/' } });
  await call('listAgents', 'As a page sees them', 200, page);
  await call('getAgent', 'As a page sees it', 200, page, { ids: ofAgent, query: '?widget=0.1.0' });
  const sent = await call('sendMessage', 'A page that begins a conversation', 200, page, {
    ids: ofAgent,
    body: { message: 'When do you open?', messageId: sentMessageIds[0] },
  });
  await call('listAgents', 'An address that asks too often', 429, page);
  const elsewhere = openClient(server, { authorization: `Bearer ${key.publicKey}`, origin: 'https://evil.example' });
  await call('listAgents', 'A page that may not', 403, elsewhere);
  await call('listAgents', 'No credentials', 401, openClient(server, {}));
  await call('sendMessage', 'With the pair, in the same conversation', 200, pair, {
    ids: ofAgent,
    body: {
      message: 'And on Sunday?',
      conversationId: sent.conversationId,
      messageId: sentMessageIds[1],
    },
  });
  await call('sendMessage', 'Nothing to say', 400, pair, { ids: ofAgent, body: { message: '' } });
  const asked = { model: ofAgent.agentId, messages: [{ role: 'user', content: 'When do you open?' }] };
  await call('listModels', 'The agents', 200, pair);
  await call('listModels', 'From a page that may not', 403, elsewhere);
  await call('createChatCompletion', 'One question', 200, pair, { body: asked });
  await call('createChatCompletion', 'With tools', 400, pair, {
    body: { ...asked, tools: [{ type: 'function', function: { name: 'weather' } }] },
  });
  await call('getConversation', 'Both messages', 200, pair, { ids: { conversationId: String(sent.conversationId) } });
  await call('getConversation', 'No such conversation', 404, pair);
  const ofConversation = { ...of, conversationId: String(sent.conversationId) };
  const { id: replyId } = sent.reply as { readonly id: string };
  await call('rateReply', 'Helpful', 204, pair, { ids: { ...ofConversation, replyId }, body: { rating: 1 } });
  const message = { name: 'Ada', email: 'ada@example.com', text: 'Do you open on Sundays?', consent: true };
  await call('leaveMessage', 'A question', 204, pair, { ids: ofConversation, body: message });
  await call('leaveMessage', 'Without consent', 400, pair, {
    ids: ofConversation,
    body: { ...message, consent: false },
  });
  await call('beginWithLeftMessage', 'A question, where no answer can be had', 200, pair, {
    ids: ofAgent,
    body: { ...message, messageId: '7d1e4bb0-3f61-4f63-9a55-0c3c5b1f2e10' },
  });
  await call('listConversations', 'One with a question that had no answer', 200, owner, {
    ids: of,
    query: '?outcome=unanswered',
  });
  await call('readConversation', 'The whole thread', 200, owner, { ids: ofConversation });
  await call('removeConversations', 'None of these is here any more', 200, owner, {
    ids: of,
    body: { ids: ['cnv_none'] },
  });
  await call('listUnanswered', 'One question', 200, owner, { ids: ofAgent });
  await call('addAnswer', 'An answer to it', 201, owner, {
    ids: ofAgent,
    body: { question: 'When do you open on Sunday?', aliases: ['And on Sunday?'], answer: 'On Sunday we are closed.' },
  });
  await call('getCaller', 'The pair', 200, pair);

  // Somebody's own API.
  const own = await server.createKey(organizationId, { name: 'Our API', scopes: ['keys:verify'] });
  const api = openClient(server, own.asSecret);
  const visitor = { authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example' };
  await call('verifyKey', 'A visitor who may, for three credits', 200, api, {
    body: { ...visitor, cost: 3, idempotencyKey: 'order-1001' },
  });
  await call('verifyKey', 'From a page that may not', 200, api, {
    body: { ...visitor, origin: 'https://evil.example' },
  });
  await call('verifyKey', 'With a pair that has not the scope', 403, pair, { body: visitor });
  await call('authorize', 'A call that may not pass', 403, elsewhere, { query: `?organization=${organizationId}` });

  // What it all came to.
  await expect
    .poll(async () => (await owner.send(`/api/org/${organizationId}/usage?days=1`)).text)
    .toContain('"origin_not_allowed":4');
  await call('getKeyUsage', 'A day', 200, owner, { ids: ofKey, query: '?days=1' });
  await call('listUsage', 'Both keys', 200, owner, { ids: of, query: '?days=1' });
  await call('getCredits', 'What is left', 200, owner, { ids: of });
  await call('grantCredits', 'A hundred more', 200, owner, { ids: of, body: { grant: 100 } });
  await call('reserveCredits', 'A hundred for the servers', 200, owner, { ids: of, body: { reservedCredits: 100 } });
  await call('reserveCredits', 'A fifth again', 200, owner, { ids: of, body: { reservedCredits: null } });
  await call('rotateKey', 'At once', 200, owner, { ids: ofKey, body: { graceSeconds: 0 } });

  // Members.
  const invited = await call('inviteMember', 'Somebody new', 201, owner, {
    ids: of,
    body: { email: 'new@example.com', role: 'member' },
  });
  await call('listMembers', 'A member and an invitation', 200, owner, { ids: of });
  const other = await createMember(server, organizationId, 'viewer', { email: 'viewer@example.com' });
  await call('changeMember', 'A viewer becomes a member', 200, owner, {
    ids: { ...of, userId: other.user.id },
    body: { role: 'member' },
  });
  await call('changeMember', 'The last owner stays one', 409, owner, {
    ids: { ...of, userId: owner.user.id },
    body: { role: 'member' },
  });
  await call('grantCredits', 'A member may not', 403, other, { ids: of, body: { grant: 100 } });
  await call('listAudit', 'The newest three', 200, owner, { ids: of, query: '?limit=3' });

  // Sessions.
  const browser = openBrowser(server);
  const token = new URL(String(invited.url)).hash.split('=').at(-1) ?? '';
  await call('getSetup', 'Somebody has been let in', 200, browser);
  await call('previewLink', 'An invitation', 200, browser, { body: { token } });
  await call('getSession', 'Nobody is signed in', 401, browser);
  await call('useLink', 'An invitation is taken', 200, browser, { body: { token, password: everybodysPassword } });
  await call('getSession', 'Who is signed in', 200, browser);
  await call('signIn', 'A wrong password', 401, openBrowser(server), {
    body: { email: 'new@example.com', password: 'not the password' },
  });
  await call('signIn', 'Signed in', 200, openBrowser(server), {
    body: { email: 'new@example.com', password: everybodysPassword },
  });
  await call('changePassword', 'Another password', 200, browser, {
    body: { currentPassword: everybodysPassword, newPassword: 'another horse battery staple' },
  });
  await call('getLiveness', 'It lives', 200, browser);
  await call('getReadiness', 'It serves', 200, browser);

  const text = await format(JSON.stringify(recorded), { parser: 'json', printWidth: 120 });
  await expect(text).toMatchFileSnapshot(file);
});

test('every answer that is JSON has an example, and every kind of refusal that a caller can bring about', () => {
  const isShown = (operation: string, status: number): boolean =>
    recorded.some((example) => example.operation === operation && example.status === status);
  const lacking = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(
          ([status, answer]) =>
            Number(status) < 300 && 'content' in answer && 'application/json' in (answer.content ?? {}),
        )
        .map(([status]) => [operationId, Number(status)] as const),
    )
    // It is the document itself.
    .filter(([operation, status]) => operation !== 'getDocument' && !isShown(operation, status));
  expect(lacking).toEqual([]);
  const shown = new Set(recorded.map(({ status }) => status));
  const told = [...new Set(Object.values(problems).map(({ status }) => status))].filter((status) => shown.has(status));
  expect(told).toEqual(expect.arrayContaining([400, 401, 403, 404, 409, 429]));
});
