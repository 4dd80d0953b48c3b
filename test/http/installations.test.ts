/** Where a key's chat is, as the chat says itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toIsoTime } from '../../server/gate/clock.ts';
import { createMember } from '../support/people.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const dayMs = 86_400_000;
let server: TestServer;
let key: TestKey;
let agentId: string;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization(10);
  key = await server.createKey(organizationId);
  agentId = (await server.createAgent(organizationId)).id;
});
afterAll(() => server.stop());

const say = (query: string, id = agentId) =>
  send(server, `/api/v1/agents/${id}${query}`, { headers: key.from('https://shop.example') });

async function read(): Promise<unknown> {
  const owner = await createMember(server, organizationId, 'viewer');
  let found: unknown;
  await expect
    .poll(async () => {
      const reply = await owner.send(`/api/org/${organizationId}/api-keys/${key.id}/usage?days=30`);
      const { days, installations } = reply.json() as { days: { accepted: number }[]; installations: unknown };
      found = installations;
      return days.reduce((sum, { accepted }) => sum + accepted, 0);
    })
    .toBeGreaterThan(0);
  return found;
}

test('is kept with its version, since the first day; what is no version, or of a dead tag, is not', async () => {
  await say('?widget=0.9.0');
  await read();
  const firstSeenOn = toIsoTime(server.clock()).slice(0, 10);
  server.clock.advance(dayMs);
  await say('?widget=%3Cimg%3E');
  await say('?widget=1.0.0&widget=2.0.0');
  await say(`?widget=${'1'.repeat(5)}.0.0`);
  await say('?widget=7.7.7', 'agt_gone');
  await send(server, `/api/v1/agents/${agentId}?widget=6.6.6`, { headers: key.asSecret });
  await say('?widget=1.0.0-beta.2');
  const lastSeenAt = toIsoTime(server.clock());
  await expect
    .poll(read)
    .toEqual([{ origin: 'https://shop.example', firstSeenOn, lastSeenAt, versions: ['1.0.0-beta.2', '0.9.0'] }]);
});
