import { unbound, windowAt } from '../../server/records/budget.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Agent } from '../../server/agents/port.ts';
import { createBudgets, type Spender } from '../../server/credits/budgets.ts';
import { createCounters, type Counters } from '../../server/usage/counters.ts';
import { holdFor } from '../../server/records/turn.ts';
import { createConverse, leaseMs, type TurnEvent, type TurnRequest } from '../../server/chat/converse.ts';
import { sweep } from '../../server/sweep.ts';
import { dayMs } from '../../server/gate/clock.ts';
import { conversationTurnsMax } from '../../server/records/conversation.ts';
import type { Principal } from '../../server/gate/verdict.ts';
import { StoreUnavailableError, type CopyableStore, type Store } from '../../server/store/port.ts';
import {
  sampleAgent,
  sampleAuditEvent,
  sampleConversation,
  sampleHold,
  sampleKey,
  sampleModel,
  sampleOrganization,
  sampleTime,
  sampleTurn,
} from '../support/sample-records.ts';
import { bundleScript } from '../support/store-process.ts';
import { describeOnBothStores } from '../support/stores.ts';

type Answering = (...args: Parameters<Agent['answer']>) => AsyncIterable<string>;

async function* sayHello(): AsyncGenerator<string> {
  await Promise.resolve();
  yield 'Hel';
  yield 'lo.';
}

