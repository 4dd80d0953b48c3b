/** Somebody's own Express app: without a gate, with one in its process, or asking a server (`GATE`). */
import type { AddressInfo } from 'node:net';
import express from 'express';
import { requireKey } from '../server/express/index.ts';
import { presentAgent } from '../server/http/present.ts';
import { openGate, openStore, parseDatabaseUrl } from '../server/index.ts';
import { benchOrganizationId } from './fixture.ts';
import { isRefusal } from '../server/gate/problem.ts';

const { DATABASE_URL = '', GATE, GATE_URL = '', GATE_CREDENTIAL = '' } = process.env;
const url = parseDatabaseUrl(DATABASE_URL);
if (isRefusal(url)) throw new Error(`DATABASE_URL must be ${url.expected}.`);
const store = await openStore(url);
const limits = { perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null };

const app = express();
if (GATE === 'in-process') app.use(requireKey(openGate({ store, organizationId: benchOrganizationId, limits })));
if (GATE === 'remote') app.use(requireKey({ url: GATE_URL, credential: GATE_CREDENTIAL }));
app.get('/agents', async (_request, response) => {
  const { items, nextCursor } = await store.listAgents(benchOrganizationId, { limit: 50 }, { public: true });
  response.json({ data: items.map((agent) => presentAgent(agent)), nextCursor });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ scryptRuns: 0, cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() });
});
process.once('SIGTERM', () => process.exit(0));
