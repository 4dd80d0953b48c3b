/** What there is to compare with: Express 5 with helmet and nothing else, with the very same handler on the same store. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import helmet from 'helmet';
import { presentAgent } from '../server/http/present.ts';
import { openStore, parseDatabaseUrl } from '../server/store/open.ts';
import { benchOrganizationId } from './fixture.ts';
import { isRefusal } from '../server/gate/problem.ts';

const url = parseDatabaseUrl(process.env.DATABASE_URL ?? '');
if (isRefusal(url)) throw new Error(`DATABASE_URL must be ${url.expected}.`);
const store = await openStore(url);

const app = express();
app.use(helmet());
app.get('/api/v1/agents', async (_request, response) => {
  const { items, nextCursor } = await store.listAgents(benchOrganizationId, { limit: 50 }, { public: true });
  response.json({ data: items.map((agent) => presentAgent(agent)), nextCursor });
});
/** Parses and answers what a message is, and does nothing else. */
app.post('/messages', express.json({ limit: 65_536 }), (request, response) => {
  const { message } = request.body as { message: string };
  const [conversationId, messageId, id] = [randomUUID(), randomUUID(), randomUUID()];
  const reply = { id, text: `A benchmark. ${message.length}`, createdAt: new Date().toISOString() };
  response.json({ conversationId, messageId, reply, credits: { spent: 1 } });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once('SIGTERM', () => process.exit(0));
