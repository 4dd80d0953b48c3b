/**
 * A whole server process under load while its database fails, and what must hold then. The load asks for everything that
 * a fault could break: publishable and secret calls, keys that nobody has, messages that cost, changes of a key, and keys
 * that somebody else disables meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { agentInput, makeAgent } from '../../server/agents/agent-input.ts';
import { commandLine } from '../../server/audit/audit.ts';
import { sweep } from '../../server/sweep.ts';
import { systemClock } from '../../server/gate/clock.ts';
import { createPublicKey } from '../../server/gate/key-format.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { keyInput } from '../../server/keys/key-input.ts';
import { createKeyManager } from '../../server/keys/manage.ts';
import type { Store } from '../../server/store/port.ts';
import { startLoad, type Asked, type Client, type Load } from './load.ts';
import type { RequestOptions } from './requests.ts';
import { sampleKey, sampleOrganization } from './sample-records.ts';
import type { ServerProcess } from './server-process.ts';

/** A request that needs the database, or says that it is away, in less. */
export const answerMsMax = 2_500;
export const recoveryMsMax = 10_000;
const successesInARow = 1_000;
/** Between two requests of one client: the tests beside this one need the processor too. */
const pauseMs = 10;
const visitorEveryMs = 50;

/** What the load asks with, made through a connection that the fault does not touch. */
export interface Fixture {
  readonly organizationId: string;
  readonly agentId: string;
  /** Authorization of a pair that may do everything. */
  readonly pair: string;
  readonly publicKey: string;
  readonly edited: KeyRecord;
  /** Works until a test disables it. */
  readonly doomed: KeyRecord;
  readonly acknowledged: Acknowledged;
}

/** What servers acknowledged to their callers. */
interface Acknowledged {
  /** The names that the edited key was given, and the last that was acknowledged: they count up. */
  tried: number;
  version: number;
  /** messageId → conversationId and the id of the reply */
  readonly answers: Map<string, { readonly conversationId: string; readonly replyId: string }>;
}

export const origin = 'https://shop.example';
const creditsGranted = 1_000_000;

export async function makeFixture(store: Store): Promise<Fixture> {
  const organization = sampleOrganization();
  await store.createOrganization(organization, creditsGranted);
  const keys = createKeyManager({ store, clock: systemClock, actor: commandLine });
  const scopes = ['agents:read', 'messages:write', 'keys:manage'];
  const made = await keys.create(
    organization.id,
    keyInput.parse({ name: 'All', allowedDomains: ['shop.example'], scopes, budget: null, visitorBudget: null }),
  );
  if (isRefusal(made)) throw new Error(made.code);
  const faq = [{ question: 'When do you open?', answer: 'We open at nine.' }];
  const { agent, knowledge } = makeAgent(organization.id, agentInput.parse({ name: 'Helper', public: true, faq }), 1);
  await store.createAgent(agent, knowledge);
  const { publicKey } = made.key;
  return {
    organizationId: organization.id,
    agentId: agent.id,
    pair: `Bearer ${publicKey}:${made.secretKey}`,
    publicKey,
    edited: await makeKey(store, organization.id),
    doomed: await makeKey(store, organization.id),
    acknowledged: { tried: 0, version: 0, answers: new Map() },
  };
}

/** A key for publishable calls, which nobody has a secret of. */
export async function makeKey(store: Store, organizationId: string): Promise<KeyRecord> {
  const key = sampleKey(organizationId, { name: '0', allowedDomains: ['shop.example'] });
  await store.createKey(key);
  return key;
}

