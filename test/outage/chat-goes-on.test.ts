/**
 * Three servers on a replica set and Redis, as its users see it: the dashboard of one, a customer's page with the widget of
 * another, a backend behind a balancer over all three.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, openPage, ownerLines, startSites, type SiteServer, type WatchedPage } from '../e2e/browser.ts';
import { makeKey, startBuiltServer, type BuiltServer, type MadeKey } from '../e2e/built-server.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { startReplicaSet, type ReplicaSet } from '../support/replica-set.ts';
import { send } from '../support/requests.ts';
import { startRoundRobin, type RoundRobin } from '../support/round-robin.ts';

const { binary } = inject('mongod');
const redisServer = inject('redis');
/** After there is another primary: a try that was just refused, its countdown, and the answer. */
const answeredAgainMsMax = 7_000;
const perWindow = 5;

describe.skipIf(binary === undefined || redisServer === undefined)('three processes, a replica set and Redis', () => {
  let replicaSet: ReplicaSet;
  let redis: RedisServer;
  let servers: readonly BuiltServer[];
  let balancer: RoundRobin;
  let sites: SiteServer;
  let browser: Browser;
  let key: MadeKey;
  let settings: WatchedPage;
  let shop: WatchedPage;

  beforeAll(async () => {
    [replicaSet, redis, balancer, sites, browser] = await Promise.all([
      startReplicaSet(binary!),
      startRedis(redisServer!),
      startRoundRobin(),
      startSites(),
      launchBrowser(),
    ]);
    const environment = {
      DATABASE_URL: replicaSet.url,
      REDIS_URL: redis.url,
      DEMO: 'off',
      SESSION_SECRET: 'a session secret that is only for tests',
    };
    const first = await startBuiltServer(environment);
    servers = [first, ...(await Promise.all([startBuiltServer(environment), startBuiltServer(environment)]))];
    for (const { port } of servers) balancer.add(port);
    key = await makeKey(first, 'shop.example.com');
  });

  afterAll(async () => {
    await browser.close();
    await Promise.all([...servers.map((server) => server.stop()), sites.stop(), balancer.close()]);
    await Promise.all([replicaSet.stop(), redis.stop()]);
  });

  async function ask(page: Page, text: string): Promise<void> {
    await page.locator('textarea').fill(text);
    await page.locator('textarea').press('Enter');
  }

  const answers = (page: Page, text: string) => page.locator('.message.agent').getByText(text);

  test('the dashboard opens on one, and the tag of another chats', async () => {
    const [one, two] = servers as [BuiltServer, BuiltServer];
    const { url } = await one.run<{ url: string }>(
      ...['user', 'invite', '--org', key.organizationId, '--email', 'ada@example.com', '--role', 'owner'],
    );
    settings = await openPage(browser, `${one.origin}/setup${new URL(url).hash}`);
    const { page } = settings;
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.waitForURL(`${one.origin}/org/${key.organizationId}/settings/api-keys`);
    await page.getByRole('switch', { name: /^Web/ }).waitFor();

    const tag = `<script async src="${two.origin}/widget.js" data-key="${key.publicKey}" data-agent="${key.agentId}"></script>`;
    shop = await openPage(browser, sites.put('shop.example.com', tag));
    await shop.page.getByRole('button', { name: 'Chat' }).click();
    await ask(shop.page, 'When do you open?');
    await answers(shop.page, 'At nine.').waitFor();
  });

  test('disabled on one, the open chat on another is refused at its next message; enabled, it goes on', async () => {
    const theSwitch = settings.page.getByRole('switch', { name: /^Web/ });
    await theSwitch.click();
    await settings.page.getByText('Its requests are refused from now on').waitFor();
    await ask(shop.page, 'And now?');
    await expect.poll(() => ownerLines(shop.errors).some((line) => line.includes('key_disabled'))).toBe(true);
    expect(await shop.page.locator('.message.agent').count()).toBe(1);

    await theSwitch.click();
    // The switch itself is ahead of the server.
    await settings.page.getByText('is enabled.').waitFor();
    // A refused chat takes no words until a try goes through; then the message that was refused is answered.
    await shop.page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => shop.page.locator('.message.agent').count()).toBe(2);
    await shop.page.getByRole('button', { name: 'Send' }).waitFor();
    await ask(shop.page, 'How far is the harbour?');
    await answers(shop.page, 'Ten minutes on foot.').waitFor();
  });

  test('a limit is one for all three', async () => {
    const { page } = settings;
    const patched = await page.evaluate(
      async ([path, requests]) => {
        const body = JSON.stringify({ rateLimit: { requests, windowSeconds: 60 } });
        return (await fetch(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })).status;
      },
      [`/api/org/${key.organizationId}/api-keys/${key.keyId}`, perWindow] as const,
    );
    expect(patched).toBe(200);
    const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example.com' };
    const statuses: number[] = [];
    for (let call = 0; call < 2 * perWindow; call++)
      statuses.push((await send(balancer, '/api/v1/agents', { headers })).status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(perWindow);
    expect(statuses.at(-1)).toBe(429);
    await settings.page.evaluate(
      (path) =>
        fetch(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"rateLimit":null}' }),
      `/api/org/${key.organizationId}/api-keys/${key.keyId}`,
    );
  });

  test('the primary killed, the open chat goes on with the next one', async () => {
    const killed = await replicaSet.primary();
    killed.signal('SIGKILL');
    const killedAt = performance.now();
    let electedAt = Infinity;
    const elected = replicaSet.primary(killed).finally(() => (electedAt = performance.now()));
    // It is waited for at the end.
    elected.catch(() => undefined);
    const before = await answers(shop.page, 'At nine.').count();
    await ask(shop.page, 'When do you open?');
    const retry = shop.page.locator('[part=retry]');
    while ((await answers(shop.page, 'At nine.').count()) === before) {
      expect(performance.now() - electedAt).toBeLessThan(answeredAgainMsMax);
      if ((await retry.count()) > 0 && (await retry.isEnabled())) await retry.click();
      await shop.page.waitForTimeout(200);
    }
    await elected;
    const tookMs = Math.round(performance.now() - killedAt);
    await settings.page.reload();
    await settings.page.getByRole('switch', { name: /^Web/ }).waitFor();
    console.log(`replica set: the chat was answered ${tookMs} ms after the primary was killed`);
    expect([settings.thrown, shop.thrown]).toEqual([[], []]);
  });
});
