/** The examples of docs/examples, each as it stands there, asking a real server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRepositoryFile } from '../support/repository.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;

beforeAll(async () => {
  server = await startTestServer();
  const organizationId = await server.createOrganization();
  const { asSecret } = await server.createKey(organizationId, { scopes: ['keys:verify'] });
  process.env.POSTERN_URL = server.url;
  process.env.POSTERN_CREDENTIAL = asSecret.authorization.replace('Bearer ', '');
  // Its secret is proven once, which takes long on a busy machine, before an example asks within its 2 seconds.
  await send(server, '/api/v1/key', { headers: asSecret });
  key = await server.createKey(organizationId, {
    externalId: 'customer-7',
    scopes: ['invoices:read'],
    publishableScopes: ['invoices:read'],
  });
});
afterAll(async () => {
  delete process.env.POSTERN_URL;
  delete process.env.POSTERN_CREDENTIAL;
  await server.stop();
});

test('docs/protect.md shows the one for Express as it is', () => {
  expect(readRepositoryFile('docs/protect.md')).toContain(readRepositoryFile('docs/examples/express.ts'));
});

interface Answer {
  readonly status: number;
  readonly allowOrigin: string | null | undefined;
  readonly text: string;
}

type Ask = (method: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;

const byFetch =
  (handle: (request: Request) => Response | Promise<Response>): Ask =>
  async (method, headers) => {
    const response = await handle(new Request('https://api.own.example/invoices', { method, headers }));
    return {
      status: response.status,
      allowOrigin: response.headers.get('access-control-allow-origin'),
      text: await response.text(),
    };
  };

const overHttp =
  (listener: Parameters<typeof createServer>[1] | ReturnType<typeof createServer>): Ask =>
  async (method, headers) => {
    const listening = (typeof listener === 'function' ? createServer(listener) : listener!).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const reply = await send({ port }, '/invoices', { method, headers: headers as RequestHeaders });
    listening.close();
    listening.closeAllConnections();
    await once(listening, 'close');
    return { status: reply.status, allowOrigin: reply.headers['access-control-allow-origin'], text: reply.text };
  };

const examples: readonly (readonly [string, () => Promise<Ask>])[] = [
  [
    'express.ts',
    async () => overHttp((await import('../../docs/examples/express.ts')).app as Parameters<typeof createServer>[1]),
  ],
  [
    'hono.ts',
    async () => {
      const { app } = await import('../../docs/examples/hono.ts');
      return byFetch((request) => app.fetch(request));
    },
  ],
  [
    'next-route.ts',
    async () => {
      const { GET } = await import('../../docs/examples/next-route.ts');
      return byFetch(GET);
    },
  ],
  [
    'serve.ts',
    async () => {
      const { default: own } = await import('../../docs/examples/serve.ts');
      return byFetch((request) => own.fetch(request));
    },
  ],
  ['node-http.ts', async () => overHttp((await import('../../docs/examples/node-http.ts')).server)],
];

describe.each(examples)('%s', (_file, start) => {
  let ask: Ask;
  beforeAll(async () => {
    ask = await start();
  });

  test('a page on an allowed origin reads what belongs to the key', async () => {
    const answer = await ask('GET', key.from('https://shop.example'));
    expect(answer).toMatchObject({ status: 200, allowOrigin: '*' });
    expect(JSON.parse(answer.text)).toEqual({ invoicesOf: 'customer-7' });
  });

  test('a page on another origin is told why not', async () => {
    const answer = await ask('GET', key.from('https://evil.example'));
    expect(answer).toMatchObject({ status: 403, allowOrigin: '*' });
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'origin_not_allowed' });
  });

  test('a browser’s preflight is answered', async () => {
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };
    expect(await ask('OPTIONS', headers)).toMatchObject({ status: 204, allowOrigin: '*', text: '' });
  });
});
