/** Who may do what in an organization: every route, every kind of caller, and what a refusal leaves as it was. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import type { Role } from '../../server/records/membership.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import {
  createMember,
  openBrowser,
  openClient,
  type BrowserRequest,
  type Caller,
  type Member,
  cookieName,
} from '../support/people.ts';
import { listRoutes } from '../support/route-list.ts';
import type { Reply } from '../support/requests.ts';
import { beginSummary } from '../../server/records/conversation-summary.ts';
import {
  sampleAgent,
  sampleConversation,
  sampleDelivery,
  sampleKey,
  sampleLink,
  sampleMembership,
  sampleUser,
  sampleWebhook,
} from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Route {
  readonly method: string;
  /** Below `/api/org/{organizationId}`. */
  readonly path: string;
  /** The least role. */
  readonly needs: Role;
  readonly body?: object;
  readonly status?: number;
  /** A key pair with the scope `usage:read` is enough. */
  readonly isUsage?: true;
}

const faq = [{ question: 'When do you open?', aliases: [], answer: 'At nine.' }];

const routes: readonly Route[] = [
  { method: 'POST', path: '/members', needs: 'owner', body: { email: 'invited@example.com' }, status: 201 },
  { method: 'GET', path: '/api-keys', needs: 'viewer' },
  { method: 'POST', path: '/api-keys', needs: 'member', body: { name: 'New' }, status: 201 },
  { method: 'GET', path: '/api-keys/KEY', needs: 'viewer' },
  { method: 'PATCH', path: '/api-keys/KEY', needs: 'member', body: { name: 'Changed' } },
  { method: 'DELETE', path: '/api-keys/KEY', needs: 'member', status: 204 },
  { method: 'POST', path: '/api-keys/KEY/rotate', needs: 'member', body: { graceSeconds: 0 } },
  { method: 'POST', path: '/api-keys/KEY/domains/preview', needs: 'viewer', body: { allowedDomains: 'a.example' } },
  { method: 'GET', path: '/api-keys/KEY/usage', needs: 'viewer', isUsage: true },
  { method: 'GET', path: '/usage', needs: 'viewer', isUsage: true },
  { method: 'GET', path: '/usage.csv', needs: 'viewer', isUsage: true },
  { method: 'GET', path: '/credits', needs: 'viewer', isUsage: true },
  { method: 'POST', path: '/credits', needs: 'owner', body: { grant: 5 } },
  { method: 'GET', path: '/upstreams', needs: 'viewer' },
  { method: 'PATCH', path: '/credits', needs: 'owner', body: { reservedCredits: 5 } },
  { method: 'GET', path: '/agents', needs: 'viewer' },
  { method: 'POST', path: '/agents', needs: 'member', body: { name: 'New', faq }, status: 201 },
  { method: 'GET', path: '/agents/AGENT', needs: 'viewer' },
  { method: 'PATCH', path: '/agents/AGENT', needs: 'member', body: { name: 'Changed' } },
  { method: 'DELETE', path: '/agents/AGENT', needs: 'member', status: 204 },
  { method: 'POST', path: '/agents/AGENT/preview', needs: 'member', body: { message: 'When do you open?' } },
  { method: 'POST', path: '/check-page', needs: 'member', body: { url: 'http://127.0.0.1:1/' } },
  {
    method: 'POST',
    path: '/agents/AGENT/faq',
    needs: 'member',
    body: { question: 'Why?', answer: 'So.' },
    status: 201,
  },
  { method: 'GET', path: '/agents/AGENT/unanswered', needs: 'viewer' },
  { method: 'GET', path: '/conversations', needs: 'viewer' },
  { method: 'GET', path: '/conversations.ndjson', needs: 'viewer' },
  { method: 'GET', path: '/conversations.csv', needs: 'viewer' },
  { method: 'GET', path: '/conversations/CONVERSATION', needs: 'viewer' },
  { method: 'DELETE', path: '/conversations/CONVERSATION', needs: 'member', status: 204 },
  { method: 'GET', path: '/export', needs: 'owner' },
  { method: 'GET', path: '/members', needs: 'viewer' },
  { method: 'POST', path: '/conversations/delete', body: { ids: ['CONVERSATION'] }, needs: 'member' },
  { method: 'PATCH', path: '/members/MEMBER', needs: 'owner', body: { role: 'viewer' } },
  { method: 'DELETE', path: '/members/MEMBER', needs: 'owner', status: 204 },
  { method: 'DELETE', path: '/members/LINK', needs: 'owner', status: 204 },
  { method: 'GET', path: '/webhooks', needs: 'owner' },
  {
    method: 'POST',
    path: '/webhooks',
    needs: 'owner',
    body: { url: 'https://hooks.example/postern', events: ['key.budget'] },
    status: 201,
  },
  { method: 'PATCH', path: '/webhooks/WEBHOOK', needs: 'owner', body: { rotateSecret: true } },
  { method: 'DELETE', path: '/webhooks/WEBHOOK', needs: 'owner', status: 204 },
  { method: 'POST', path: '/webhooks/WEBHOOK/test', needs: 'owner', status: 202 },
  { method: 'GET', path: '/webhooks/WEBHOOK/deliveries', needs: 'owner' },
  { method: 'POST', path: '/webhooks/WEBHOOK/deliveries/DELIVERY/retry', needs: 'owner', status: 202 },
  { method: 'GET', path: '/audit', needs: 'viewer' },
  { method: 'GET', path: '/audit.csv', needs: 'viewer' },
  { method: 'GET', path: '/audit.ndjson', needs: 'viewer' },
  { method: 'GET', path: '/settings', needs: 'viewer' },
  { method: 'PATCH', path: '/settings', needs: 'owner', body: { name: 'Renamed' } },
];

