/** `GET …/export`: everything of an organization in one archive, and nothing that is secret. */
import { randomBytes } from 'node:crypto';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { tooManyExports } from '../../server/http/exports.ts';
import type { ArchivedAgent, ArchivedOrganization, WholeConversation } from '../../server/http/wire.ts';
import { beginSummary } from '../../server/records/conversation-summary.ts';
import type { Conversation } from '../../server/records/conversation.ts';
import { createId } from '../../server/records/id.ts';
import { createWebhookSecrets } from '../../server/webhooks/secrets.ts';
import { importEvery, sampleEveryRecord } from '../support/every-record.ts';
import { heldMsMax, longestHoldMs } from '../support/longest-hold.ts';
import { createMember, type Member } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { openStream } from '../support/requests.ts';
import { sampleConversation, sampleTurn } from '../support/sample-records.ts';
import { startTestServer, testSessionSecret, type TestServer } from '../support/server.ts';
import { describeOnBothStores } from '../support/stores.ts';

let server: TestServer;
let organizationId: string;
let owner: Member;

const path = () => `/api/org/${organizationId}/export`;
const cookieOf = (member: Member) => ({ cookie: [...member.cookies].map((pair) => pair.join('=')).join('; ') });
const download = () => fetch(`http://localhost:${server.port}${path()}`, { headers: cookieOf(owner) });
const open = () => openStream(server, path(), { method: 'GET', headers: cookieOf(owner) });
const unzip = (bytes: Uint8Array): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]));
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the lines' type, named where they are read
const linesOf = <Line>(text = ''): readonly Line[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

async function export_(): Promise<Readonly<Record<string, string>>> {
  const response = await download();
  expect(response.status).toBe(200);
  return unzip(new Uint8Array(await response.arrayBuffer()));
}

async function openOrganization(): Promise<void> {
  organizationId = await server.createOrganization(500);
  owner = await createMember(server, organizationId, 'owner');
}

describeOnBothStores('an archive', ({ databaseUrl, open: openAgain }) => {
  const every = sampleEveryRecord();
  const [first = '', second = '', third = ''] = every.organizations.map(({ organization }) => organization.id);

  beforeAll(async () => {
    server = await startTestServer({ database: databaseUrl });
    const store = await openAgain();
    await importEvery(store, every);
    await store.close();
  });
  afterAll(() => server.stop());

  test('has every record of the organization, and of no other', async () => {
    for (organizationId of [first, second, third]) {
      owner = await createMember(server, organizationId, 'owner');
      const ofIt = <Item extends { readonly organizationId: string | null }>(all: readonly Item[]) =>
        all.filter((item) => item.organizationId === organizationId);
      const idsIn = (text: string | undefined, field = 'id') =>
        linesOf<Record<string, string>>(text).map((line) => line[field]);
      const files = await export_();
      const expectIds = (name: string, ids: readonly string[], field?: string) =>
        expect([name, idsIn(files[`${name}.ndjson`], field).toSorted()]).toEqual([name, ids.toSorted()]);

      expect(JSON.parse(files['organization.json']!)).toMatchObject({ id: organizationId, credits: { granted: 100 } });
      const people = [...ofIt(every.members).map(({ userId }) => userId), owner.user.id];
      expectIds('members', people, 'userId');
      const keys = ofIt(every.keys);
      expectIds(
        'api-keys',
        keys.map(({ id }) => id),
      );
      const days = every.usageDays.filter(({ keyId }) => keys.some(({ id }) => id === keyId));
      expectIds(
        'usage',
        days.map(({ date }) => date),
        'date',
      );
      const agents = every.agents.filter(({ agent }) => agent.organizationId === organizationId);
      expectIds(
        'agents',
        agents.map(({ agent }) => agent.id),
      );
      for (const { id, faq, synonyms } of linesOf<ArchivedAgent>(files['agents.ndjson'])) {
        const kept = agents.find(({ agent }) => agent.id === id);
        expect([faq, synonyms]).toEqual([kept?.knowledge.entries, kept?.agent.synonyms]);
      }
      const conversations = ofIt(every.conversations);
      expectIds(
        'conversations',
        conversations.map(({ id }) => id),
      );
      for (const { id, messages } of linesOf<WholeConversation>(files['conversations.ndjson'])) {
        const turns = every.turns.filter(({ conversationId }) => conversationId === id);
        expect(messages).toHaveLength(turns.flatMap(({ reply }) => (reply === null ? [1] : [1, 2])).length);
      }
      expectIds(
        'webhooks',
        ofIt(every.webhooks).map(({ id }) => id),
      );
      expectIds(
        'deliveries',
        ofIt(every.deliveries).map(({ id }) => id),
      );
      const events = (await server.store.listAudit(organizationId, { limit: 100 })).items;
      expectIds(
        'audit',
        events.map(({ id }) => id),
      );
      expect(events.find(({ action }) => action === 'organization.exported')).toMatchObject({
        actor: { id: owner.user.id },
        target: { id: organizationId },
      });
      for (const other of [first, second, third].filter((id) => id !== organizationId))
        expect(Object.values(files).join()).not.toContain(other);
    }
  });

  test('has no secret, no hash and nothing else that is made from one', async () => {
    await openOrganization();
    const { id, secretKey } = await server.createKey(organizationId);
    await server.keys.rotate(organizationId, id, 60);
    const key = (await server.store.findKey(organizationId, id))!;
    const invited = await owner.send(`/api/org/${organizationId}/members`, { body: { email: 'new@example.com' } });
    const [link] = await server.store.listLinks(organizationId);
    const webhook = await owner.send(`/api/org/${organizationId}/webhooks`, {
      body: { url: 'https://hooks.example/', events: ['key.budget'] },
    });
    const [kept] = await server.store.listWebhooks(organizationId);
    const user = (await server.store.findUser(owner.user.id))!;
    const group = randomBytes(12).toString('base64url');
    await server.store.addUsage({
      days: [
        {
          organizationId,
          keyId: id,
          date: '2026-11-23',
          accepted: 1,
          refused: {},
          origins: [],
          evidence: {
            calls: 1,
            withoutBrowserHeaders: 0,
            addressedCalls: 1,
            groups: [{ digest: group, calls: 1, overcount: 0 }],
          },
        },
      ],
      activities: [],
    });
    const conversation = sampleConversation(organizationId);
    await server.store.createConversation(conversation);
    await server.store.createTurn(sampleTurn(conversation.id, { message: `Mine is ${secretKey}` }));
    const secrets = [
      secretKey,
      ...[key.secret, key.previousSecret!].flatMap(({ hash, fingerprint, digest }) => [hash, fingerprint, digest]),
      user.passwordHash,
      ...user.sessions.map((session) => session.id),
      [...owner.cookies.values()].join(),
      link!.tokenDigest,
      new URL(String(invited.json().url)).hash.replace('#token=', ''),
      String(webhook.json().secret),
      createWebhookSecrets(testSessionSecret).secretOf(kept!),
      'whsec_',
      group,
      testSessionSecret,
    ].filter((secret) => secret !== null);
    expect(secrets.every((secret) => secret.length > 5)).toBe(true);
    const files = await export_();
    expect(files['conversations.ndjson']).toContain('Mine is sk_…');
    expect(files['invitations.ndjson']).toContain('new@example.com');
    for (const [name, text] of Object.entries(files))
      expect([name, secrets.filter((secret) => text.includes(secret))]).toEqual([name, []]);
  });

  describe('of 2,000 conversations, 24 MB', () => {
    const count = 2_000;
    let conversations: readonly Conversation[];

    beforeAll(async () => {
      await openOrganization();
      const nowMs = server.clock();
      const store = await openAgain();
      const summary = { ...beginSummary('Noise'), openTurns: 0 };
      conversations = Array.from({ length: count }, (_, index) =>
        sampleConversation(organizationId, { lastActiveAt: nowMs - 600_000 - index, summary }),
      );
      // Noise, so that it is as long as it looks.
      const turns = conversations.map(({ id }) => sampleTurn(id, { message: randomBytes(9_000).toString('base64') }));
      for (let at = 0; at < count; at += 500) {
        await store.importRecords('conversations', conversations.slice(at, at + 500));
        await store.importRecords('turns', turns.slice(at, at + 500));
      }
      await store.close();
    }, 120_000);

    const idsOf = (text: string | undefined) => linesOf<WholeConversation>(text).map(({ id }) => id);

    test('has all of them, once, and holds nothing up for long', { timeout: 180_000 }, async () => {
      let bytes = new Uint8Array();
      const held = await longestHoldMs(async () => {
        const chunks: Buffer[] = [];
        const { message } = await open();
        for await (const chunk of message) chunks.push(chunk as Buffer);
        bytes = new Uint8Array(Buffer.concat(chunks));
      });
      expect(held).toBeLessThan(heldMsMax);
      const ids = idsOf(unzip(bytes)['conversations.ndjson']);
      expect(ids).toEqual(conversations.map(({ id }) => id));
    });

    test('a conversation that goes on while it is written is in it too', { timeout: 120_000 }, async () => {
      const last = conversations.at(-1)!;
      const listTurns = vi.spyOn(server.store, 'listTurns');
      listTurns.mockImplementationOnce(async (...asked) => {
        await server.store.createTurn(sampleTurn(last.id, { message: 'Still here?', askedAt: server.clock() }));
        return server.store.listTurns(...asked);
      });
      const files = await export_();
      listTurns.mockRestore();
      const found = linesOf<WholeConversation>(files['conversations.ndjson']).filter(({ id }) => id === last.id);
      expect(found.at(-1)?.messages.map(({ text }) => text)).toContain('Still here?');
    });

    test('and one that goes on again while the others that went on are written', { timeout: 120_000 }, async () => {
      const moved = conversations.slice(-150);
      const [wanderer, newest] = [moved[0]!, moved.at(-1)!];
      const goOn = async ({ id }: Conversation) => {
        server.clock.advance(1);
        await server.store.createTurn(sampleTurn(id, { message: 'Still here?', askedAt: server.clock() }));
      };
      const listTurns = server.store.listTurns.bind(server.store);
      let step = 0;
      const spy = vi.spyOn(server.store, 'listTurns').mockImplementation(async (id, ...rest) => {
        if (step === 0) {
          step = 1;
          for (const conversation of moved) await goOn(conversation);
        } else if (step === 1 && id === newest.id) {
          step = 2;
          await goOn(wanderer);
        }
        return listTurns(id, ...rest);
      });
      const files = await export_();
      spy.mockRestore();
      expect(step).toBe(2);
      expect(new Set(idsOf(files['conversations.ndjson']))).toEqual(new Set(conversations.map(({ id }) => id)));
    });

    test('reads no more than its reader takes, and stops when the reader leaves', { timeout: 120_000 }, async () => {
      const listTurns = vi.spyOn(server.store, 'listTurns');
      const stream = await open();
      stream.message.pause();
      let before = -1;
      await vi.waitFor(
        () => {
          const now = listTurns.mock.calls.length;
          const isStill = now > 100 && now === before;
          before = now;
          expect(isStill).toBe(true);
        },
        { timeout: 60_000, interval: 1_000 },
      );
      expect(before).toBeLessThan(count);
      stream.leave();
      await expectFree();
      expect(listTurns.mock.calls.length).toBeLessThan(before + 200);
      listTurns.mockRestore();
    });

    test('an organization has two at a time, together with files of conversations', async () => {
      const [one, two] = [await open(), await open()];
      for (const busy of [await owner.send(path()), await owner.send(path().replace('export', 'conversations.csv'))])
        expectProblemBody(busy, server.publicOrigin, 'rate_limited', {
          detail: tooManyExports.detail,
          fix: tooManyExports.fix,
        });
      one.leave();
      two.leave();
      await expectFree();
    });

    /** Nothing is being written any more: two begin. */
    async function expectFree(): Promise<void> {
      await vi.waitFor(
        async () => {
          const streams = [await open(), await open()];
          for (const stream of streams) stream.leave();
          expect(streams.map(({ status }) => status)).toEqual([200, 200]);
        },
        { timeout: 10_000 },
      );
    }
  });
});

describe('an archive', () => {
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(openOrganization);

  test('is a ZIP with a name, of which README.txt and the guide name each file', async () => {
    const response = await download();
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="postern-${organizationId}-2026-11-23.zip"`,
    );
    const files = unzip(new Uint8Array(await response.arrayBuffer()));
    const { id, exportedAt } = JSON.parse(files['organization.json']!) as ArchivedOrganization;
    expect({ id, exportedAt }).toEqual({ id: organizationId, exportedAt: new Date(server.clock()).toISOString() });
    const guide = readRepositoryFile('docs/organization.md');
    for (const name of Object.keys(files).filter((one) => one !== 'README.txt')) {
      expect(files['README.txt']).toContain(`${name}: `);
      expect(guide).toContain(`\`${name}\``);
    }
  });

  test('that breaks in the middle has no end and opens nowhere; the log says why', async () => {
    const listed = vi.spyOn(server.store, 'listWebhooks').mockRejectedValue(new Error('a broken index'));
    const response = await download();
    expect(response.status).toBe(200);
    const chunks: Uint8Array[] = [];
    const read = async () => {
      for await (const chunk of response.body!) chunks.push(chunk);
    };
    await expect(read()).rejects.toThrow();
    listed.mockRestore();
    const bytes = new Uint8Array(Buffer.concat(chunks));
    expect(bytes.length).toBeGreaterThan(0);
    expect(() => unzipSync(bytes)).toThrow();
    expect(server.logLines.join('\n')).toContain('a broken index');
    await vi.waitFor(async () => expect(Object.keys(await export_())).toContain('audit.ndjson'), 10_000);
  });

  test('of a store that is away is a refusal', async () => {
    const away = vi.spyOn(server.store, 'findCredits').mockRejectedValue(new Error('away'));
    const reply = await owner.send(path());
    away.mockRestore();
    expectProblemBody(reply, server.publicOrigin, 'internal');
    expect((await server.store.listAudit(organizationId, { limit: 10 })).items).toEqual([]);
  });

  test('has what visitors are told', async () => {
    const contact = { email: 'help@shop.example', leaveMessage: true };
    await server.store.changeOrganization(organizationId, { contact, privacyUrl: 'https://shop.example/privacy' });
    expect(JSON.parse((await export_())['organization.json']!)).toMatchObject({
      contact,
      privacyUrl: 'https://shop.example/privacy',
    });
  });

  test('has the days of years', async () => {
    const { id: keyId } = await server.createKey(organizationId);
    const dates = ['2026-11-23', '2026-12-22', '2026-12-23', '2027-01-22', '2028-06-01', '2029-11-22'];
    const days = dates.map((date) => ({ organizationId, keyId, date, accepted: 1, refused: {}, origins: [] }));
    await server.store.addUsage({ days, activities: [] });
    server.clock.advance(Date.parse('2029-11-22T12:00:00Z') - server.clock());
    owner = await createMember(server, organizationId, 'owner', { id: createId('usr', server.clock()) });
    const lines = linesOf<{ date: string }>((await export_())['usage.ndjson']);
    expect(lines.map(({ date }) => date)).toEqual(dates);
  });
});
