/** A member makes the server fetch an address: which ones never, how often, and how many at once. */
import type { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageChecks } from '../../server/doctor/page-checks.ts';
import type { PageReport } from '../../server/doctor/finding.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import { createCounters } from '../../server/usage/counters.ts';

let inside: Server;
let own: Server;
let asked: string[];
let insidePort: number;
let ownOrigin: string;
/** What the own server answers to `/widget/…`. */
let location = '';

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const tagTo = (origin: string): string =>
  `<script src="${origin}/widget.js" data-key="pk_1" data-agent="agt_1"></script>`;

beforeAll(async () => {
  inside = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'text/html').end('<p>Secret</p>');
  });
  insidePort = await listening(inside);
  own = createServer((request, response) => {
    if (request.url === '/widget/redirect') response.writeHead(302, { location }).end();
    else response.setHeader('content-type', 'text/html').end(tagTo(`http://127.0.0.1:${insidePort}`));
  });
  ownOrigin = `http://127.0.0.1:${await listening(own)}`;
});
beforeEach(() => (asked = []));
afterAll(async () => {
  for (const server of [inside, own]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Leads every name to these addresses, one after the other, and then to the last. */
function lookUpAs(...addresses: readonly string[]): typeof lookup {
  let times = 0;
  return ((_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) => {
    const address = addresses[Math.min(times, addresses.length - 1)] ?? '';
    times += 1;
    if (options.all === true) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  }) as unknown as typeof lookup;
}

const make = (isPrivateAllowed = false, lookUp = lookUpAs('127.0.0.1')) =>
  createPageChecks({ counters: createCounters(), clock: Date.now, isPrivateAllowed, ownOrigin, lookUp });
const nobodyLeaves = new AbortController().signal;

async function check(url: string, checkPage = make()): Promise<PageReport> {
  const report = await checkPage('org_1', new URL(url), nobodyLeaves);
  if (isRefusal(report)) throw new Error(report.code);
  return report;
}

describe('what a member may have looked at', () => {
  test.each([
    ['this machine', () => `http://127.0.0.1:${insidePort}/`],
    ['this machine, in IPv6', () => `http://[::1]:${insidePort}/`],
    ['this machine, inside IPv6', () => `http://[::ffff:127.0.0.1]:${insidePort}/`],
    ['this machine, as a number', () => `http://2130706433:${insidePort}/`],
    ['a name that leads here', () => `http://shop.example:${insidePort}/`],
    ['a machine’s metadata', () => 'http://169.254.169.254/latest/meta-data/'],
    ['this server’s own pages', () => `${ownOrigin}/metrics`],
  ])('never %s', async (_name, url) => {
    const { findings } = await check(url());
    expect(findings).toMatchObject([
      { check: 'page', result: 'wrong', sentence: 'The page can’t be fetched: its address is not a public one.' },
    ]);
    expect(asked).toEqual([]);
  });

  test('no redirect leads in', async () => {
    location = `http://127.0.0.1:${insidePort}/`;
    const { findings } = await check(`${ownOrigin}/widget/redirect`);
    expect(findings).toMatchObject([
      { check: 'page', result: 'wrong', sentence: expect.stringContaining('not a public') as string },
    ]);
    expect(asked).toEqual([]);
  });

  test('no tag leads in', async () => {
    const { findings } = await check(`${ownOrigin}/widget/page`);
    const script = findings.find((finding) => finding.check === 'script');
    expect(script).toMatchObject({ result: 'wrong', sentence: expect.stringContaining('not a public') as string });
    expect(asked).toEqual([]);
  });

  test('a name may not lead elsewhere once it was looked at: what is checked is what is connected to', async () => {
    await check(`http://shop.example:${insidePort}/`, make(false, lookUpAs('127.0.0.1', '93.184.216.34')));
    expect(asked).toEqual([]);
  });

  test('where the operator allows it, also this machine', async () => {
    const { findings } = await check(`http://127.0.0.1:${insidePort}/`, make(true));
    expect(findings.map((finding) => finding.check)).toEqual(['page', 'tag']);
    expect(asked).toEqual(['/']);
  });
});

describe('how much', () => {
  test('one at a time for an organization, beside another’s', async () => {
    const checkPage = make(true);
    const url = new URL(`http://127.0.0.1:${insidePort}/`);
    const [first, second, others] = await Promise.all(
      ['org_1', 'org_1', 'org_2'].map((id) => checkPage(id, url, nobodyLeaves)),
    );
    expect(second).toMatchObject({ ok: false, code: 'rate_limited', retryAfterSeconds: 5 });
    for (const done of [first, others]) expect(done).toMatchObject({ findings: expect.any(Array) as unknown });
    expect(await checkPage('org_1', url, nobodyLeaves)).toMatchObject({ url });
  });

  test('eight organizations at once, and no ninth', async () => {
    const checkPage = make(true);
    const url = new URL(`http://127.0.0.1:${insidePort}/`);
    const all = await Promise.all(Array.from({ length: 9 }, (_, at) => checkPage(`org_${at}`, url, nobodyLeaves)));
    expect(all.filter(isRefusal)).toMatchObject([{ code: 'server_busy' }]);
  });

  test('thirty in ten minutes', async () => {
    const checkPage = make(true);
    const url = new URL(`http://127.0.0.1:${insidePort}/`);
    for (let times = 0; times < 30; times++) expect(isRefusal(await checkPage('org_1', url, nobodyLeaves))).toBe(false);
    expect(await checkPage('org_1', url, nobodyLeaves)).toMatchObject({ ok: false, code: 'rate_limited' });
    expect(asked).toHaveLength(30);
  });

  test('who leaves ends it', async () => {
    const silent = createServer(() => undefined);
    const port = await listening(silent);
    const reader = new AbortController();
    const arrived = new Promise((resolve) => silent.once('request', resolve));
    const checking = make(true)('org_1', new URL(`http://127.0.0.1:${port}/`), reader.signal);
    await arrived;
    reader.abort();
    expect(await checking).toMatchObject({ findings: [{ check: 'page', result: 'wrong' }] });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('two megabytes of a page, and no circle of redirects', async () => {
    const endless = createServer((request, response) => {
      if (request.url === '/circle') return response.writeHead(302, { location: '/circle' }).end();
      response.setHeader('content-type', 'text/html');
      const write = (): void => {
        while (!response.destroyed && response.write('<p>word '.repeat(8_192)));
      };
      response.on('drain', write);
      return write();
    });
    const port = await listening(endless);
    const checkPage = make(true);
    const { findings } = await check(`http://127.0.0.1:${port}/`, checkPage);
    expect(findings[0]).toMatchObject({ result: 'unknown', sentence: 'Only the first 2 MiB of the page were read.' });
    const circle = await check(`http://127.0.0.1:${port}/circle`, checkPage);
    expect(circle.findings).toMatchObject([{ result: 'wrong', sentence: 'It redirects more than 5 times.' }]);
    endless.closeAllConnections();
    await new Promise((resolve) => endless.close(resolve));
  });
});