function route(name: string): Route {
  return routes.find(({ method, path }) => `${method} ${path}` === name)!;
}

const named = (list: readonly Route[]) => list.map((one) => [`${one.method} ${one.path}`, one] as const);

type Expected = 'done' | ProblemCode;
interface KindOfCaller {
  readonly name: string;
  readonly expected: (route: Route) => Expected;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, member: 1, owner: 2 };
const asRole = (role: Role) => (route: Route) => (ranks[role] < ranks[route.needs] ? 'forbidden' : 'done');

const kinds: readonly KindOfCaller[] = [
  { name: 'nobody signed in', expected: () => 'sign_in_required' },
  { name: 'a session that has ended', expected: () => 'sign_in_required' },
  { name: 'a viewer', expected: asRole('viewer') },
  { name: 'a member', expected: asRole('member') },
  { name: 'an owner', expected: asRole('owner') },
  { name: 'another organization’s owner', expected: () => 'not_found' },
  { name: 'a pair without keys:manage', expected: () => 'scope_missing' },
  { name: 'a pair with keys:manage', expected: asRole('member') },
  { name: 'a pair with usage:read', expected: (route) => (route.isUsage === true ? 'done' : 'scope_missing') },
  { name: 'the publishable key of a pair with keys:manage', expected: () => 'scope_missing' },
  { name: 'another organization’s pair with keys:manage', expected: () => 'not_found' },
];

let server: TestServer;
let organizationId: string;
let otherId: string;
let owner: Member;
const callers = new Map<string, Caller>();

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization();
  otherId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
  const ended = await createMember(server, organizationId, 'owner');
  const cookie = `${cookieName(server)}=${ended.cookies.get(cookieName(server))!}`;
  await ended.send('/api/session', { method: 'DELETE' });
  const withScopes = async (id: string, ...scopes: readonly string[]) =>
    server.createKey(id, { scopes, allowedDomains: ['shop.example'] });
  const asPair = ({ asSecret }: { asSecret: { readonly authorization: string } }) => openClient(server, asSecret);
  const manager = await withScopes(organizationId, 'agents:read', 'keys:manage');
  const all: readonly (readonly [string, Caller])[] = [
    ['nobody signed in', openBrowser(server)],
    ['a session that has ended', openClient(server, { cookie, origin: server.publicOrigin })],
    ['a viewer', await createMember(server, organizationId, 'viewer')],
    ['a member', await createMember(server, organizationId, 'member')],
    ['an owner', owner],
    ['another organization’s owner', await createMember(server, otherId, 'owner')],
    ['a pair without keys:manage', asPair(await withScopes(organizationId, 'agents:read', 'keys:verify'))],
    ['a pair with keys:manage', asPair(manager)],
    ['a pair with usage:read', asPair(await withScopes(organizationId, 'usage:read'))],
    ['the publishable key of a pair with keys:manage', openClient(server, manager.from('https://shop.example'))],
    ['another organization’s pair with keys:manage', asPair(await withScopes(otherId, 'keys:manage'))],
  ];
  for (const [name, caller] of all) callers.set(name, caller);
});
afterAll(() => server.stop());

/** One of each thing that a path may name. */
interface Things {
  readonly KEY: string;
  readonly AGENT: string;
  readonly MEMBER: string;
  readonly LINK: string;
  readonly WEBHOOK: string;
  readonly DELIVERY: string;
  readonly CONVERSATION: string;
}

