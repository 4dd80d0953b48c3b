/** Real pages in a real browser, in front of each proxy: one on an allowed origin reads the API, another one is told why not. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchBrowser } from '../e2e/browser.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { findProxy, proxyKinds } from './programs.ts';
import { startApi, type Api } from './start-api.ts';
import { startProxy, type RunningProxy } from './start-proxy.ts';

const pages = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>');
});
let pagesPort: number;
let browser: Browser;
let gate: TestServer;
let api: Api;
let key: TestKey;

beforeAll(async () => {
  pages.listen(0, '127.0.0.1');
  await once(pages, 'listening');
  pagesPort = (pages.address() as AddressInfo).port;
  browser = await launchBrowser();
  gate = await startTestServer({ environment: { TRUST_PROXY: '1' } });
  key = await gate.createKey(await gate.createOrganization(), { allowedDomains: ['shop.localhost'] });
  api = await startApi();
});
afterAll(async () => {
  await browser.close();
  await gate.stop();
  await api.stop();
  pages.closeAllConnections();
  pages.close();
});

for (const kind of proxyKinds) {
  const program = await findProxy(kind);

  describe.skipIf(program === undefined)(`a page whose API is behind ${kind.name}`, () => {
    let proxy: RunningProxy;

    beforeAll(async () => {
      const { organizationId } = key;
      proxy = await startProxy(kind, program!, { gatePort: gate.port, apiPort: api.port, organizationId });
      await vi.waitFor(
        async () => expect((await send(proxy, '/', { headers: key.asSecret })).status).toBe(200),
        10_000,
      );
    });
    afterAll(() => proxy.stop());

    async function readFrom(host: string) {
      const page = await browser.newPage();
      try {
        await page.goto(`http://${host}:${pagesPort}/`);
        return await page.evaluate(
          async ([url, authorization]) => {
            const response = await fetch(url, { headers: { authorization } });
            const { ok, code } = (await response.json()) as { ok?: boolean; code?: string };
            return { status: response.status, ok, code };
          },
          [`http://localhost:${proxy.port}/orders`, `Bearer ${key.publicKey}`] as const,
        );
      } finally {
        await page.close();
      }
    }

    test('on an allowed origin reads it', async () => {
      expect(await readFrom('shop.localhost')).toEqual({ status: 200, ok: true });
    });

    test('on another origin is told why not', async () => {
      expect(await readFrom('evil.localhost')).toEqual({ status: 403, code: 'origin_not_allowed' });
    });
  });
}
