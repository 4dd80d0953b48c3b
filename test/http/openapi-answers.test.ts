/**
 * Some hundred generated requests, valid and broken, to every call of the OpenAPI document: each answer is one that the document
 * describes, with its status, content type, headers and body.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAnswerCheck } from '../support/described-answers.ts';
import { makeOpenapiBuild, readDocument, type OpenapiOperation } from '../support/openapi.ts';
import { createMember, openBrowser, openClient, type Caller } from '../support/people.ts';
import type { Reply, RequestOptions } from '../support/requests.ts';
import { sampleKey } from '../support/sample-records.ts';
import { breakBody, valuesOf } from '../support/schema-values.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** The same requests in every run. */
const seed = 20261129;
const goodOnes = 3;

const build = makeOpenapiBuild();
const document = readDocument();
const check = createAnswerCheck(document);
const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);
/** They need scrypt or are asked elsewhere; broken requests of theirs are sent. */
const costly = new Set(['createKey', 'rotateKey', 'signIn', 'changePassword', 'useLink']);

let server: TestServer;
let callers: Readonly<Record<'member' | 'pair' | 'page' | 'weak' | 'stranger' | 'nobody' | 'ownPage', Caller>>;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer({ builtFolder: build.builtFolder });
  const organizationId = await server.createOrganization(1_000_000);
  const scopes = ['agents:read', 'messages:write', 'keys:verify', 'keys:manage', 'usage:read'];
  const pair = await server.createKey(organizationId, { scopes });
  const weak = await server.createKey(organizationId, { scopes: ['orders:read'] });
  const stranger = await server.createKey(await server.createOrganization(), { scopes });
  const member = await createMember(server, organizationId, 'owner');
  const agent = await server.createAgent(organizationId);
  const message = { headers: pair.asSecret, body: { message: 'When do you open?' } };
  const { conversationId } = (await send(server, `/api/v1/agents/${agent.id}/messages`, message)).json();
  ids = {
    organizationId,
    keyId: weak.id,
    agentId: agent.id,
    userId: member.user.id,
    conversationId: String(conversationId),
    path: 'orders',
  };
  callers = {
    member,
    pair: openClient(server, pair.asSecret),
    page: openClient(server, pair.from('https://shop.example')),
    weak: openClient(server, weak.asSecret),
    stranger: openClient(server, stranger.asSecret),
    nobody: openClient(server, {}),
    ownPage: openBrowser(server),
  };
});
afterAll(async () => {
  await server.stop();
  build.remove();
});

/** The path with ids that are there, but what would be lost for the calls after it. */
async function pathOf(path: string, method: string, query = ''): Promise<string> {
  const things = { ...ids };
  if (method === 'delete' && path.includes('{keyId}')) {
    const key = sampleKey(ids.organizationId!);
    await server.store.createKey(key);
    things.keyId = key.id;
  }
  if (method === 'delete' && path.includes('{userId}')) things.userId = 'usr_nobody';
  if (method === 'delete' && path.includes('{agentId}')) {
    things.agentId = (await server.createAgent(ids.organizationId!)).id;
  }
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => things[name] ?? 'none') + query;
}

function queryOf({ parameters = [] }: OpenapiOperation, index: number): string {
  const fields = parameters.filter((parameter) => parameter.in === 'query');
  if (fields.length === 0) return '';
  const values = fc.record(Object.fromEntries(fields.map(({ name, schema }) => [name, valuesOf(schema)])), {
    requiredKeys: fields.filter(({ required }) => required).map(({ name }) => name),
  });
  const given = Object.entries(fc.sample(values, { seed: seed + index, numRuns: 1 })[0] ?? {});
  const own = given.map(([name, value]) => [name, name === 'organization' ? ids.organizationId! : String(value)]);
  return own.length === 0 ? '' : `?${new URLSearchParams(own).toString()}`;
}

const callerOf = ({ security }: OpenapiOperation): Caller => {
  if (security.some((one) => 'session' in one)) return callers.member;
  if (security.some((one) => 'keyPair' in one)) return callers.pair;
  return callers.ownPage;
};

interface Sent {
  readonly what: string;
  readonly reply: Reply;
}

