/** Every address in other spellings: with a capital, and with a slash at its end. A proxy's rule for one path must be enough. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../support/requests.ts';
import { listRoutes } from '../support/route-list.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const files = ['widget.js', 'dashboard/assets/index-1.js', 'demo/assets/index-1.js'];
const routes = [...new Set(listRoutes().map(({ path }) => path))].filter((path) => path !== '/' && !path.includes('*'));
const paths = [
  ...routes.map((path) => path.replace(/:\w+/g, 'x')),
  '/org/org_1/settings/api-keys',
  ...files.map((path) => `/${path}`),
];

const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));
let server: TestServer;
beforeAll(async () => {
  for (const path of files.map((file) => join(builtFolder, file.replace(/^widget/, 'widget/widget')))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '1');
  }
  server = await startTestServer({ builtFolder, environment: { DEMO: 'on' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

/** Nothing at all stands there: neither a thing nor a rule. */
async function isNowhere(path: string): Promise<boolean> {
  const { status, text } = await send(server, path);
  return status === 404 && text.includes('There is no such address.');
}

test('the list is whole', () => {
  expect(routes.length).toBeGreaterThan(30);
  for (const path of ['/metrics', '/healthz', '/readyz', '/api/docs', '/api/v1/key', '/sign-in', '/demo/api/key']) {
    expect(paths).toContain(path);
  }
});

test.each(paths)('%s is there in this spelling only', async (path) => {
  expect(await isNowhere(path)).toBe(false);
  const [, first = '', rest = ''] = /^\/(\w)(.*)$/.exec(path) ?? [];
  const others = [`/${first.toUpperCase()}${rest}`, path.toUpperCase(), `/${path}`];
  // All that is below an organization is the dashboard's to judge, and below /authorize a visitor's address in another API.
  if (!path.startsWith('/org/') && path !== '/api/v1/authorize') others.push(`${path}/`);
  for (const other of others) expect(await isNowhere(other), other).toBe(true);
});
