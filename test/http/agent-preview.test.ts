/** `POST …/agents/{agentId}/preview`: what an agent answers, for those who write it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMember, type Member } from '../support/people.ts';
import { expectLimit, expectProblemBody } from '../support/problem.ts';
import type { Reply } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let member: Member;
let agentId: string;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization(0);
  member = await createMember(server, organizationId, 'member');
  const made = await member.send(`/api/org/${organizationId}/agents`, {
    method: 'POST',
    body: { name: 'Private', public: false, faq: [{ question: 'When do you open?', answer: 'At nine.' }] },
  });
  agentId = (made.json() as { readonly id: string }).id;
});
afterAll(() => server.stop());

const ask = (body: object, id = agentId): Promise<Reply> =>
  member.send(`/api/org/${organizationId}/agents/${id}/preview`, { method: 'POST', body });

test('answers as on a page: without a credit, of an agent that no page reaches, and keeps nothing', async () => {
  const reply = await ask({ message: 'When do you open?' });
  expect(reply.status).toBe(200);
  expect(reply.json()).toMatchObject({ reply: { text: 'At nine.' }, credits: { spent: 0 } });
  const { conversationId } = reply.json() as { readonly conversationId: string };
  expect(await server.store.findConversation(organizationId, conversationId)).toBeUndefined();
  expect(await server.store.findCredits(organizationId)).toMatchObject({ granted: 0, spent: 0 });
});

test('refuses what is no question, and an agent of somebody else', async () => {
  for (const body of [{}, { message: ' ' }, { message: 'x'.repeat(4_001) }, { message: 'x', conversationId: 'cnv_1' }])
    expect((await ask(body)).problem().code).toBe('request_invalid');
  const other = await server.createOrganization(0);
  const theirs = await server.createAgent(other);
  expectProblemBody(await ask({ message: 'Hi' }, theirs.id), server.publicOrigin, 'not_found', {
    detail: 'This organization has no such agent.',
  });
});

test('an organization has 200 answers a day, whoever asks', async () => {
  const other = await createMember(server, organizationId, 'owner');
  const path = `/api/org/${organizationId}/agents/${agentId}/preview`;
  const send = () => other.send(path, { method: 'POST', body: { message: 'When do you open?' } });
  let answered = 0;
  for (; answered < 300; answered += 1) if ((await send()).status !== 200) break;
  expect(answered).toBeLessThan(200);
  expect(answered).toBeGreaterThan(190);
  const refused = await send();
  expect([refused.status, refused.problem().code]).toEqual([429, 'rate_limited']);
  expectLimit(refused);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(80_000);
  server.clock.advance(86_400_000);
  expect((await send()).status).not.toBe(429);
});
