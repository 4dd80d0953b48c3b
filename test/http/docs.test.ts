import { afterAll, beforeAll, expect, test } from 'vitest';
import { problems } from '../../server/gate/problem.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('the type of every problem leads to its entry on a page of this server', async () => {
  const response = await fetch(`${server.url}/api/docs`);
  const page = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  for (const [code, { title }] of Object.entries(problems)) {
    expect(page).toContain(`id="${code}"`);
    expect(page).toContain(title);
  }
});
