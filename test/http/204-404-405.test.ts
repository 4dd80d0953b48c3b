import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPublicKey } from '../../server/gate/key-format.ts';
import { expectProblem } from '../support/problem.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;
let agentId: string;

beforeAll(async () => {
  server = await startTestServer();
  key = await server.createKey(await server.createOrganization());
  agentId = (await server.createAgent(key.organizationId)).id;
});
afterAll(() => server.stop());

const get = (path: string, headers: Readonly<Record<string, string>> = key.asSecret) => send(server, path, { headers });

describe('preflight: 204', () => {
  const preflight = {
    origin: 'https://anyone.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };

  test.each([
    '/api/v1/agents',
    '/api/v1/agents/agt_1',
    '/api/v1/agents/agt_1/messages',
    '/api/v1/agents/agt_1/contact',
    '/api/v1/conversations/cnv_1',
    '/api/v1/conversations/cnv_1/messages/msg_1/rating',
    '/api/v1/conversations/cnv_1/contact',
    '/api/v1/key',
    '/api/v1/keys/verify',
    '/api/v1/nothing',
  ])('%s, for anyone and without credentials', async (path) => {
    const reply = await send(server, path, { method: 'OPTIONS', headers: preflight });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '7200',
      'cache-control': 'no-store',
      vary: 'Access-Control-Request-Headers',
    });
    expect(reply.headers['x-request-id']).toBeTruthy();
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test.each([
    'traceparent,tracestate',
    'sentry-trace,baggage',
    'x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id',
    'newrelic',
    'request-id,request-context',
    'x-requested-with,x-csrf-token,x-xsrf-token',
    'idempotency-key',
    'cache-control,pragma',
    'x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-retry-count',
    'a-name-that-nobody-has-thought-of',
  ])('allows what a page’s libraries add to every request: %s', async (added) => {
    const asked = `authorization,content-type,${added}`;
    const headers = { ...preflight, 'access-control-request-headers': asked };
    const reply = await send(server, '/api/v1/agents/agt_1/messages', { method: 'OPTIONS', headers });
    expect([reply.status, reply.headers['access-control-allow-headers']]).toEqual([204, asked]);
    // Added to the call itself, they change nothing.
    const names = added.split(',').map((name) => [name, '1'] as const);
    const call = await get('/api/v1/key', { ...key.asSecret, ...Object.fromEntries(names) });
    expect([call.status, call.json().keyId]).toEqual([200, key.id]);
  });

  test('also for a key that nobody knows', async () => {
    const headers = { ...preflight, authorization: `Bearer ${createPublicKey()}` };
    expect((await send(server, '/api/v1/agents', { method: 'OPTIONS', headers })).status).toBe(204);
  });
});

describe('not_found', () => {
  const noAddress = { detail: 'There is no such address.' };
  const noAgent = {
    detail: 'There is no such agent, or it is not public.',
    fix: 'Take the id from GET /api/v1/agents; for a web page the agent must be public.',
  };
  const noConversation = {
    detail: 'There is no such conversation here.',
    fix: 'Leave conversationId out to begin a new one.',
  };

  test.each(['/api/v1', '/api/v1/', '/api/v1/nothing', '/api/v1/agents/a/b/c', '/api/v1/keys', '/api/v1/key/x'])(
    '%s',
    async (path) => {
      expectProblem(await get(path), server.publicOrigin, 'not_found', noAddress);
    },
  );

  test('an agent that is not there, or whose id could be nobody’s', async () => {
    for (const id of ['agt_1', 'agt_', 'key_1', 'agt_A', 'agt_1%00', '..%2f..', `agt_${'a'.repeat(41)}`]) {
      expectProblem(await get(`/api/v1/agents/${id}`), server.publicOrigin, 'not_found', noAgent);
      const reply = await send(server, `/api/v1/agents/${id}/messages`, {
        headers: key.asSecret,
        body: { message: 'x' },
      });
      expectProblem(reply, server.publicOrigin, 'not_found', noAgent);
    }
  });

  test('a conversation that is not there, or whose id could be nobody’s', async () => {
    for (const id of ['cnv_1', 'cnv_', 'agt_1', '%24gt']) {
      expectProblem(await get(`/api/v1/conversations/${id}`), server.publicOrigin, 'not_found', noConversation);
    }
    for (const conversationId of ['cnv_1', 'agt_1', '../x', 'anything']) {
      const body = { message: 'x', conversationId };
      const reply = await send(server, `/api/v1/agents/${agentId}/messages`, { headers: key.asSecret, body });
      expectProblem(reply, server.publicOrigin, 'not_found', noConversation);
    }
  });

  test('a publishable call does not see an agent that is not public; a secret call does', async () => {
    const hidden = await server.createAgent(key.organizationId, { public: false });
    const asPage = key.from('https://shop.example');
    expectProblem(await get(`/api/v1/agents/${hidden.id}`, asPage), server.publicOrigin, 'not_found', noAgent);
    const path = `/api/v1/agents/${hidden.id}/messages`;
    const refused = await send(server, path, { headers: asPage, body: { message: 'x' } });
    expectProblem(refused, server.publicOrigin, 'not_found', noAgent);
    expect((await get(`/api/v1/agents/${hidden.id}`)).status).toBe(200);
    expect((await send(server, path, { headers: key.asSecret, body: { message: 'x' } })).status).toBe(200);
  });

  test('another organization’s agent and conversation', async () => {
    const stranger = await server.createKey(await server.createOrganization());
    const body = { message: 'When do you open?' };
    const answered = await send(server, `/api/v1/agents/${agentId}/messages`, { headers: key.asSecret, body });
    const { conversationId } = answered.json() as { conversationId: string };
    expectProblem(await get(`/api/v1/agents/${agentId}`, stranger.asSecret), server.publicOrigin, 'not_found', noAgent);
    const theirs = await get(`/api/v1/conversations/${conversationId}`, stranger.asSecret);
    expectProblem(theirs, server.publicOrigin, 'not_found', noConversation);
    const own = await server.createAgent(stranger.organizationId);
    const joined = await send(server, `/api/v1/agents/${own.id}/messages`, {
      headers: stranger.asSecret,
      body: { ...body, conversationId },
    });
    expectProblem(joined, server.publicOrigin, 'not_found', noConversation);
  });

  test('a conversation goes on only with the agent that it was begun with', async () => {
    const body = { message: 'When do you open?' };
    const answered = await send(server, `/api/v1/agents/${agentId}/messages`, { headers: key.asSecret, body });
    const { conversationId } = answered.json();
    const other = await server.createAgent(key.organizationId);
    const reply = await send(server, `/api/v1/agents/${other.id}/messages`, {
      headers: key.asSecret,
      body: { ...body, conversationId },
    });
    expectProblem(reply, server.publicOrigin, 'not_found', noConversation);
  });
});

describe('method_not_allowed', () => {
  test.each([
    ['DELETE', '/api/v1/agents', 'GET, HEAD', 'Use GET.'],
    ['POST', '/api/v1/agents/agt_1', 'GET, HEAD', 'Use GET.'],
    ['GET', '/api/v1/agents/agt_1/messages', 'POST', 'Use POST.'],
    ['PATCH', '/api/v1/conversations/cnv_1', 'GET, HEAD, DELETE', 'Use GET or DELETE.'],
    ['POST', '/api/v1/conversations/cnv_1/messages/msg_1/rating', 'PUT', 'Use PUT.'],
    ['PUT', '/api/v1/key', 'GET, HEAD', 'Use GET.'],
    ['GET', '/api/v1/keys/verify', 'POST', 'Use POST.'],
  ])('%s %s', async (method, path, allow, fix) => {
    const reply = await send(server, path, { method, headers: key.asSecret });
    expectProblem(reply, server.publicOrigin, 'method_not_allowed', { fix });
    expect(reply.headers.allow).toBe(allow);
  });

  test('on /healthz and /readyz too', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const reply = await send(server, path, { method: 'POST' });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });
});