async function collect(events: AsyncIterable<TurnEvent>): Promise<TurnEvent[]> {
  const all: TurnEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The outcome that a turn ends with. */
function endOf(events: readonly TurnEvent[]) {
  const last = events.at(-1);
  if (last?.type === 'done') return { ...last.answer, code: 'ok' };
  if (last?.type === 'refused') return { code: last.refusal.code };
  throw new Error('A turn must end with done or refused.');
}

describeOnBothStores('one turn', ({ databaseUrl, open }) => {
  let store: Store & CopyableStore;
  let nowMs = sampleTime;
  let principal: Principal;
  let agentId: string;
  /** What budgets bound, and what they count in. */
  let key: Spender['key'];
  let counters: Counters;
  let answering: Answering = sayHello;
  /** Of an agent that needs no time. */
  let atOnce: Agent['answerAtOnce'];
  let timesAsked = 0;
  let timesOpened = 0;
  let unanswered: string[] = [];

  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());

  beforeEach(async () => {
    nowMs = sampleTime;
    answering = sayHello;
    atOnce = undefined;
    timesAsked = 0;
    timesOpened = 0;
    unanswered = [];
    await prepare({ credits: 10, price: 1 });
  });

  async function prepare({ credits, price }: { credits: number; price: number }): Promise<void> {
    const organization = sampleOrganization();
    const agent = sampleAgent(organization.id, { creditsPerMessage: price });
    await store.createOrganization(organization, credits);
    await store.createAgent(agent, { entries: [] });
    agentId = agent.id;
    const organizationId = organization.id;
    key = { id: sampleKey(organizationId).id, organizationId, budget: null, visitorBudget: null };
    counters = createCounters({ clock: () => nowMs });
    principal = { organizationId, keyId: key.id, mode: 'secret', scopes: ['messages:write'], origin: null };
  }

  const spender = (mode = principal.mode): Spender => ({ mode, key, ip: '203.0.113.7' });
  const converse = (request: Partial<TurnRequest> = {}, on: Store = store) =>
    createConverse({
      store: on,
      budgets: createBudgets(counters, () => nowMs),
      clock: () => nowMs,
      openAgent: () => {
        timesOpened += 1;
        return Promise.resolve({
          ...(atOnce && { answerAtOnce: atOnce }),
          answer: (messages, signal) => {
            timesAsked += 1;
            return answering(messages, signal);
          },
        });
      },
      onUnanswered: (agent) => void unanswered.push(agent.id),
      onAgentError: () => undefined,
    })({ principal, spender: spender(), agentId, message: 'Hi', signal: new AbortController().signal, ...request });
  const ask = async (request: Partial<TurnRequest> = {}) => endOf(await collect(converse(request)));
  const credits = () => store.findCredits(principal.organizationId);
  const holds = async () =>
    (await store.listHolds(Number.MAX_SAFE_INTEGER, 1_000)).filter(
      ({ organizationId }) => organizationId === principal.organizationId,
    );

  describe('answered', () => {
    test('streams what the agent says, stores it, and costs the price once', async () => {
      const events = await collect(converse());
      expect(events.map(({ type }) => type)).toEqual(['start', 'delta', 'delta', 'done']);
      expect(endOf(events)).toMatchObject({ reply: { text: 'Hello.' }, credits: { spent: 1, remaining: 9 } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      expect(await holds()).toEqual([]);
    });

    test('the same messageId again is the stored answer, costs nothing and asks nobody', async () => {
      const messageId = crypto.randomUUID();
      const first = await ask({ messageId });
      const { conversationId } = first as { conversationId: string };
      const again = await ask({ messageId, conversationId, message: 'Hi' });
      expect(again).toEqual({ ...first, credits: { spent: 0, remaining: 9 } });
      expect(timesAsked).toBe(1);
    });

    test('the same messageId in one conversation gives the stored answer, whatever message comes with it', async () => {
      const messageId = crypto.randomUUID();
      const first = (await ask({ messageId })) as { conversationId: string };
      const { conversationId } = first;
      expect(await ask({ messageId, conversationId, message: 'Something else' })).toEqual({
        ...first,
        credits: { spent: 0, remaining: 9 },
      });
      expect(timesAsked).toBe(1);
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });

    test('a first message whose answer got lost is the same turn when it is sent again', async () => {
      const messageId = crypto.randomUUID();
      const first = await ask({ messageId });
      expect(await ask({ messageId })).toEqual({ ...first, credits: { spent: 0, remaining: 9 } });
      expect(await ask({ messageId, message: 'Something else' })).not.toMatchObject({
        conversationId: (first as { conversationId: string }).conversationId,
      });
    });

    test('an agent is told what was said before', async () => {
      const first = (await ask({ message: 'One' })) as { conversationId: string };
      nowMs += 1_000;
      let told: unknown;
      answering = (messages) => {
        told = messages;
        return sayHello();
      };
      await ask({ message: 'Two', conversationId: first.conversationId });
      expect(told).toEqual([
        { role: 'user', text: 'One' },
        { role: 'agent', text: 'Hello.' },
        { role: 'user', text: 'Two' },
      ]);
    });

    test('a free agent needs no credits', async () => {
      await prepare({ credits: 0, price: 0 });
      expect(await ask()).toMatchObject({ code: 'ok', credits: { spent: 0, remaining: 0 } });
    });
  });

  describe('at once', () => {
    test('20 clients racing for the last 5 credits get exactly 5 answers', async () => {
      await prepare({ credits: 5, price: 1 });
      const codes = (await Promise.all(Array.from({ length: 20 }, () => ask()))).map(({ code }) => code);
      expect(codes.filter((code) => code === 'ok')).toHaveLength(5);
      expect(codes.filter((code) => code === 'credits_exhausted')).toHaveLength(15);
      expect(timesAsked).toBe(5);
      expect(await credits()).toEqual({ granted: 5, spent: 5 });
      expect(await holds()).toEqual([]);
    });

    test('one messageId sent 10 times at once is asked and charged once; the others get a conflict or the answer', async () => {
      const messageId = crypto.randomUUID();
      let refuseOne: () => void = () => undefined;
      const isOneRefused = new Promise<void>((resolve) => (refuseOne = resolve));
      // Whoever comes while it is being answered is told so.
      answering = async function* () {
        await isOneRefused;
        yield* sayHello();
      };
      const asked = Array.from({ length: 10 }, () => ask({ messageId }).finally(refuseOne));
      const codes = (await Promise.all(asked)).map(({ code }) => code);
      expect(new Set(codes)).toEqual(new Set(['ok', 'conflict']));
      expect(timesAsked).toBe(1);
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });
  });

  describe('not answered', () => {
    test('an agent that says nothing costs nothing, and the same messageId may be tried again', async () => {
      const messageId = crypto.randomUUID();
      // eslint-disable-next-line @typescript-eslint/require-await -- an agent that fails at once
      answering = async function* () {
        throw new Error('upstream is down');
      };
      expect(await ask({ messageId })).toEqual({ code: 'agent_failed' });
      // eslint-disable-next-line @typescript-eslint/no-empty-function -- an agent with nothing to say
      answering = async function* () {};
      expect(await ask({ messageId })).toEqual({ code: 'agent_failed' });
      expect(await credits()).toEqual({ granted: 10, spent: 0 });
      expect(await holds()).toEqual([]);
      answering = sayHello;
      expect(await ask({ messageId })).toMatchObject({ code: 'ok', credits: { spent: 1, remaining: 9 } });
    });

    test('an agent that breaks off is paid once: its text is kept, and the next attempt is free', async () => {
      const messageId = crypto.randomUUID();
      answering = async function* () {
        yield* sayHello();
        throw new Error('upstream broke off');
      };
      const events = await collect(converse({ messageId }));
      expect(endOf(events)).toEqual({ code: 'agent_failed' });
      const { conversationId } = events[0] as { conversationId: string };
      expect(await store.findTurn(conversationId, messageId)).toMatchObject({
        state: 'stopped',
        reply: { text: 'Hello.' },
      });
      answering = sayHello;
      expect(await ask({ messageId, conversationId })).toMatchObject({ code: 'ok', credits: { spent: 0 } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });

    test('a reader who leaves stops the agent; before the first word it costs nothing', async () => {
      for (const { said, spent } of [
        { said: '', spent: 0 },
        { said: 'Half', spent: 1 },
      ]) {
        await prepare({ credits: 10, price: 1 });
        const reader = new AbortController();
        let isStopped = false;
        answering = async function* (_messages, signal) {
          if (said !== '') yield said;
          setImmediate(() => reader.abort());
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          isStopped = true;
        };
        await collect(converse({ signal: reader.signal }));
        expect(isStopped).toBe(true);
        expect(await credits()).toEqual({ granted: 10, spent });
        expect(await holds()).toEqual([]);
      }
    });

    test('without credits nobody is asked, and after a grant the same messageId is answered', async () => {
      await prepare({ credits: 0, price: 2 });
      const messageId = crypto.randomUUID();
      expect(await ask({ messageId })).toEqual({ code: 'credits_exhausted' });
      expect(timesAsked).toBe(0);
      await store.grantCredits(principal.organizationId, 2);
      expect(await ask({ messageId })).toMatchObject({ code: 'ok', credits: { spent: 2, remaining: 0 } });
    });
  });

  describe('bounded', () => {
    test('a message that can not be paid leaves nothing in the store', async () => {
      await prepare({ credits: 0, price: 1 });
      const messageId = crypto.randomUUID();
      await store.grantCredits(principal.organizationId, 1);
      const paid = (await ask({ messageId })) as { conversationId: string };
      const refused = crypto.randomUUID();
      expect(await ask({ messageId: refused, conversationId: paid.conversationId })).toEqual({
        code: 'credits_exhausted',
      });
      expect(await store.findTurn(paid.conversationId, refused)).toBeUndefined();
    });

    test('a reader who keeps leaving pays the price again in the end', async () => {
      const messageId = crypto.randomUUID();
      const leave = async () => {
        const reader = new AbortController();
        answering = async function* (_messages, signal) {
          yield 'Half';
          setImmediate(() => reader.abort());
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        };
        await collect(converse({ messageId, signal: reader.signal }));
      };
      for (let attempt = 0; attempt < 5; attempt++) await leave();
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      await leave();
      expect(await credits()).toEqual({ granted: 10, spent: 2 });
      expect(await holds()).toEqual([]);
    });

    test('a paid attempt that brings nothing leaves the part that an earlier one brought', async () => {
      const messageId = crypto.randomUUID();
      answering = async function* () {
        yield* sayHello();
        throw new Error('upstream broke off');
      };
      const [start] = await collect(converse({ messageId }));
      const { conversationId } = start as { conversationId: string };
      // eslint-disable-next-line @typescript-eslint/require-await -- an agent that fails at once
      answering = async function* () {
        throw new Error('upstream is down');
      };
      expect(await ask({ messageId, conversationId })).toEqual({ code: 'agent_failed' });
      const turn = await store.findTurn(conversationId, messageId);
      expect(turn).toMatchObject({ state: 'stopped', isCharged: true, reply: { text: 'Hello.' } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });
  });

  describe('answered at once', () => {
    const hello = (message: string) => ({
      pieces: ['You said: ', message],
      findings: { outcome: 'answered', suggestions: [], sources: [] } as const,
    });

    beforeEach(() => {
      atOnce = hello;
    });

    test('is stored and charged before its reader is shown it, as an answer that took its time is', async () => {
      const messageId = crypto.randomUUID();
      const events = converse({ messageId });
      const start = (await events.next()).value as { conversationId: string; replyId: string };
      const { conversationId, replyId } = start;
      const turn = await store.findTurn(conversationId, messageId);
      expect(turn).toMatchObject({ state: 'answered', isCharged: true, price: 1, attempts: 1 });
      expect(turn!.reply).toStrictEqual({
        id: replyId,
        text: 'You said: Hi',
        createdAt: nowMs,
        findings: hello('').findings,
      });
      const rest = await collect(events);
      expect(rest.map((event) => (event.type === 'delta' ? event.text : event.type))).toEqual([
        'You said: ',
        'Hi',
        'done',
      ]);
      expect(endOf(rest)).toMatchObject({ reply: turn!.reply, credits: { spent: 1, remaining: 9 } });
      expect(await holds()).toEqual([]);
      expect(timesAsked).toBe(0);
      expect(unanswered).toEqual([]);
      const found = await store.findConversation(principal.organizationId, conversationId);
      expect(found?.summary).toMatchObject({ firstQuestion: 'Hi', turns: 1, openTurns: 0, outcome: 'answered' });
    });

    test('the same messageId again is the stored answer and costs nothing, also when the credits are gone', async () => {
      await prepare({ credits: 1, price: 1 });
      const request = { messageId: crypto.randomUUID() };
      const first = await ask(request);
      expect(await ask(request)).toEqual({ ...first, credits: { spent: 0, remaining: 0 }, use: undefined });
      expect(await ask()).toEqual({ code: 'credits_exhausted' });
      expect(await credits()).toEqual({ granted: 1, spent: 1 });
    });

    test('of a question that has no answer: its pieces say so, it is kept as unanswered, and told', async () => {
      atOnce = () => ({ pieces: ['No idea.'], findings: { outcome: 'none', suggestions: [], sources: [] } });
      const events = await collect(converse());
      expect(events[1]).toEqual({ type: 'delta', text: 'No idea.', outcome: 'none' });
      const { conversationId, messageId } = endOf(events) as { conversationId: string; messageId: string };
      expect(await store.findTurn(conversationId, messageId)).toMatchObject({ unansweredOf: agentId });
      expect(unanswered).toEqual([agentId]);
    });

    test('a message whose agent had failed before is answered by the agent, and charged once', async () => {
      const messageId = crypto.randomUUID();
      atOnce = undefined;
      // eslint-disable-next-line @typescript-eslint/require-await -- an agent that fails at once
      answering = async function* () {
        throw new Error('its knowledge is gone');
      };
      expect(await ask({ messageId })).toEqual({ code: 'agent_failed' });
      [atOnce, answering] = [hello, sayHello];
      expect(await ask({ messageId })).toMatchObject({ code: 'ok', reply: { text: 'Hello.' }, credits: { spent: 1 } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      expect(await holds()).toEqual([]);
    });

    test('one that is being asked is a conflict meanwhile', async () => {
      const messageId = crypto.randomUUID();
      atOnce = undefined;
      const slow = converse({ messageId });
      await slow.next();
      atOnce = hello;
      expect(await ask({ messageId })).toEqual({ code: 'conflict' });
      expect(endOf(await collect(slow))).toMatchObject({ code: 'ok', reply: { text: 'Hello.' } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });

    test('where nothing comes of it, or the reader has left, the agent is asked as others are', async () => {
      atOnce = () => ({ ...hello(''), pieces: [] });
      expect(await ask()).toMatchObject({ code: 'ok', reply: { text: 'Hello.' } });
      atOnce = () => {
        throw new Error('what it knows is damaged');
      };
      expect(await ask()).toMatchObject({ code: 'ok', reply: { text: 'Hello.' } });
      atOnce = hello;
      await ask({ signal: AbortSignal.abort() });
      expect(timesAsked).toBe(3);
    });

    // Fails where what an agent knows is read, or searched, for a message that nobody pays.
    test('a message that is refused opens no agent', async () => {
      await prepare({ credits: 0, price: 1 });
      expect(await ask()).toEqual({ code: 'credits_exhausted' });
      expect(await ask({ conversationId: 'cnv_none' })).toEqual({ code: 'not_found' });
      expect(timesOpened).toBe(0);
    });

    // Fails where a message whose agent could not be read is begun, and then held up by its own lease.
    test('while what an agent knows can not be read, nothing is begun', async () => {
      atOnce = () => {
        throw new StoreUnavailableError('Away.');
      };
      const messageId = crypto.randomUUID();
      await expect(ask({ messageId })).rejects.toThrow('Away.');
      atOnce = hello;
      expect(await ask({ messageId })).toMatchObject({ code: 'ok', credits: { spent: 1, remaining: 9 } });
    });

    test('is nothing for a model, which is asked as others are', async () => {
      const model = sampleAgent(principal.organizationId, { model: sampleModel() });
      await store.createAgent(model, { entries: [] });
      expect(await ask({ agentId: model.id })).toMatchObject({ code: 'ok', reply: { text: 'Hello.' } });
    });

    // Fails where the end of a lease is sought that was never taken: for 100 seconds, of each message of an outage.
    test('while the store is away it fails, and nothing of it goes on', async () => {
      let isAway = true;
      let changes = 0;
      const away = new Proxy(store, {
        get: (target, name) => {
          if (name === 'answerTurn' && isAway) return () => Promise.reject(new StoreUnavailableError('Away.'));
          if (name === 'changeTurn') changes += 1;
          return Reflect.get(target, name) as unknown;
        },
      });
      await expect(collect(converse({}, away))).rejects.toThrow('Away.');
      isAway = false;
      await sleep(700);
      expect(changes).toBe(0);
      expect(await collect(converse({}, away))).toHaveLength(4);
    });

    // Fails for what is taken of a visitor and not given back with a refusal.
    test('a refusal costs its visitor nothing', async () => {
      const page: Principal = { ...principal, mode: 'publishable', origin: 'https://a.example' };
      key = { ...key, visitorBudget: { credits: 1, per: 'day' } };
      const request = { principal: page, spender: spender('publishable') };
      expect(await ask({ ...request, conversationId: 'cnv_none' })).toEqual({ code: 'not_found' });
      expect(await ask(request)).toMatchObject({ code: 'ok', credits: { spent: 1 } });
      expect(await ask(request)).toEqual({ code: 'budget_exhausted' });
    });
  });

  describe('owned', () => {
    test('a page sees public agents and the conversations that its key and origin began', async () => {
      const page: Principal = { ...principal, mode: 'publishable', origin: 'https://a.example' };
      const { conversationId } = (await ask({ principal: page })) as { conversationId: string };
      for (const stranger of [
        { ...page, origin: 'https://b.example' },
        { ...page, keyId: 'key_2' },
        { ...page, organizationId: 'org_other' },
      ]) {
        expect(await ask({ principal: stranger, conversationId })).toEqual({ code: 'not_found' });
      }
      expect(await ask({ principal: page, conversationId })).toMatchObject({ code: 'ok', conversationId });
      expect(await ask({ principal, conversationId })).toMatchObject({ code: 'ok', conversationId });
      const { conversationId: secret } = (await ask()) as { conversationId: string };
      expect(await ask({ principal: page, conversationId: secret })).toEqual({ code: 'not_found' });
    });

    test('a conversation stays with its agent', async () => {
      const { conversationId } = (await ask()) as { conversationId: string };
      const other = sampleAgent(principal.organizationId);
      await store.createAgent(other, { entries: [] });
      expect(await ask({ agentId: other.id, conversationId })).toEqual({ code: 'not_found' });
    });
  });

  describe('died between taking the credits and answering', () => {
    async function dieWhileAsking(request: { messageId: string; message: string }): Promise<void> {
      const script = await bundleScript('asking-child');
      const asked = JSON.stringify({ principal, spender: spender(), agentId, ...request });
      const child = spawn(process.execPath, [script, databaseUrl, String(nowMs), asked], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }

    test('the same messageId, two minutes later at most, is answered and charged once', async () => {
      await prepare({ credits: 1, price: 1 });
      const request = { messageId: crypto.randomUUID(), message: 'Hi' };
      await dieWhileAsking(request);
      expect(await credits()).toEqual({ granted: 1, spent: 1 });
      expect(await ask(request)).toEqual({ code: 'conflict' });

      nowMs += 120_000;
      // The last credit is the dead attempt's: nobody else can take it, and the retry needs no other.
      expect(await ask()).toEqual({ code: 'credits_exhausted' });
      expect(await ask(request)).toMatchObject({ code: 'ok', credits: { spent: 1, remaining: 0 } });
      expect(await credits()).toEqual({ granted: 1, spent: 1 });
      expect(await holds()).toEqual([]);
      expect(await ask(request)).toMatchObject({ code: 'ok', credits: { spent: 0, remaining: 0 } });
    });

    test('a message that nobody sends again gives its credits back', async () => {
      const request = { messageId: crypto.randomUUID(), message: 'Hi' };
      await dieWhileAsking(request);
      await sweep(store, () => nowMs + 599_000);
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      nowMs += 601_000;
      await sweep(store, () => nowMs);
      expect(await credits()).toEqual({ granted: 10, spent: 0 });
      expect(await ask(request)).toMatchObject({ code: 'ok', credits: { spent: 1 } });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
    });
  });

  describe('slower than its lease', () => {
    test('an attempt that lost its turn writes nothing and gives back what it took', async () => {
      const messageId = crypto.randomUUID();
      let finishSlow: () => void = () => undefined;
      const isSlow = new Promise<void>((resolve) => (finishSlow = resolve));
      answering = async function* () {
        yield 'Late';
        await isSlow;
      };
      const slow = converse({ messageId });
      const start = await slow.next();
      await slow.next();
      const { conversationId } = start.value as { conversationId: string };

      nowMs += leaseMs + 1;
      answering = sayHello;
      expect(await ask({ messageId, conversationId })).toMatchObject({ code: 'ok' });
      finishSlow();
      expect(endOf(await collect(slow))).toEqual({ code: 'conflict' });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      expect(await store.findTurn(conversationId, messageId)).toMatchObject({ reply: { text: 'Hello.' } });
    });

    test('an attempt that takes its credits after it lost the turn gives them back', async () => {
      const messageId = crypto.randomUUID();
      // eslint-disable-next-line @typescript-eslint/require-await -- an agent that fails at once
      answering = async function* () {
        throw new Error('upstream is down');
      };
      expect(await ask({ messageId })).toEqual({ code: 'agent_failed' });
      answering = sayHello;
      // The next attempt is slow: it stalls between taking the turn over and taking the credits.
      let resume: () => void = () => undefined;
      const isStalled = new Promise<void>((stalled) => {
        const held = async (...args: Parameters<Store['holdCredits']>) => {
          stalled();
          await new Promise<void>((resolve) => (resume = resolve));
          return store.holdCredits(...args);
        };
        const stalling = new Proxy(store, {
          get: (target, name) => {
            if (name === 'holdCredits') return held;
            const member: unknown = Reflect.get(target, name);
            return typeof member === 'function' ? (member.bind(target) as unknown) : member;
          },
        });
        void collect(converse({ messageId }, stalling)).then((events) => slowEnd(endOf(events)));
      });
      let slowEnd: (end: object) => void = () => undefined;
      const slow = new Promise<object>((resolve) => (slowEnd = resolve));
      await isStalled;
      nowMs += leaseMs + 1;
      expect(await ask({ messageId })).toMatchObject({ code: 'ok' });
      resume();
      expect(await slow).toEqual({ code: 'conflict' });
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      expect(await holds()).toEqual([]);
    });
  });

  describe('within budgets', () => {
    const page = () => ({ ...principal, mode: 'publishable' as const, origin: 'https://a.example' });
    const askAsPage = (request: Partial<TurnRequest> = {}) =>
      ask({ principal: page(), spender: spender('publishable'), ...request });
    const spent = async () => {
      const { id } = windowAt(key, 'day', nowMs);
      return (await store.listSpendings(key.organizationId, [id]))[0]?.spent;
    };

    test('a page spends no more than its key’s budget, and the pair goes on', async () => {
      key = { ...key, budget: { credits: 2, per: 'day' } };
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
      const events = await collect(converse({ principal: page(), spender: spender('publishable') }));
      expect(events).toEqual([
        {
          type: 'refused',
          refusal: expect.objectContaining({
            code: 'budget_exhausted',
            budget: 'key',
            retryAfterSeconds: 43_200,
          }) as object,
        },
      ]);
      expect(timesAsked).toBe(2);
      expect(await spent()).toBe(2);
      expect(await credits()).toEqual({ granted: 10, spent: 2 });
      expect(await ask()).toMatchObject({ code: 'ok' });
      nowMs += dayMs;
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
      expect(await spent()).toBe(1);
      // A window is kept for a day after its end: what was held in it may still be given back.
      const { id: present, endsAt } = windowAt(key, 'day', nowMs);
      for (const [at, left] of [
        [endsAt + dayMs, 1],
        [endsAt + dayMs + 1, 0],
      ] as const) {
        await sweep(store, () => at);
        expect(await store.listSpendings(key.organizationId, [present])).toHaveLength(left);
      }
    });

    test('a page leaves what is kept back for the pair', async () => {
      const answered = [];
      for (let index = 0; index < 10; index++) answered.push((await askAsPage()).code);
      expect(answered).toEqual([...Array<string>(8).fill('ok'), 'credits_exhausted', 'credits_exhausted']);
      expect(await ask()).toMatchObject({ code: 'ok', credits: { remaining: 1 } });
    });

    test('a visitor has a budget of their own; another one, and the pair, go on', async () => {
      key = { ...key, visitorBudget: { credits: 1, per: 'hour' } };
      const messageId = crypto.randomUUID();
      const first = (await askAsPage({ messageId })) as { conversationId: string };
      expect(first).toMatchObject({ code: 'ok' });
      const events = await collect(converse({ principal: page(), spender: spender('publishable') }));
      expect(events).toMatchObject([
        { refusal: { code: 'budget_exhausted', budget: 'visitor', retryAfterSeconds: 3_600 } },
      ]);
      expect(await askAsPage({ messageId })).toMatchObject({ code: 'ok', credits: { spent: 0 } });
      const other = { ...spender('publishable'), ip: '203.0.113.8' };
      expect(await askAsPage({ spender: other })).toMatchObject({ code: 'ok' });
      expect(await ask()).toMatchObject({ code: 'ok' });
      nowMs += 3_600_000;
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
    });

    test('a visitor’s budget that is changed keeps what was spent of it', async () => {
      key = { ...key, visitorBudget: { credits: 2, per: 'day' } };
      for (let index = 0; index < 2; index++) expect(await askAsPage()).toMatchObject({ code: 'ok' });
      key = { ...key, visitorBudget: { credits: 3, per: 'day' } };
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
      for (const credits of [3, 1]) {
        key = { ...key, visitorBudget: { credits, per: 'day' } };
        expect(await askAsPage()).toEqual({ code: 'budget_exhausted' });
      }
    });

    test.each(['budget', 'visitorBudget'] as const)(
      'a price beyond the whole %s is not worth waiting',
      async (field) => {
        key = { ...key, [field]: { credits: 2, per: 'day' } };
        await store.changeAgent(key.organizationId, agentId, { creditsPerMessage: 3 });
        const [event] = await collect(converse({ principal: page(), spender: spender('publishable') }));
        expect(event).toMatchObject({
          refusal: {
            code: 'budget_exhausted',
            detail: expect.stringMatching(
              /^This may cost 3 credits, and .* may spend 2 with this key in one day\.$/,
            ) as string,
            fix: expect.stringContaining('lower the price') as string,
          },
        });
        expect(event).not.toHaveProperty('refusal.retryAfterSeconds');
      },
    );

    test('what is not charged is given back to both budgets', async () => {
      key = { ...key, budget: { credits: 1, per: 'day' }, visitorBudget: { credits: 1, per: 'day' } };
      answering = async function* () {
        await Promise.reject(new Error('upstream is away'));
        yield '';
      };
      for (let index = 0; index < 3; index++) expect(await askAsPage()).toEqual({ code: 'agent_failed' });
      expect(await spent()).toBe(0);
      // Credits that are not there leave the budgets as they were, too.
      answering = sayHello;
      await store.changeOrganization(principal.organizationId, { reservedCredits: 10 });
      for (let index = 0; index < 3; index++) expect(await askAsPage()).toEqual({ code: 'credits_exhausted' });
      await store.changeOrganization(principal.organizationId, { reservedCredits: null });
      expect(await askAsPage()).toMatchObject({ code: 'ok' });
      expect(await spent()).toBe(1);
    });

    test('a process that dies between budget and credits leaves no free answer, and the sweep mends it', async () => {
      key = { ...key, budget: { credits: 5, per: 'day' } };
      const window = windowAt(key, 'day', nowMs);
      const messageId = crypto.randomUUID();
      const conversation = sampleConversation(principal.organizationId, { agentId, keyId: key.id });
      const turn = sampleTurn(conversation.id, { messageId, askedAt: nowMs, leaseUntil: nowMs, windowId: window.id });
      await store.createConversation(conversation);
      await store.createTurn(turn);
      // On MongoDB the two are two changes: as if the process had died after the first.
      const dies = { ...holdFor(turn, nowMs), amount: 1 };
      await store.holdCredits(principal.organizationId, dies, { leavesReserve: true, budget: { window, credits: 5 } });
      expect(await spent()).toBe(1);
      nowMs += 601_000;
      await sweep(store, () => nowMs);
      expect(await spent()).toBe(0);
      expect(await credits()).toEqual({ granted: 10, spent: 0 });
      expect(await holds()).toEqual([]);
    });

    // Fails for a sweep that ends as many as it reads at once.
    test('one sweep mends what hundreds of calls left behind', async () => {
      await store.grantCredits(principal.organizationId, 240);
      const { organizationId } = principal;
      const left = Array.from({ length: 250 }, () => sampleHold({ heldAt: nowMs }));
      await Promise.all(left.map((hold) => store.holdCredits(organizationId, hold, unbound)));
      expect(await credits()).toEqual({ granted: 250, spent: 250 });
      nowMs += 601_000;
      await sweep(store, () => nowMs);
      expect(await credits()).toEqual({ granted: 250, spent: 0 });
      expect(await holds()).toEqual([]);
    });

    test('a message that died before midnight is taken over after it, from the new day’s budget', async () => {
      key = { ...key, budget: { credits: 5, per: 'day' } };
      const yesterday = windowAt(key, 'day', nowMs);
      const bound = { leavesReserve: true, budget: { window: yesterday, credits: 5 } };
      const conversation = sampleConversation(principal.organizationId, {
        agentId,
        keyId: key.id,
        origin: 'https://a.example',
      });
      const turn = sampleTurn(conversation.id, {
        messageId: crypto.randomUUID(),
        message: 'Hi',
        attemptId: 'atm_dead',
        windowId: yesterday.id,
        leaseUntil: nowMs,
      });
      const owned = { organizationId: principal.organizationId };
      await store.beginTurn({ conversation, begins: true, owned, turn, bound });
      expect(await spent()).toBe(1);
      nowMs += dayMs;
      const { messageId, conversationId } = turn;
      expect(await askAsPage({ messageId, conversationId })).toMatchObject({ code: 'ok', credits: { spent: 1 } });
      expect(await spent()).toBe(1);
      expect(await store.listSpendings(principal.organizationId, [yesterday.id])).toMatchObject([{ spent: 0 }]);
      expect(await credits()).toEqual({ granted: 10, spent: 1 });
      expect(await holds()).toEqual([]);
    });
  });

  describe('swept', () => {
    test('a charge whose process died after the answer was stored stays charged', async () => {
      const { conversationId, messageId } = (await ask()) as { conversationId: string; messageId: string };
      const turn = await store.findTurn(conversationId, messageId);
      await store.grantCredits(principal.organizationId, 1);
      const hold = { id: turn!.attemptId, amount: 1, heldAt: nowMs, windowId: null, conversationId, messageId };
      await store.holdCredits(principal.organizationId, hold, unbound);
      await sweep(store, () => nowMs + 601_000);
      expect(await credits()).toEqual({ granted: 11, spent: 2 });
      expect(await holds()).toEqual([]);
    });

    test('a charge of half an answer stays charged when another attempt takes the turn over', async () => {
      const messageId = crypto.randomUUID();
      answering = async function* () {
        yield* sayHello();
        throw new Error('upstream broke off');
      };
      const [start] = await collect(converse({ messageId }));
      const { conversationId } = start as { conversationId: string };
      const turn = await store.findTurn(conversationId, messageId);
      // As if the process had died before it ended the hold.
      await store.settleHold(principal.organizationId, { id: turn!.attemptId, amount: 1, windowId: null }, 1);
      await store.grantCredits(principal.organizationId, 1);
      const hold = { id: turn!.attemptId, amount: 1, heldAt: nowMs, windowId: null, conversationId, messageId };
      await store.holdCredits(principal.organizationId, hold, unbound);
      answering = sayHello;
      expect(await ask({ messageId, conversationId })).toMatchObject({ code: 'ok', credits: { spent: 0 } });
      await sweep(store, () => nowMs + 601_000);
      expect(await credits()).toEqual({ granted: 11, spent: 2 });
    });

    test('audit events older than their age are gone, and no others', async () => {
      const { organizationId } = principal;
      const event = (at: number) => sampleAuditEvent(organizationId, { at });
      const [old, kept] = [event(nowMs - 10 * dayMs - 1), event(nowMs - 10 * dayMs + 1)];
      await store.addAuditEvent(old);
      await store.addAuditEvent(kept);
      const retention = { conversationDays: 30, auditDays: 10 };
      await sweep(store, () => nowMs, retention);
      expect((await store.listAudit(organizationId, { limit: 10 })).items).toStrictEqual([kept]);
    });

    test('a full conversation is answered as one that is gone, and nothing is charged', async () => {
      const { conversationId } = (await ask()) as { conversationId: string };
      const turns = Array.from({ length: conversationTurnsMax - 1 }, () => sampleTurn(conversationId));
      await store.importRecords('turns', turns);
      const before = await credits();
      expect(await ask({ conversationId })).toEqual({ code: 'not_found' });
      expect(await credits()).toEqual(before);
      expect(await ask()).toMatchObject({ code: 'ok' });
    });

    test('a conversation idle for 30 days is gone with its turns, and not before', async () => {
      const { conversationId, messageId } = (await ask()) as { conversationId: string; messageId: string };
      await sweep(store, () => nowMs + 30 * dayMs - 1);
      expect(await store.findConversation(principal.organizationId, conversationId)).toBeDefined();
      await sweep(store, () => nowMs + 30 * dayMs + 1);
      expect(await store.findConversation(principal.organizationId, conversationId)).toBeUndefined();
      expect(await store.findTurn(conversationId, messageId)).toBeUndefined();
    });
  });
});
