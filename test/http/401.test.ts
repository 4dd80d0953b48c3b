import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { expectProblem } from '../support/problem.ts';
import { parseRaw, send, sendRaw, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;

beforeAll(async () => {
  server = await startTestServer();
  key = await server.createKey(await server.createOrganization());
});
afterAll(() => server.stop());

const get = (headers: RequestHeaders) => send(server, '/api/v1/agents', { headers });

const missingFix = 'Send the header "Authorization: Bearer" with a publishable key.';
const malformedFix =
  'Send one header "Authorization: Bearer pk_…" or "Bearer pk_…:sk_…" and copy the key whole, without spaces or quotes.';
const invalidFix = 'Copy the key from Settings → API Keys; if its secret is lost, rotate the key there.';

describe('credentials_missing', () => {
  test.each([
    ['GET', '/api/v1/agents'],
    ['GET', '/api/v1/agents/agt_1'],
    ['POST', '/api/v1/agents/agt_1/messages'],
    ['GET', '/api/v1/conversations/cnv_1'],
    ['GET', '/api/v1/key'],
    ['POST', '/api/v1/keys/verify'],
  ])('%s %s without an Authorization header', async (method, path) => {
    expectProblem(await send(server, path, { method }), server.publicOrigin, 'credentials_missing', {
      fix: missingFix,
    });
  });

  test('a key in the query is no credential', async () => {
    const reply = await send(server, `/api/v1/agents?authorization=Bearer%20${key.publicKey}&key=${key.publicKey}`);
    expectProblem(reply, server.publicOrigin, 'credentials_missing', { fix: missingFix });
  });

  test('a HEAD request gets the same status and challenge, and no body', async () => {
    const reply = await send(server, '/api/v1/agents', { method: 'HEAD' });
    expect([reply.status, reply.text]).toEqual([401, '']);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="postern"');
  });
});

describe('credentials_malformed', () => {
  const scheme = 'Use the scheme Bearer: "Authorization: Bearer pk_…" or "Bearer pk_…:sk_…".';
  const noScheme = 'Write "Bearer" and a space before the key: "Authorization: Bearer pk_…".';
  const quotes = 'Send the key without the quotes around it: "Authorization: Bearer pk_…".';
  const lone = 'Send the secret together with its publishable key: "Authorization: Bearer pk_…:sk_…".';
  const unseen = 'Copy the key again: a sign that can’t be seen, or a typographic one, is in it.';
  const cases: [string, () => string, string?][] = [
    ['another scheme', () => `Basic ${key.publicKey}`, scheme],
    ['another scheme with a pair', () => `Basic ${Buffer.from('pk_x:sk_x').toString('base64')}`, scheme],
    ['no scheme', () => key.publicKey, noScheme],
    ['no scheme, and the secret', () => key.secretKey, noScheme],
    ['two spaces', () => `Bearer  ${key.publicKey}`],
    ['a tab instead of the space', () => `Bearer\t${key.publicKey}`, unseen],
    ['nothing after the scheme', () => 'Bearer'],
    ['an empty header', () => ''],
    ['a wrong checksum', () => `Bearer ${key.publicKey.slice(0, -1)}${key.publicKey.endsWith('0') ? '1' : '0'}`],
    ['capital letters in the key', () => `Bearer ${key.publicKey.toUpperCase()}`],
    ['the secret alone', () => `bearer ${key.secretKey}`, lone],
    ['secret and key swapped', () => `Bearer ${key.secretKey}:${key.publicKey}`],
    ['a third part', () => `Bearer ${key.publicKey}:${key.secretKey}:${key.secretKey}`],
    ['an empty secret', () => `Bearer ${key.publicKey}:`],
    ['quotes', () => `Bearer "${key.publicKey}"`, quotes],
    ['quotes of another kind', () => `Bearer '${key.publicKey}:${key.secretKey}'`, quotes],
    ['typographic quotes', () => `Bearer ${Buffer.from(`“${key.publicKey}”`).toString('latin1')}`, unseen],
    ['a zero-width space', () => `Bearer ${Buffer.from(`${key.publicKey}\u200b`).toString('latin1')}`, unseen],
    ['a comma and more', () => `Bearer ${key.publicKey}, Bearer ${key.publicKey}`],
    ['257 characters', () => `Bearer ${key.publicKey}:${key.secretKey}`.padEnd(257, 'x')],
    ['10,000 characters', () => `Bearer ${'x'.repeat(10_000)}`],
    ['bytes that are no ASCII', () => `Bearer pk_\u00e9${'x'.repeat(31)}`, unseen],
  ];
  test.each(cases)('%s', async (_name, authorization, fix = malformedFix) => {
    const reply = await get({ authorization: authorization(), origin: 'https://shop.example' });
    expectProblem(reply, server.publicOrigin, 'credentials_malformed', { fix });
    expect(reply.text).not.toMatch(/[ps]k_[0-9a-zA-Z]/);
  });

  test('a line break in a credential that is verified', async () => {
    const { asSecret } = await server.createKey(key.organizationId, { scopes: ['keys:verify'] });
    const body = { credential: `${key.publicKey}\r\n` };
    const reply = await send(server, '/api/v1/keys/verify', { headers: asSecret, body });
    expect(reply.json()).toMatchObject({
      code: 'credentials_malformed',
      fix: 'Take the line break out of the key: one that is read from a file often ends with one.',
    });
  });

  test('two Authorization headers, also when both are the same good pair', async () => {
    const { authorization } = key.asSecret;
    const reply = await get([
      ['Authorization', authorization],
      ['authorization', authorization],
    ]);
    expectProblem(reply, server.publicOrigin, 'credentials_malformed', { fix: 'Send the Authorization header once.' });
  });
});

describe('key_invalid', () => {
  test('an unknown key and a wrong secret get the same answer, byte for byte but for the request id', async () => {
    const raw = async (credential: string) => {
      const lines = [
        'GET /api/v1/key HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${credential}`,
        'Connection: close',
      ];
      const text = await sendRaw(server, [...lines, '', ''].join('\r\n')).whole;
      const id = parseRaw(text).headers.get('x-request-id') ?? '';
      // Ids count up, so one may be a character longer.
      return text
        .replaceAll(id, 'ID')
        .replace(/^Date: .*$/m, '')
        .replace(
          /^Content-Length: (\d+)$/m,
          (_line, length: string) => `Content-Length: ${Number(length) - id.length}`,
        );
    };
    const unknownPair = await raw(`${createPublicKey()}:${createSecretKey()}`);
    expect(unknownPair).toContain('"code":"key_invalid"');
    expect(await raw(`${key.publicKey}:${createSecretKey()}`)).toBe(unknownPair);
    expect(await raw(createPublicKey())).toBe(unknownPair);
  });

  test('to the field', async () => {
    const reply = await get({ authorization: `Bearer ${key.publicKey}:${createSecretKey()}` });
    expectProblem(reply, server.publicOrigin, 'key_invalid', { fix: invalidFix });
  });

  test('the secret of another key', async () => {
    const other = await server.createKey(key.organizationId);
    const reply = await get({ authorization: `Bearer ${key.publicKey}:${other.secretKey}` });
    expectProblem(reply, server.publicOrigin, 'key_invalid', { fix: invalidFix });
  });

  test('a deleted key, at the first request after', async () => {
    const doomed = await server.createKey(key.organizationId);
    expect((await get(doomed.asSecret)).status).toBe(200);
    await server.keys.remove(doomed.organizationId, doomed.id);
    expectProblem(await get(doomed.asSecret), server.publicOrigin, 'key_invalid', { fix: invalidFix });
    const publishable = await get(doomed.from('https://shop.example'));
    expectProblem(publishable, server.publicOrigin, 'key_invalid', { fix: invalidFix });
  });
});

describe('key_disabled', () => {
  test('at the first request after it was disabled, and not after it was enabled again', async () => {
    const disabled = await server.createKey(key.organizationId);
    const fix = 'Enable this key in Settings → API Keys.';
    expect((await get(disabled.asSecret)).status).toBe(200);
    await server.keys.edit(disabled.organizationId, disabled.id, { enabled: false });
    expectProblem(await get(disabled.asSecret), server.publicOrigin, 'key_disabled', { fix });
    expectProblem(await get(disabled.from('https://shop.example')), server.publicOrigin, 'key_disabled', { fix });
    await server.keys.edit(disabled.organizationId, disabled.id, { enabled: true });
    expect((await get(disabled.asSecret)).status).toBe(200);
  });
});

describe('key_expired', () => {
  test('from the very millisecond of its expiry by the clock', async () => {
    const expiresAt = new Date(server.clock() + 60_000).toISOString();
    const expiring = await server.createKey(key.organizationId, { expiresAt });
    server.clock.advance(59_999);
    expect((await get(expiring.from('https://shop.example'))).status).toBe(200);
    server.clock.advance(1);
    const fix = 'Set a later expiry for this key in Settings → API Keys, or use another key.';
    expectProblem(await get(expiring.from('https://shop.example')), server.publicOrigin, 'key_expired', { fix });
    expectProblem(await get(expiring.asSecret), server.publicOrigin, 'key_expired', { fix });
  });
});

describe('accepted forms', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme %s', async (scheme) => {
    const reply = await get({ authorization: `${scheme} ${key.publicKey}:${key.secretKey}` });
    expect(reply.status).toBe(200);
  });
});
