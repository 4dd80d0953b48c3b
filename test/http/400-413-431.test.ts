import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/problem.ts';
import { parseRaw, send, sendRaw, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;
let messages: string;

beforeAll(async () => {
  server = await startTestServer();
  const scopes = ['agents:read', 'messages:write', 'keys:verify'];
  key = await server.createKey(await server.createOrganization(), { scopes });
  messages = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
});
afterAll(() => server.stop());

const post = (path: string, body: object | string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  send(server, path, { headers: { ...key.asSecret, ...headers }, body });
const spent = async () => (await server.store.findCredits(key.organizationId))?.spent;

describe('request_invalid: a body that is no JSON', () => {
  const json = { 'content-type': 'application/json' };
  const notJsonFix = 'Send a JSON object in UTF-8, not compressed, with Content-Type: application/json.';
  const notJson = { fix: notJsonFix, problems: [{ path: '', message: 'The body is not valid JSON.' }] };

  test.each<[string, string | Buffer, Readonly<Record<string, string>>]>([
    ['half of an object', '{"message":"x"', json],
    ['a lone string', '"message"', json],
    ['words', 'message=x', json],
    ['a charset that JSON has not', '{"message":"x"}', { 'content-type': 'application/json; charset=latin1' }],
    ['UTF-16', Buffer.from('{"message":"x"}', 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }],
    ['bytes that are no UTF-8', Buffer.from('{"message":"\xff\xfe"}', 'latin1'), json],
    ['a compressed body', gzipSync('{"message":"x"}'), { ...json, 'content-encoding': 'gzip' }],
    ['a broken compressed body', 'no gzip', { ...json, 'content-encoding': 'gzip' }],
    ['an unknown compression', '{"message":"x"}', { ...json, 'content-encoding': 'rot13' }],
  ])('%s', async (_name, body, headers) => {
    expectProblem(await post(messages, body, headers), server.publicOrigin, 'request_invalid', notJson);
  });

  const noneFix = 'Send a JSON object with Content-Type: application/json.';
  const none = { fix: noneFix, problems: [{ path: '', message: 'There is no JSON body.' }] };

  test.each<[string, Readonly<Record<string, string>>]>([
    ['no content type', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another JSON type', { 'content-type': 'application/vnd.api+json' }],
  ])('JSON with %s', async (_name, headers) => {
    expectProblem(await post(messages, '{"message":"x"}', headers), server.publicOrigin, 'request_invalid', none);
  });

  test('no body at all', async () => {
    const reply = await send(server, messages, { method: 'POST', headers: key.asSecret });
    expectProblem(reply, server.publicOrigin, 'request_invalid', none);
  });
});

describe('request_invalid: every problem is listed', () => {
  const message: unknown = expect.any(String);

  test('of a message', async () => {
    const body = { message: '', conversationId: '', messageId: 'no uuid', mesage: 'x', stream: true };
    const problems = [
      { path: 'message', message },
      { path: 'conversationId', message },
      { path: 'messageId', message: 'Write a UUID such as 2f1c7a4e-9d0b-4c57-8a55-0f6f3f7f2f10.' },
      { path: 'mesage', message: 'This field is not known here.' },
      { path: 'stream', message: 'This field is not known here.' },
    ];
    expectProblem(await post(messages, body), server.publicOrigin, 'request_invalid', { problems });
  });

  test.each<[string, object, string]>([
    ['nothing', {}, 'message'],
    ['a list', [], ''],
    ['a number as message', { message: 1 }, 'message'],
    ['an object as message', { message: { $gt: '' } }, 'message'],
    ['only spaces', { message: '   ' }, 'message'],
    ['4,001 characters', { message: 'x'.repeat(4_001) }, 'message'],
    ['an operator as messageId', { message: 'x', messageId: { $ne: null } }, 'messageId'],
    ['null as conversationId', { message: 'x', conversationId: null }, 'conversationId'],
  ])('of a message: %s', async (_name, body, path) => {
    const reply = await post(messages, body);
    expectProblem(reply, server.publicOrigin, 'request_invalid', { problems: [{ path, message }] });
  });

  test('of a verify call', async () => {
    const cases: [object, string[]][] = [
      [
        { authorization: 1, credential: 1, origin: 1, ip: 'x', scope: 'Keys', cost: -1, idempotencyKey: '', more: 1 },
        ['authorization', 'credential', 'origin', 'ip', 'scope', 'cost', 'idempotencyKey', 'more'],
      ],
      [
        { ip: '192.0.2.1, 192.0.2.2', cost: 1_000_001, idempotencyKey: 'x'.repeat(201) },
        ['ip', 'cost', 'idempotencyKey'],
      ],
      [{ cost: 0.5, scope: 'x'.repeat(65) }, ['scope', 'cost']],
      [{ authorization: '', credential: '' }, ['credential']],
    ];
    for (const [body, paths] of cases) {
      const problems = paths.map((path) => ({ path, message }));
      expectProblem(await post('/api/v1/keys/verify', body), server.publicOrigin, 'request_invalid', { problems });
    }
  });

  test.each<[string, string[]]>([
    ['limit=0', ['limit']],
    ['limit=101', ['limit']],
    ['limit=1.5', ['limit']],
    ['limit=ten', ['limit']],
    ['limit=', ['limit']],
    ['limit=1&limit=2', ['limit']],
    ['cursor=%00', ['cursor']],
    ['limit=0&cursor=nothing', ['limit', 'cursor']],
  ])('of a query: %s', async (query, paths) => {
    const reply = await send(server, `/api/v1/agents?${query}`, { headers: key.asSecret });
    expectProblem(reply, server.publicOrigin, 'request_invalid', {
      problems: paths.map((path) => ({ path, message })),
    });
  });

  test('of a path', async () => {
    const reply = await send(server, '/api/v1/agents/%zz', { headers: key.asSecret });
    const problems = [{ path: '', message: 'The path is not valid.' }];
    expectProblem(reply, server.publicOrigin, 'request_invalid', { problems });
  });

  test('and nothing was spent for any of it', async () => {
    expect(await spent()).toBe(0);
  });
});

describe('body_too_large', () => {
  const withLength = (bytes: number): string => `{"message":"${'x'.repeat(bytes - 14)}"}`;
  const json = { 'content-type': 'application/json' };

  test('one byte over 64 KiB; exactly 64 KiB is read', async () => {
    const reply = await post(messages, withLength(64 * 1024 + 1), json);
    expectProblem(reply, server.publicOrigin, 'body_too_large', { fix: 'Send at most 64 KiB.' });
    expect((await post(messages, withLength(64 * 1024), json)).problem().code).toBe('request_invalid');
  });

  test('over 64 KiB in pieces, without a length', async () => {
    const lines = [`POST ${messages} HTTP/1.1`, 'Host: localhost', `Authorization: ${key.asSecret.authorization}`];
    const head = [...lines, 'Content-Type: application/json', 'Transfer-Encoding: chunked', '', ''].join('\r\n');
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    const { socket, whole } = sendRaw(server, `${head}8000\r\n"${'x'.repeat(0x7fff)}\r\n${chunk}${chunk}0\r\n\r\n`);
    socket.on('data', () => socket.end());
    const { status, body } = parseRaw(await whole);
    expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  test('an unknown caller is refused before the body is read', async () => {
    const reply = await send(server, messages, { headers: json, body: withLength(60_000) });
    expect(reply.problem().code).toBe('credentials_missing');
  });
});

describe('headers_too_many', () => {
  const lines = (count: number): RequestHeaders =>
    Array.from({ length: count }, (_, index) => [`X-${index}`, 'x'] as const);
  const fix = 'Send at most 100 header lines.';

  test('101 lines, decided before the credentials; 100 are read', async () => {
    // Host and Connection are two of them.
    const tooMany = await send(server, '/api/v1/key', { headers: lines(99) });
    expectProblem(tooMany, server.publicOrigin, 'headers_too_many', { fix });
    expect((await send(server, '/api/v1/key', { headers: lines(98) })).problem().code).toBe('credentials_missing');
  });

  // Fails when the demo's sites, which stand before everything, refuse for all.
  test.each(['on', 'off'])('a preflight too, and a page can read why (the demo is %s)', async (DEMO) => {
    const other = await startTestServer({ environment: { DEMO } });
    for (const method of ['GET', 'OPTIONS']) {
      const reply = await send(other, '/api/v1/key', { method, headers: lines(99) });
      expectProblem(reply, other.publicOrigin, 'headers_too_many', { fix });
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
    }
    await other.stop();
  });

  test('2,000 lines: what Node drops is never read as absent', async () => {
    const text = Array.from({ length: 2_000 }, (_, index) => `x${index}:`).join('\r\n');
    const { status } = parseRaw(await sendRaw(server, `GET /api/v1/key HTTP/1.1\r\nHost: x\r\n${text}\r\n\r\n`).whole);
    expect(status).toBe(431);
  });

  test('more bytes of headers than Node takes: a problem too', async () => {
    const { whole } = sendRaw(server, `GET /api/v1/key HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    const { status, headers, body } = parseRaw(await whole);
    expect(status).toBe(431);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(JSON.parse(body)).toEqual({
      type: `${server.publicOrigin}/api/docs#headers_too_many`,
      title: 'The request has too many header lines.',
      status: 431,
      code: 'headers_too_many',
      detail: 'The request has too many header lines.',
      requestId: headers.get('x-request-id'),
      fix: 'Send at most 100 header lines and 16 KiB of headers.',
    });
  });
});

describe('bytes that are no HTTP request', () => {
  test.each([
    ['words', 'HELLO\r\n\r\n'],
    ['a TLS hello', Buffer.from('160301000100', 'hex')],
    ['a header without a name', 'GET /api/v1/key HTTP/1.1\r\n: x\r\n\r\n'],
    ['two lengths', 'POST /api/v1/key HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    [
      'a length and chunks',
      'POST /api/v1/key HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s: 400 and the connection is closed', async (_name, bytes) => {
    const { status } = parseRaw(await sendRaw(server, bytes).whole);
    expect(status).toBe(400);
  });

  test('no Host: a problem as any other, in HTTP/1.1 only', async () => {
    const { status, headers, body } = parseRaw(await sendRaw(server, 'GET /api/v1/key HTTP/1.1\r\n\r\n').whole);
    expect([status, headers.get('access-control-allow-origin'), headers.get('connection')]).toEqual([
      400,
      '*',
      'close',
    ]);
    const problems = [{ path: '', message: 'The header Host is missing.' }];
    expect(JSON.parse(body)).toMatchObject({
      code: 'request_invalid',
      requestId: headers.get('x-request-id'),
      problems,
    });
    const old = parseRaw(await sendRaw(server, 'GET /healthz HTTP/1.0\r\n\r\n').whole);
    expect(old.status).toBe(200);
  });

  test.each([
    ['a bare CR after a key', 'Authorization: Bearer pk_x\r\r\n'],
    ['a bare LF after a key', 'Authorization: Bearer pk_x\n\r\n'],
    ['a bare CR inside a header', 'X-Any: a\rb\r\n'],
    ['a NUL', 'X-Any: a\0b\r\n'],
    ['a folded line', 'X-Any: a\r\n b\r\n'],
  ])('%s: says where to look', async (_name, header) => {
    const bytes = `GET /api/v1/key HTTP/1.1\r\nHost: x\r\n${header}\r\n`;
    expect(JSON.parse(parseRaw(await sendRaw(server, bytes).whole).body)).toMatchObject({
      code: 'request_invalid',
      status: 400,
      fix: 'Look for a line break or another control character in a header: a key that was read from a file often ends with one.',
    });
  });

  test('the answer is a problem', async () => {
    const { headers, body } = parseRaw(await sendRaw(server, 'HELLO\r\n\r\n').whole);
    expect(headers.get('connection')).toBe('close');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(body)).toEqual({
      type: `${server.publicOrigin}/api/docs#request_invalid`,
      title: 'The request is not valid.',
      status: 400,
      code: 'request_invalid',
      detail: 'This is not a complete HTTP request.',
      requestId: headers.get('x-request-id'),
    });
  });
});
