/** A model agent on real servers of models: a whole chat over HTTP, stopped in the middle, and a key that is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openStream, send } from '../support/requests.ts';
import { startTestServer } from '../support/server.ts';
import { mockAnswer, startUpstream, upstreamKinds } from './start-upstream.ts';

for (const kind of upstreamKinds) {
  const upstream = await startUpstream(kind);

  describe.skipIf(upstream === undefined)(`a model agent on ${kind.name}`, async () => {
    if (upstream === undefined) return;
    const folder = mkdtempSync(join(tmpdir(), 'postern-models-'));
    const path = join(folder, 'upstreams.json');
    const { baseUrl } = upstream;
    const apiKeyEnv = kind.apiKey === undefined ? {} : { apiKeyEnv: 'UPSTREAM_KEY' };
    const listed = [
      { name: 'real', baseUrl, ...apiKeyEnv },
      { name: 'wrong', baseUrl, apiKeyEnv: 'WRONG_KEY' },
    ];
    writeFileSync(path, JSON.stringify(listed));
    const keys = { UPSTREAM_KEY: kind.apiKey ?? '', WRONG_KEY: 'sk-wrong-0123456789' };
    const server = await startTestServer({ environment: { AGENT_UPSTREAMS: path, ...keys } });
    const key = await server.createKey(await server.createOrganization(1_000));
    const model = { upstream: 'real', name: kind.model, instructions: 'Answer briefly.', outputTokensMax: 12 };
    const faq = [{ question: 'When do you open?', answer: 'At nine.' }];
    const fields = { creditsPerMessage: 5, faq };
    const agent = await server.createAgent(key.organizationId, { ...fields, model });
    const messages = (id: string): string => `/api/v1/agents/${id}/messages`;
    afterAll(async () => {
      await server.stop();
      await upstream.stop();
      rmSync(folder, { recursive: true });
    });

    test('answers piece by piece, marked as generated, and again in the same conversation', async () => {
      const request = { headers: key.asSecret, body: { message: 'When do you open?' } };
      const events = await (await openStream(server, messages(agent.id), request)).rest();
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { reply: { generated: true } } });
      const text = events
        .filter(({ event }) => event === 'delta')
        .map(({ data }) => data.text)
        .join('');
      const { reply, conversationId } = events.at(-1)!.data as { reply: { text: string }; conversationId: string };
      expect(text).toBe(reply.text);
      expect(text).not.toBe('');
      if (kind.name === 'LiteLLM') expect(text).toBe(mockAnswer);
      const again = await send(server, messages(agent.id), {
        ...request,
        body: { message: 'And on Sundays?', conversationId },
      });
      expect(again.json()).toMatchObject({ conversationId, reply: { generated: true } });
    });

    test('a reader who leaves in the middle stops it', async () => {
      const long = await server.createAgent(key.organizationId, {
        ...fields,
        model: { ...model, outputTokensMax: 4_000 },
      });
      const stream = await openStream(server, messages(long.id), {
        headers: key.asSecret,
        body: { message: 'Hello?' },
      });
      await stream.next();
      stream.leave();
      expect(
        (await send(server, messages(agent.id), { headers: key.asSecret, body: { message: 'Hello?' } })).status,
      ).toBe(200);
    });

    test.skipIf(kind.apiKey === undefined)('a wrong key is the owner’s trouble, and no visitor’s', async () => {
      const wrong = await server.createAgent(key.organizationId, { ...fields, model: { ...model, upstream: 'wrong' } });
      const reply = await send(server, messages(wrong.id), { headers: key.asSecret, body: { message: 'Hello?' } });
      expect([reply.status, reply.problem().code]).toEqual([502, 'agent_failed']);
      const line = server.logLines.findLast((one) => one.includes('agent failed'));
      expect(line).toMatch(/"trouble":"status","status":40[013]/);
      expect(line).not.toContain('sk-wrong-0123456789');
    });
  });
}