const made = new Map<string, Things>();

/** In place of those made before, so that an organization stays small: all that it keeps is read twice for each case. */
async function makeThings(id: string): Promise<Things> {
  const { store } = server;
  const old = made.get(id);
  if (old !== undefined) {
    await Promise.all([
      store.deleteKey(id, old.KEY),
      store.deleteAgent(id, old.AGENT),
      store.removeMember(id, old.MEMBER),
      store.deleteLink(old.LINK),
      store.deleteWebhook(id, old.WEBHOOK),
      store.deleteConversations(id, [old.CONVERSATION]),
    ]);
  }
  const key = sampleKey(id);
  const agent = sampleAgent(id);
  const user = sampleUser();
  const conversation = sampleConversation(id, { summary: beginSummary('Where is my parcel?') });
  const link = sampleLink(id, { email: `${user.id}.invited@example.com` });
  const webhook = sampleWebhook(id);
  const delivery = sampleDelivery({ organizationId: id, webhookId: webhook.id, state: 'delivered' });
  // At once: one transaction.
  await Promise.all([
    store.createKey(key),
    store.createAgent(agent, { entries: faq }),
    store.createUser(user),
    store.addMember(sampleMembership(id, { userId: user.id })),
    store.createLink(link),
    store.createWebhook(webhook),
    store.createDelivery(delivery),
    store.createConversation(conversation),
  ]);
  const things = {
    KEY: key.id,
    AGENT: agent.id,
    MEMBER: user.id,
    LINK: link.id,
    WEBHOOK: webhook.id,
    DELIVERY: delivery.id,
    CONVERSATION: conversation.id,
  };
  made.set(id, things);
  return things;
}

const withIds = (path: string, things: Things): string =>
  path.replaceAll(/KEY|AGENT|MEMBER|LINK|WEBHOOK|DELIVERY|CONVERSATION/g, (name) => things[name as keyof Things]);

/** Everything that an organization keeps, but for when its keys were last used. */
async function readAll(id: string): Promise<unknown> {
  const { store } = server;
  const limit = 1_000;
  const [keys, agents, members, links, credits, audit, webhooks, conversations] = await Promise.all([
    store.listKeys(id, { limit }),
    store.listAgents(id, { limit }),
    store.listMembers(id),
    store.listLinks(id),
    store.findCredits(id),
    store.listAudit(id, { limit }),
    store.listWebhooks(id),
    store.listConversations(id, { limit }),
  ]);
  const knowledge = await Promise.all(agents.items.map((agent) => store.findAgentKnowledge(id, agent.id)));
  // A proven secret's digest is written with its first use, beside the hash.
  const withoutUse = keys.items.map(({ secret, ...key }) => {
    return { ...key, secret: { ...secret, digest: null }, lastUsedAt: null, lastUsedOrigin: null };
  });
  // Without what comes of sending, which goes on by itself.
  const messages = await Promise.all(webhooks.map((webhook) => store.listDeliveries(webhook.id, { limit })));
  const told = webhooks.map(({ failingSince: _since, ...webhook }, index) => ({
    webhook,
    messages: messages[index]?.items.map(({ id: messageId, state }) => [messageId, state === 'delivered']),
  }));
  return { keys: withoutUse, agents, knowledge, members, links, credits, audit, told, conversations };
}

function outcomeOf(reply: Reply): [number, string] {
  const isProblem = String(reply.headers['content-type']).startsWith('application/problem+json');
  return [reply.status, isProblem ? reply.problem().code : 'done'];
}