export function startOutageLoad(server: { readonly port: number }, fixture: Fixture): Load {
  const { organizationId, pair, publicKey, edited, doomed, acknowledged } = fixture;
  const page = (key: string): RequestOptions => ({ headers: { authorization: `Bearer ${key}`, origin } });
  const asPair: RequestOptions = { headers: { authorization: pair } };

  const agents: Client = (ask) => paced(ask('agents', '/api/v1/agents', page(publicKey)));
  const caller: Client = (ask) => paced(ask('caller', '/api/v1/key', asPair));
  const unknown: Client = (ask) => paced(ask('unknown', '/api/v1/agents', page(createPublicKey())));
  /** Comes and goes however long the others wait. */
  const visitor: Client = async (ask) => {
    void ask('agents', '/api/v1/agents', page(publicKey));
    void ask('doomed', '/api/v1/agents', page(doomed.publicKey));
    await sleep(visitorEveryMs);
  };
  const disabled: Client = (ask) => paced(ask('doomed', '/api/v1/agents', page(doomed.publicKey)));
  const ready: Client = (ask) => paced(ask('ready', '/readyz'));

  const message = messageClient(fixture);
  const edit: Client = async (ask) => {
    const name = ++acknowledged.tried;
    const path = `/api/org/${organizationId}/api-keys/${edited.id}`;
    const reply = await paced(ask('edit', path, { ...asPair, method: 'PATCH', body: { name: String(name) } }));
    if (reply?.status === 200) acknowledged.version = name;
  };

  const clients = [
    visitor,
    agents,
    agents,
    agents,
    caller,
    caller,
    unknown,
    disabled,
    disabled,
    ready,
    message,
    message,
    edit,
  ];
  return startLoad([server], clients);
}

/** Sends the same message until it is answered, as the widget's Retry does. */
export function messageClient({ agentId, pair, acknowledged }: Fixture): Client {
  return async (ask) => {
    const messageId = crypto.randomUUID();
    const body = { message: 'When do you open?', messageId };
    const options = { headers: { authorization: pair }, body };
    for (;;) {
      const reply = await paced(ask('message', `/api/v1/agents/${agentId}/messages`, options));
      if (reply?.status !== 200) continue;
      const { conversationId, reply: answer } = reply.json() as { conversationId: string; reply: { id: string } };
      acknowledged.answers.set(messageId, { conversationId, replyId: answer.id });
      return;
    }
  };
}

export async function paced<Result>(asking: Promise<Result> | undefined): Promise<Result | undefined> {
  const reply = await asking;
  await sleep(pauseMs);
  return reply;
}

const wantedByKind: Readonly<Record<string, readonly string[]>> = {
  unknown: ['401 key_invalid'],
  // It is answered so from the moment on in which somebody disabled it.
  doomed: ['401 key_disabled'],
  // Rotated or deleted, or disabled.
  revoked: ['401 key_invalid', '401 key_disabled'],
};

function isSuccess({ kind, status, code }: Asked): boolean {
  return (status >= 200 && status < 300) || wantedByKind[kind]?.includes(`${status} ${code}`) === true;
}

function isAway({ status, code }: Asked): boolean {
  return status === 503 && code === 'store_unavailable';
}

function describeAsked({ kind, startedAt, endedAt, status, code }: Asked): string {
  return `${kind}: ${status} ${code ?? ''} after ${Math.round(endedAt - startedAt)} ms`;
}

