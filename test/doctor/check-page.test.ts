/** Every broken page has its one complaint, and a healthy one none: real pages, a real server, real calls. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAsker } from '../../server/doctor/asker.ts';
import { checkPage } from '../../server/doctor/check-page.ts';
import { checkVerdict } from '../../server/doctor/check-server.ts';
import type { PageReport } from '../../server/doctor/finding.ts';
import { brokenPages, healthyPage, type Installed } from '../support/broken-pages.ts';
import { lookUpHere, startCustomerSites } from '../support/customer-sites.ts';
import { createMovableClock, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let installed: Installed;
const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));

beforeAll(async () => {
  mkdirSync(join(builtFolder, 'widget'));
  writeFileSync(join(builtFolder, 'widget/widget.js'), '/* postern-chat */');
  server = await startTestServer({ builtFolder, clock: createMovableClock(Date.now()) });
  const sites = await startCustomerSites();
  const organizationId = await server.createOrganization();
  const allowedDomains = ['shop.example:*'];
  const key = await server.createKey(organizationId, { allowedDomains });
  const disabled = await server.createKey(organizationId, { allowedDomains });
  await server.keys.edit(organizationId, disabled.id, { enabled: false });
  const agent = await server.createAgent(organizationId);
  installed = {
    sites,
    gate: `gate.example:${server.port}`,
    gatePort: server.port,
    key: key.publicKey,
    disabledKey: disabled.publicKey,
    agent: agent.id,
  };
});
afterAll(async () => {
  await installed.sites.stop();
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

async function check(url: string): Promise<PageReport> {
  const asker = createAsker({ isPrivateAllowed: true, lookUp: lookUpHere, ca: installed.sites.ca });
  try {
    return await checkPage(new URL(url), { asker, now: Date.now });
  } finally {
    await asker.close();
  }
}

test('half a key at the end of what another server says is not shown', async () => {
  const detail = `${'x'.repeat(280)} sk_${'0a'.repeat(30)}`;
  const other = createServer((_request, response) => {
    response
      .writeHead(403, { 'content-type': 'application/json' })
      .end(JSON.stringify({ code: 'key_disabled', detail }));
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const asker = createAsker({ isPrivateAllowed: true });
  const api = new URL(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  try {
    const findings = await checkVerdict(asker, { api, key: 'pk_', agent: 'agt_1', origin: api.origin, now: Date.now });
    expect(findings[0]?.sentence).toMatch(/^x{280} sk_\[redacted/);
  } finally {
    await asker.close();
    other.close();
  }
});

const withResult = ({ findings }: PageReport, result: string) =>
  findings.filter((finding) => finding.result === result);

describe('a page', () => {
  test('where all is well has no complaint, and nothing that could not be seen', async () => {
    const report = await check(healthyPage.open(installed));
    expect(report.findings.filter(({ result }) => result !== 'ok')).toEqual([]);
    const seen = report.findings.map(({ check: name }) => name);
    for (const name of ['page', 'tag', 'script', 'key', 'origin', 'agent', 'preflight', 'clock'])
      expect(seen).toContain(name);
  });

  test.each(brokenPages.map((page) => [page.name, page] as const))(
    '%s: one complaint',
    async (_name, { open, complaint }) => {
      const report = await check(open(installed));
      const complaints = withResult(report, 'wrong');
      expect(complaints.map(({ check: name }) => name)).toEqual([complaint?.check]);
      expect(complaints[0]?.sentence).toMatch(complaint!.sentence);
      expect(complaints[0]?.fix).toMatch(complaint!.fix);
    },
  );
});