interface Asked {
  readonly reply: Reply;
  /** All that the organization kept before and after. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Asks for a route, by default on fresh things. */
async function ask(
  caller: Caller,
  { method, path, body }: Route,
  request: Pick<BrowserRequest, 'origin'> = {},
  id = organizationId,
  given?: Things,
): Promise<Asked> {
  const things = given ?? (await makeThings(id));
  const before = await readAll(id);
  const reply = await caller.send(`/api/org/${id}${withIds(path, things)}`, {
    method,
    ...(body !== undefined && { body: JSON.parse(withIds(JSON.stringify(body), things)) as object }),
    ...request,
  });
  return { reply, before, after: await readAll(id) };
}

describe.each(named(routes))('%s', (_name, route) => {
  test.each(kinds.map((kind) => [kind.name, kind.expected] as const))('%s', async (name, expected) => {
    const { reply, before, after } = await ask(callers.get(name)!, route);
    const outcome = expected(route);
    const status = outcome === 'done' ? (route.status ?? 200) : problems[outcome].status;
    expect(outcomeOf(reply)).toEqual([status, outcome]);
    expect(reply.headers['cache-control']).toBe('no-store');
    // Nobody else's page may read an answer, and only `/api/v1` speaks CORS.
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    // To take everything away is written down.
    const isChange =
      route.path === '/export' || (route.method !== 'GET' && !/(?:\/preview|^\/check-page)$/.test(route.path));
    if (outcome === 'done' && isChange) expect(after).not.toEqual(before);
    else expect(after).toEqual(before);
  });
});

describe('a change with a session comes from the server’s own page, or nothing happens', () => {
  const changes = routes.filter(({ method }) => method !== 'GET');

  test.each(named(changes))('%s', async (_name, route) => {
    const things = await makeThings(organizationId);
    for (const origin of [
      null,
      'null',
      '',
      'https://evil.example',
      `http://127.0.0.1:${server.port}`,
      `https://localhost:${server.port}`,
      'http://localhost',
      `${server.publicOrigin}.evil.example`,
      `${server.publicOrigin}/`,
    ]) {
      const { reply, before, after } = await ask(owner, route, { origin }, organizationId, things);
      expect(outcomeOf(reply), String(origin)).toEqual([403, 'forbidden']);
      expect(after).toEqual(before);
    }
  });

  test('a read needs no Origin, and tells a foreign page nothing', async () => {
    const reply = await owner.send(`/api/org/${organizationId}/credits`, { origin: 'https://evil.example' });
    expect(outcomeOf(reply)).toEqual([200, 'done']);
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('what belongs to another organization is not there', () => {
  const withId = routes.filter(({ path }) => /KEY|AGENT|MEMBER|LINK|WEBHOOK/.test(path));

  test.each(named(withId))('%s, by its id', async (_name, route) => {
    const theirs = await makeThings(otherId);
    const before = [await readAll(organizationId), await readAll(otherId)];
    const { method, body } = route;
    const request = { method, ...(body !== undefined && { body }) };
    for (const name of ['an owner', ...(route.needs === 'owner' ? [] : ['a pair with keys:manage'])]) {
      const path = `/api/org/${organizationId}${withIds(route.path, theirs)}`;
      const reply = await callers.get(name)!.send(path, request);
      const nobodys = await callers.get(name)!.send(path.replace(/.{16}(?=$|\/(?!.*_))/, '0'.repeat(16)), request);
      expect(outcomeOf(reply)).toEqual([404, 'not_found']);
      expect({ ...reply.problem(), requestId: '' }).toEqual({ ...nobodys.problem(), requestId: '' });
    }
    expect([await readAll(organizationId), await readAll(otherId)]).toEqual(before);
  });

  test.each(['org_none', 'org_', 'org', 'usr_1', 'ORG_1', '%00', '..%2f', '%24gt', `org_${'a'.repeat(41)}`])(
    'the organization %s',
    async (id) => {
      for (const name of ['an owner', 'a pair with keys:manage']) {
        const reply = await callers.get(name)!.send(`/api/org/${id}/api-keys`);
        expect(outcomeOf(reply)).toEqual([404, 'not_found']);
      }
    },
  );

  test('an id that could be nobody’s', async () => {
    const things = await makeThings(organizationId);
    for (const id of ['key_none', 'none', '%00', '..%2fagents', '%24gt', things.AGENT, things.MEMBER]) {
      expect(outcomeOf(await owner.send(`/api/org/${organizationId}/api-keys/${id}`)), id).toEqual([404, 'not_found']);
      expect(outcomeOf(await owner.send(`/api/org/${organizationId}/api-keys/${id}/usage`))).toEqual([
        404,
        'not_found',
      ]);
    }
    for (const id of ['agt_none', '%00', '%24gt', things.KEY]) {
      expect(outcomeOf(await owner.send(`/api/org/${organizationId}/agents/${id}`)), id).toEqual([404, 'not_found']);
    }
    for (const id of ['usr_none', 'lnk_none', '%00', '%24gt', things.KEY, organizationId]) {
      const path = `/api/org/${organizationId}/members/${id}`;
      expect(outcomeOf(await owner.send(path, { method: 'DELETE' })), id).toEqual([404, 'not_found']);
      const changed = await owner.send(path, { method: 'PATCH', body: { role: 'viewer' } });
      expect(outcomeOf(changed), id).toEqual([404, 'not_found']);
    }
  });
});

describe('what decides', () => {
  test('is the key pair, when there is a session as well', async () => {
    const weak = await server.createKey(organizationId, { scopes: ['agents:read'] });
    const both: Caller = {
      send: (path, request) => owner.send(path, { ...request, headers: weak.asSecret }),
    };
    const { reply, before, after } = await ask(both, route('POST /api-keys'));
    expect(outcomeOf(reply)).toEqual([403, 'scope_missing']);
    expect(after).toEqual(before);
  });

  test('a role holds from the next request on, and so does its end', async () => {
    const member = await createMember(server, organizationId, 'member');
    const create = route('POST /agents');
    expect(outcomeOf((await ask(member, create)).reply)).toEqual([201, 'done']);
    await server.store.changeMember(organizationId, member.user.id, 'viewer');
    expect(outcomeOf((await ask(member, create)).reply)).toEqual([403, 'forbidden']);
    await server.store.removeMember(organizationId, member.user.id);
    const { reply, before, after } = await ask(member, create);
    expect(outcomeOf(reply)).toEqual([404, 'not_found']);
    expect(after).toEqual(before);
  });

  test('one who belongs to two organizations has in each the role that they have there', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    const role = 'owner';
    await server.store.addMember({ organizationId: otherId, userId: member.user.id, role, createdAt: 0 });
    const grant = route('POST /credits');
    expect(outcomeOf((await ask(member, grant)).reply)).toEqual([403, 'forbidden']);
    expect(outcomeOf((await ask(member, grant, {}, otherId)).reply)).toEqual([200, 'done']);
  });

  test('says in a refusal which role it takes, and whom to ask', async () => {
    const { reply } = await ask(callers.get('a viewer')!, route('POST /api-keys'));
    expect(reply.problem()).toEqual({
      type: `${server.publicOrigin}/api/docs#forbidden`,
      title: problems.forbidden.title,
      status: 403,
      code: 'forbidden',
      detail: 'This needs the role member; you are a viewer.',
      fix: 'Ask an owner of the organization to do it, or to change your role in Settings → Members.',
      requestId: reply.headers['x-request-id'],
    });
  });

  test('a call with a key is counted once as a use of it', async () => {
    const key = await server.createKey(organizationId, { scopes: ['keys:manage'] });
    const pair = openClient(server, key.asSecret);
    const all = ['GET /credits', 'POST /credits', 'PATCH /credits', 'DELETE /members/MEMBER', 'PATCH /members/MEMBER'];
    for (const name of all) await ask(pair, route(name));
    const date = new Date(server.clock()).toISOString().slice(0, 10);
    await expect
      .poll(() => server.store.listUsage(organizationId, [key.id], date, date))
      .toMatchObject([{ accepted: all.length, refused: {} }]);
  });

  test('a store that goes away between two look-ups is 503, and changes nothing', async () => {
    const things = await makeThings(organizationId);
    const before = await readAll(organizationId);
    const found = await server.store.findMember(organizationId, owner.user.id);
    const findMember = vi.spyOn(server.store, 'findMember').mockResolvedValueOnce(found);
    findMember.mockRejectedValue(new StoreUnavailableError('away'));
    const reply = await owner.send(`/api/org/${organizationId}/members/${things.MEMBER}`, { method: 'DELETE' });
    findMember.mockRestore();
    expect(outcomeOf(reply)).toEqual([503, 'store_unavailable']);
    expect(await readAll(organizationId)).toEqual(before);
  });
});

describe('the list of routes above', () => {
  test('is complete', () => {
    const found = listRoutes()
      .filter(({ path }) => path.startsWith('/api/org/'))
      .flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`))
      .map((name) => name.replace('/api/org/:organizationId', '').replace(/:\w+/g, ':id'));
    const listed = routes.map(
      ({ method, path }) =>
        `${method} ${path.replaceAll(/KEY|AGENT|MEMBER|LINK|WEBHOOK|DELIVERY|CONVERSATION/g, ':id')}`,
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.toSorted()).toEqual([...new Set(listed)].toSorted());
  });

  test('a method that is none of a route’s is 405 and says which are', async () => {
    for (const path of new Set(routes.map((route) => route.path))) {
      const methods = routes
        .filter((route) => route.path === path || (path.startsWith('/members/') && route.path.startsWith('/members/')))
        .map(({ method }) => method);
      const reply = await owner.send(`/api/org/${organizationId}${path}`, { method: 'PUT' });
      expect(outcomeOf(reply)).toEqual([405, 'method_not_allowed']);
      const allowed = ['GET', 'POST', 'PATCH', 'DELETE'].filter((method) => methods.includes(method));
      expect(reply.headers.allow).toBe(allowed.join(', ').replace('GET', 'GET, HEAD'));
    }
  });
});
