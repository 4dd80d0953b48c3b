/** The pieces of a reply arrive one by one, also through what compresses and buffers in front of the server. */
import { once } from 'node:events';
import { request as beginRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findNginx, startNginx, type Nginx } from '../support/nginx.ts';
import { openStream } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const nginxProgram = findNginx();
let server: TestServer;
let key: TestKey;
let path: string;
/** Lets the agent say its next piece. */
let goOn: () => void;

beforeAll(async () => {
  const openAgent = () =>
    Promise.resolve({
      async *answer() {
        for (const piece of ['one ', 'two ', 'three']) {
          yield piece;
          await new Promise<void>((resolve) => (goOn = resolve));
        }
      },
    });
  server = await startTestServer({ openAgent });
  key = await server.createKey(await server.createOrganization());
  path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
});
afterAll(() => server.stop());

/** Each piece is awaited before the next one is made: one that is held back on the way would never arrive. */
async function expectPiecesOneByOne(port: number): Promise<void> {
  const headers = { ...key.asSecret, 'accept-encoding': 'gzip, br' };
  const stream = await openStream({ port }, path, { headers, body: { message: 'Hello' } });
  expect(stream.headers['cache-control']).toBe('no-store, no-transform');
  expect(stream.headers['content-encoding']).toBeUndefined();
  expect((await stream.next())?.event).toBe('start');
  for (const text of ['one ', 'two ', 'three']) {
    expect(await stream.next()).toEqual({ event: 'delta', data: { text } });
    goOn();
  }
  expect((await stream.rest()).map(({ event }) => event)).toEqual(['done']);
}

describe('pieces one by one', () => {
  test('without anything in front', () => expectPiecesOneByOne(server.port));

  test('through an Express proxy that compresses', async () => {
    const app = express();
    app.use(compression({ threshold: 0, filter: () => true }));
    app.use((request, response) => {
      const { method, url, headers } = request;
      const onward = beginRequest({ port: server.port, path: url, method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    const proxy: Server = app.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    await expectPiecesOneByOne((proxy.address() as AddressInfo).port);
    proxy.close();
  });

  // Without nginx it is skipped; under CI its absence is an error.
  test.skipIf(nginxProgram === undefined)('through nginx with gzip on and its buffers', async () => {
    const nginx: Nginx = await startNginx(nginxProgram!, server.port);
    try {
      await expectPiecesOneByOne(nginx.port);
    } finally {
      await nginx.stop();
    }
  });
});