interface Fault {
  /** `performance.now()` when the database had stopped answering, and when it could answer again. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Waits until everything succeeds again; resolves to how long after the fault that was the case, in milliseconds. */
export async function recovery(load: Load, { endedAt }: Pick<Fault, 'endedAt'>): Promise<number> {
  for (;;) {
    const after = load.asked.filter((one) => one.endedAt > endedAt);
    const last = after.findLastIndex((one) => !isSuccess(one));
    const recoveredAt = after[last]?.endedAt ?? endedAt;
    if (after.length - last > successesInARow) return recoveredAt - endedAt;
    if (performance.now() - endedAt > 3 * recoveryMsMax) {
      const failures = after.filter((one) => !isSuccess(one)).slice(-5);
      throw new Error(`Not everything succeeds again: ${failures.map(describeAsked).join(', ')}`);
    }
    await sleep(20);
  }
}

/** Nobody was refused or let in by a database that was not there, nothing broke, nobody waited long. */
export function expectFailedClosed({ asked, stalls }: Load, { beganAt, endedAt }: Fault): void {
  const during = asked.filter((one) => one.startedAt > beganAt && one.endedAt < endedAt);
  expect(during.length).toBeGreaterThan(10);
  expect(during.filter((one) => !isAway(one)).map(describeAsked)).toEqual([]);
  // One that was under way when the fault began had that long to go; one that the end of the fault let in is late for itself.
  const slow = asked.filter((one) => {
    const sinceMs = Math.max(one.startedAt, beganAt);
    const tookMs = one.endedAt - sinceMs - stalls.during(sinceMs, one.endedAt);
    return tookMs > answerMsMax && (isAway(one) || sinceMs + answerMsMax < endedAt);
  });
  expect(slow.map(describeAsked)).toEqual([]);
  expectAnsweredOrAway(asked);
}

/** Nobody was told anything else than what is true, or that the database is away. */
export function expectAnsweredOrAway(asked: readonly Asked[]): void {
  // Around the fault a message may still be held by the attempt that the fault broke off.
  const isConflict = (one: Asked): boolean => one.kind === 'message' && one.code === 'conflict';
  const wrong = asked.filter((one) => !isSuccess(one) && !isAway(one) && !isConflict(one));
  expect(wrong.map(describeAsked)).toEqual([]);
}

/** No request that began after the acknowledgement of a disabling was let in. */
export function expectNeverAcceptedAfter(asked: readonly Asked[], disabledAt: number): void {
  const later = asked.filter((one) => one.kind === 'doomed' && one.startedAt > disabledAt);
  expect(later.length).toBeGreaterThan(0);
  expect(later.filter(({ status }) => status === 200).map(describeAsked)).toEqual([]);
}

/** Each acknowledged change is there, and each message was charged once, however often it was sent. */
export async function expectNothingLost(store: Store, fixture: Fixture): Promise<void> {
  const { organizationId, edited } = fixture;
  const { version, answers } = fixture.acknowledged;
  expect(Number((await store.findKey(organizationId, edited.id))?.name)).toBeGreaterThanOrEqual(version);
  expect(answers.size).toBeGreaterThan(0);
  await eachOf([...answers], async ([messageId, { conversationId, replyId }]) => {
    const turn = await store.findTurn(conversationId, messageId);
    expect([turn?.state, turn?.isCharged, turn?.reply?.id]).toEqual(['answered', true, replyId]);
  });
  await expectSpent(store, organizationId, answers.size);
}

/**
 * Looks at each, many at once: where one of three members is gone, a read that a majority confirms takes a tenth of a second,
 * alone as well as beside 50 others.
 */
export async function eachOf<Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += 50) await Promise.all(items.slice(index, index + 50).map(look));
}

/** Exactly so many credits are spent, when the sweep has given back what attempts that broke off had taken. */
async function expectSpent(store: Store, organizationId: string, spent: number): Promise<void> {
  while ((await store.listHolds(Date.now() + 1_200_000, 1)).length > 0) {
    await sweep(store, () => Date.now() + 1_200_000);
  }
  expect((await store.findCredits(organizationId))?.spent).toBe(spent);
}

/** It stops by itself, and nothing had gone wrong in it that nobody looked at. */
export async function expectSoundEnd(server: ServerProcess): Promise<void> {
  expect(await server.stop()).toBe(0);
  expect(server.lines.filter((line) => line.includes('"level":"fatal"'))).toEqual([]);
}

/** What a fault came to, for whoever reads the tests' output. */
export function report(name: string, { asked }: Load, fault: Fault, recoveredMs: number): void {
  const longest = (ones: readonly Asked[]) =>
    Math.round(Math.max(...ones.map((one) => one.endedAt - one.startedAt), 0));
  const away = asked.filter(isAway);
  const lasted = Math.round(fault.endedAt - fault.beganAt);
  console.log(
    `${name}, ${lasted} ms: ${asked.length} requests, ${away.length} answered 503 (the last of them after at most ${longest(away)} ms), all succeed ${Math.round(recoveredMs)} ms after its end`,
  );
}
