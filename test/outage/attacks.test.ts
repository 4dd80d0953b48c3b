/**
 * What one caller tried against the event loop, memory and sockets of the server, each many times at once, while visitors chat:
 * the server's health is answered in time, and no chat is lost.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../server/gate/clock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store } from '../../server/store/port.ts';
import type { FloodRequest } from '../support/flood-child.ts';
import { startLoad } from '../support/load.ts';
import { makeFixture, origin, type Fixture } from '../support/outage.ts';
import { createMember } from '../support/people.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

const healthEveryMs = 50;
/** A container's probe waits a second. */
const healthMsMax = 1_000;
/** The server's own, at rest and under the chats, is some 150 MB. */
const memoryMbMax = 500;

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
let server: ServerProcess;
let flooding: ChildProcess;
let store: Store;
let fixture: Fixture;
let asMember: RequestHeaders;
let asVisitor: RequestHeaders;
/** The first three bytes: others for each attempt, which the limits of the one before don't know. */
let addresses: string;

beforeAll(async () => {
  const database = join(folder, 'store');
  store = await openStore({ kind: 'lmdb', path: database });
  server = await startServerProcess(`lmdb:${database}`, {
    TRUST_PROXY: '1',
    RATE_LIMIT_REFUSED_ORIGIN_PER_IP: '600/60',
    RATE_LIMIT_REFUSED_PER_IP: '60/60',
  });
  await server.ready;
  flooding = fork(fileURLToPath(new URL('../support/flood-child.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  await once(flooding, 'message');
  fixture = await makeFixture(store);
  const publicOrigin = `http://localhost:${server.port}`;
  const visited = { store, clock: systemClock, port: server.port, publicOrigin };
  const member = await createMember(visited, fixture.organizationId, 'member');
  const cookie = [...member.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  asMember = { origin: publicOrigin, cookie };
  asVisitor = { authorization: `Bearer ${fixture.publicKey}`, origin };
});
afterAll(async () => {
  flooding.kill();
  expect(await server.stop()).toBe(0);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sent at once, from another process. */
async function flood(requests: readonly FloodRequest[]): Promise<readonly number[]> {
  const answered = once(flooding, 'message') as Promise<[readonly number[]]>;
  flooding.send({ port: server.port, requests });
  const [statuses] = await answered;
  return statuses;
}

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A connection that sends this and reads nothing. */
async function openUnread(text: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(text);
  return socket;
}

async function holdOpen(sockets: readonly Promise<Socket>[]): Promise<readonly number[]> {
  const open = await Promise.all(sockets);
  await sleep(1_000);
  for (const socket of open) socket.resetAndDestroy();
  return [];
}

const question = '{"message":"When do you open?"}';
const rawChat = () =>
  [
    `POST /api/v1/agents/${fixture.agentId}/messages HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${fixture.publicKey}`,
    `Origin: ${origin}`,
    'Content-Type: application/json',
    `Content-Length: ${question.length}`,
    '',
    question,
  ].join('\r\n');

const keysPath = () => `/api/org/${fixture.organizationId}/api-keys`;

/** Each with the statuses that it may be answered; those of sockets that read nothing are not known. */
const attacks: readonly (readonly [
  name: string,
  run: () => Promise<readonly number[]>,
  statuses: readonly number[],
])[] = [
  [
    'lists of 20,000 broken domains',
    () =>
      flood(
        times(20, () => ({
          path: keysPath(),
          options: { headers: asMember, body: { name: 'x', allowedDomains: '!,'.repeat(20_000) } },
        })),
      ),
    [400],
  ],
  [
    'FAQs of headings full of spaces and line separators',
    () => {
      const faq = `#${' '.repeat(3_000)}\u2028`.repeat(15);
      const path = `/api/org/${fixture.organizationId}/agents`;
      return flood(times(20, () => ({ path, options: { headers: asMember, body: { name: 'x', faq } } })));
    },
    [400],
  ],
  [
    'sign-ins of 500 made-up people from 20 addresses',
    () =>
      flood(
        times(500, (index) => ({
          path: '/api/session',
          options: {
            headers: { origin: `http://localhost:${server.port}`, 'x-forwarded-for': `${addresses}.${index % 20}` },
            body: { email: `${index}@example.com`, password: 'a wrong password' },
          },
        })),
      ),
    [401, 429, 503],
  ],
  [
    '300 calls from made-up origins',
    () =>
      flood(
        times(300, (index) => ({
          path: '/api/v1/key',
          options: {
            headers: {
              authorization: `Bearer ${fixture.publicKey}`,
              origin: `https://${index}.evil.example`,
              'x-forwarded-for': `${addresses}.99`,
            },
          },
        })),
      ),
    [403, 429],
  ],
  [
    '300 wrong secrets',
    () => {
      const authorization = `Bearer ${fixture.publicKey}:sk_${'a'.repeat(64)}`;
      return flood(
        times(300, () => ({
          path: '/api/v1/key',
          options: { headers: { authorization, 'x-forwarded-for': `${addresses}.98` } },
        })),
      );
    },
    [401, 429],
  ],
  ['300 readings of the figures', () => flood(times(300, () => ({ path: '/metrics', options: {} }))), [200, 404]],
  [
    '100 connections that read none of their answers',
    () => holdOpen(times(100, () => openUnread(rawChat().repeat(20)))),
    [],
  ],
  [
    '20 connections with 1,000 requests each, gone at once',
    async () => {
      const open = await Promise.all(times(20, () => openUnread(rawChat().repeat(1_000))));
      for (const socket of open) socket.resetAndDestroy();
      await sleep(500);
      return [];
    },
    [],
  ],
  ['500 connections that send a letter', () => holdOpen(times(500, () => openUnread('P'))), []],
];

test('beside each of them health is answered in time and every chat as well', { timeout: 300_000 }, async () => {
  const ask = { headers: asVisitor, body: { message: 'When do you open?' } };
  const chats = startLoad(
    [server],
    times(2, () => async (to) => {
      await to('chat', `/api/v1/agents/${fixture.agentId}/messages`, ask);
      await sleep(20);
    }),
  );
  const seen: Record<string, { readonly answers: number; readonly healthMsMax: number; readonly memoryMb: number }> =
    {};
  for (const [name, run, expected] of attacks) {
    let answers = 0;
    let least = Infinity;
    // Once more where it was too long: then it may have been the machine.
    for (let attempt = 0; attempt < 3 && least > healthMsMax; attempt++) {
      addresses = `192.0.${attempt}`;
      const probe = startProbe();
      const statuses = await run();
      least = Math.min(least, await probe.stop());
      expect([name, [...new Set(statuses)].filter((status) => !expected.includes(status))]).toEqual([name, []]);
      answers += statuses.length;
    }
    seen[name] = { answers, healthMsMax: Math.round(least), memoryMb: residentMb(server.pid) };
  }
  await chats.stop();
  console.table(seen);
  for (const [name, { healthMsMax: longest, memoryMb }] of Object.entries(seen)) {
    expect([name, longest < healthMsMax || longest, memoryMb < memoryMbMax || memoryMb]).toEqual([name, true, true]);
  }
  expect(chats.asked.filter(({ status }) => status !== 200)).toEqual([]);
  expect(chats.asked.length).toBeGreaterThan(50);
});

/** Asks for the health as a container's platform does, over a new connection each time; the longest that it took. */
function startProbe() {
  const probed = { isOver: false, longestMs: 0 };
  async function probe(): Promise<void> {
    while (!probed.isOver) {
      const startedAt = performance.now();
      expect((await send(server, '/healthz')).status).toBe(200);
      probed.longestMs = Math.max(probed.longestMs, performance.now() - startedAt);
      await sleep(healthEveryMs);
    }
  }
  const probing = probe();
  return {
    async stop(): Promise<number> {
      probed.isOver = true;
      await probing;
      return probed.longestMs;
    },
  };
}

function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}
