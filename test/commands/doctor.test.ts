/** The command on pages of this machine: what it prints, and its exit code. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageReport } from '../../server/doctor/finding.ts';
import { runHere } from '../support/command-line.ts';
import { startCustomerSites, type CustomerSites } from '../support/customer-sites.ts';
import { createMovableClock, startTestServer, type TestServer } from '../support/server.ts';

const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));
let server: TestServer;
let sites: CustomerSites;
let good: string;
let bad: string;

beforeAll(async () => {
  mkdirSync(join(builtFolder, 'widget'));
  writeFileSync(join(builtFolder, 'widget/widget.js'), '/* postern-chat */');
  server = await startTestServer({ builtFolder, clock: createMovableClock(Date.now()) });
  sites = await startCustomerSites();
  const organizationId = await server.createOrganization();
  const { publicKey } = await server.createKey(organizationId, { allowedDomains: ['localhost:*'] });
  const { id } = await server.createAgent(organizationId);
  const tag = `<script async src="${server.url}/widget.js" data-key="${publicKey}" data-agent="${id}"></script>`;
  sites.show({ 'localhost/good': { html: tag }, 'localhost/bad': { html: tag.replace('data-agent', 'data-agnet') } });
  good = `http://localhost:${sites.port}/good`;
  bad = `http://localhost:${sites.port}/bad`;
});
afterAll(async () => {
  await sites.stop();
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

const run = (...args: string[]) =>
  runHere({ DATABASE_URL: `lmdb:${join(builtFolder, 'none')}` }, 'doctor', '--without-browser', ...args);

describe('doctor', () => {
  test('a good page: a line for each check, exit 0, and no database is needed', async () => {
    const { code, stdout, stderr } = await run(good);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('✓ The key allows the page’s origin.');
    expect(stdout).not.toMatch(/^[✗?]/m);
    expect(stdout).toMatch(/Nothing wrong was found\.\n$/);
  });

  test('a bad one: exit 1, the one line with its fix and what to paste', async () => {
    const { code, stdout } = await run(bad);
    expect(code).toBe(1);
    expect(stdout.match(/^✗.*$/gm)).toEqual([expect.stringMatching(/no data-agent.* → Copy the id \(agt_…\)/)]);
    expect(stdout).toContain('\n    data-agent="agt_…"\n');
  });

  test('--json is one object, on the standard output in both cases', async () => {
    for (const [url, exit] of [
      [good, 0],
      [bad, 1],
    ] as const) {
      const { code, stdout, stderr } = await run(url, '--json');
      expect({ code, stderr }).toEqual({ code: exit, stderr: '' });
      const { findings, ...report } = JSON.parse(stdout) as PageReport;
      expect(report).toEqual({ url, finalUrl: url });
      expect(findings.some(({ result }) => result === 'wrong')).toBe(exit === 1);
    }
  });

  test.each(['ftp://shop.example/', 'javascript:alert(1)', 'https://name:hunter2@shop.example/', 'https://'])(
    '%s is no page’s address: exit 2',
    async (url) => {
      const { code, stdout, stderr } = await run(url);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^URL must be the address of a page/);
      expect(stderr).not.toContain('hunter2');
    },
  );
});