describe.each(calls)('$method $path', ({ method, path, operation }) => {
  const schema = operation.requestBody?.content['application/json']?.schema;
  const METHOD = method.toUpperCase();

  async function ask(
    what: string,
    caller: Caller,
    request: Omit<RequestOptions, 'headers'> & { query?: string; headers?: Record<string, string> } = {},
  ): Promise<Sent> {
    const { query, ...rest } = request;
    return { what, reply: await caller.send(await pathOf(path, method, query), { method: METHOD, ...rest }) };
  }

  function expectDescribed(sent: readonly Sent[]): void {
    const wrong = sent.flatMap(({ what, reply }) =>
      check(method, path, reply).map((problem) => `${what} → ${reply.status}: ${problem}`),
    );
    expect(wrong).toEqual([]);
  }

  const goodBodies =
    schema === undefined ? [undefined] : (fc.sample(valuesOf(schema), { seed, numRuns: goodOnes }) as object[]);
  const withBody = (body: object | undefined) => (body === undefined ? {} : { body });

  test('whoever may call', async () => {
    const sent: Sent[] = [];
    for (const [index, body] of costly.has(operation.operationId) ? [] : goodBodies.entries()) {
      const request = { ...withBody(body), query: queryOf(operation, index) };
      sent.push(await ask(`good ${JSON.stringify(request)}`, callerOf(operation), request));
      sent.push(await ask(`as a page ${JSON.stringify(request)}`, callers.page, request));
      if (operation.operationId === 'sendMessage')
        sent.push(await ask('as a stream', callers.pair, { ...request, headers: { accept: 'text/event-stream' } }));
    }
    expectDescribed(sent);
  });

  test('whoever may not, and nobody', async () => {
    const [body] = goodBodies;
    const sent: Sent[] = [];
    for (const [name, caller] of Object.entries({
      nobody: callers.nobody,
      weak: callers.weak,
      stranger: callers.stranger,
    })) {
      sent.push(await ask(name, caller, { ...withBody(body), query: queryOf(operation, 0) }));
    }
    const headers = { authorization: 'Bearer nonsense' };
    sent.push(await ask('nonsense', callers.nobody, { ...withBody(body), headers }));
    const lines = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-line-${index}`, '1']));
    sent.push(await ask('too many headers', callerOf(operation), { ...withBody(body), headers: lines }));
    expectDescribed(sent);
  });

  test.runIf(operation.parameters?.some((parameter) => parameter.in === 'query'))('a broken query', async () => {
    const names = operation.parameters!.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    const sent: Sent[] = [];
    for (const name of names) {
      for (const query of [
        `?${name}=`,
        `?${name}=-1`,
        `?${name}=99999999999`,
        `?${name}=a&${name}=b`,
        `?${name}[$gt]=`,
      ])
        sent.push(await ask(query, callerOf(operation), { query }));
    }
    expectDescribed(sent);
  });

  test.runIf(schema !== undefined)('a broken body', async () => {
    const good = goodBodies[0] as Readonly<Record<string, unknown>>;
    const sent: Sent[] = [];
    for (const { what, body } of breakBody(schema!, good))
      sent.push(
        await ask(what, callerOf(operation), {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      );
    expect(sent.map(({ reply }) => reply.status).filter((status) => status < 400)).toEqual([]);
    for (const body of ['{', '"text"', '', '{}']) {
      sent.push(
        await ask(`the text ${body}`, callerOf(operation), { body, headers: { 'content-type': 'application/json' } }),
      );
    }
    sent.push(await ask('no JSON', callerOf(operation), { body: 'a=b', headers: { 'content-type': 'text/plain' } }));
    sent.push(await ask('too large', callerOf(operation), { body: { name: 'x'.repeat(1_100_000) } }));
    expect(sent.at(-1)!.reply.status).toBe(413);
    expectDescribed(sent);
  });
});

test('a wrong method, and a path that nobody knows', async () => {
  const wrong: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !(name.toLowerCase() in methods))) {
      const reply = await callers.member.send(await pathOf(path, 'get'), { method });
      expect([method, path, reply.status]).toEqual([method, path, 405]);
      wrong.push(...check(method, path, reply).map((problem) => `${method} ${path}: ${problem}`));
    }
  }
  for (const path of ['/api/v1/nothing', '/api/nothing', '/api/v1/agents/', '/API/v1/key']) {
    wrong.push(...check('GET', path, await callers.nobody.send(path)).map((problem) => `GET ${path}: ${problem}`));
  }
  expect(wrong).toEqual([]);
});
