/** A turn on MongoDB is several changes. Whatever comes between them, its price is right in the end. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { endStaleHolds } from '../../../server/credits/end-stale-holds.ts';
import { windowAt } from '../../../server/records/budget.ts';
import { beginSummary } from '../../../server/records/conversation-summary.ts';
import type { Turn } from '../../../server/records/turn.ts';
import { createMongoConnection, type MongoConnection } from '../../../server/store/mongo/connection.ts';
import { createConversations } from '../../../server/store/mongo/conversations.ts';
import { createCredits } from '../../../server/store/mongo/credits.ts';
import { createSpendings } from '../../../server/store/mongo/spendings.ts';
import { createTurns } from '../../../server/store/mongo/turns.ts';
import { StoreUnavailableError, type TurnBeginning } from '../../../server/store/port.ts';
import { silentObserver } from '../../../server/store/watch.ts';
import { freshDatabase } from '../../support/mongod.ts';
import { openWhole } from '../../support/open-whole.ts';
import { sampleConversation, sampleOrganization, sampleTime, sampleTurn } from '../../support/sample-records.ts';
import { answerTurn, type StoreUnderTest } from '../contract/given.ts';

const { url } = inject('mongod');
const price = 3;
const longAfter = sampleTime + 601_000;
const stepsMax = 20;

describe.skipIf(url === undefined)('a turn that is answered at once, on MongoDB', () => {
  let store: StoreUnderTest;
  let connection: MongoConnection;
  let parts: Parameters<typeof createTurns>[0];

  beforeAll(async () => {
    const databaseUrl = freshDatabase(url ?? '');
    store = await openWhole(databaseUrl);
    connection = createMongoConnection(databaseUrl, silentObserver);
    parts = { ...createCredits(connection, createSpendings(connection)), ...createConversations(connection) };
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await connection.close();
    await store.close();
  });

  /** The first message of an organization with so many credits, which its key's budget has too. */
  async function begin(credits: number) {
    const organization = sampleOrganization();
    await store.createOrganization(organization, credits);
    const organizationId = organization.id;
    const window = windowAt({ id: `key_${organizationId}`, organizationId }, 'day', sampleTime);
    const conversation = sampleConversation(organizationId, { summary: beginSummary('Where?') });
    const reply = { id: 'msg_r', text: 'Here.', createdAt: sampleTime };
    const answered = { state: 'answered', isCharged: true, reply } as const;
    const turn = sampleTurn(conversation.id, { ...answered, price, windowId: window.id, attemptId: 'atm_first' });
    const bound = { leavesReserve: false, budget: { window, credits } };
    return { conversation, begins: true, owned: { organizationId }, turn, bound } satisfies TurnBeginning;
  }

  const answerWith = (changed: Partial<typeof parts>, beginning: TurnBeginning) =>
    answerTurn({ ...store, ...createTurns({ ...parts, ...changed }) }, beginning);
  const again = (turn: Turn): Turn => ({ ...turn, attemptId: 'atm_again' });
  const findTurn = ({ turn }: TurnBeginning) => store.findTurn(turn.conversationId, turn.messageId);

  async function expectSpent({ conversation, bound }: TurnBeginning, spent: number): Promise<void> {
    const { organizationId } = conversation;
    expect((await store.findCredits(organizationId))?.spent).toBe(spent);
    const windowIds = bound.budget === null ? [] : [bound.budget.window.id];
    expect((await store.listSpendings(organizationId, windowIds))[0]?.spent ?? 0).toBe(spent);
    const holds = await store.listHolds(Number.MAX_SAFE_INTEGER, 1_000);
    expect(holds.filter((held) => held.organizationId === organizationId)).toStrictEqual([]);
  }

  // Fails for an answerTurn that takes the price without a hold, and for one that adds the turn before the price is held.
  test.each([
    ['before', true],
    ['after', true],
    ['before', false],
    ['after', false],
  ] as const)(
    'died %s any of its steps, and asked again: %s, it costs its price if it is there, else nothing',
    async (when, isAskedAgain) => {
      let died = 0;
      for (let step = 1; step <= stepsMax; step++) {
        const beginning = await begin(10);
        let steps = 0;
        const sent: Promise<unknown>[] = [];
        const dying = new Proxy(parts, {
          get:
            (target, name: keyof typeof parts) =>
            async (...args: unknown[]) => {
              const isLast = ++steps === step;
              if (steps > step || (isLast && when === 'before')) throw new StoreUnavailableError('Died.');
              const made = (target[name] as (...given: unknown[]) => Promise<unknown>)(...args);
              sent.push(made);
              const done = await made;
              if (isLast) throw new StoreUnavailableError('Died.');
              return done;
            },
        });
        const turns = createTurns(dying);
        const end = await answerTurn({ ...store, ...turns }, beginning).catch((error: unknown) => error);
        if (!(end instanceof StoreUnavailableError)) {
          expect(end).toMatchObject({ turn: beginning.turn });
          break;
        }
        died++;
        // What it had sent arrives.
        await Promise.allSettled(sent);

        const isThere = (await findTurn(beginning)) !== undefined;
        if (isAskedAgain) {
          const turn = again(beginning.turn);
          const repeated = await answerTurn(store, { ...beginning, turn });
          expect(repeated).toMatchObject(isThere ? { known: beginning.turn } : { turn });
        }
        while ((await endStaleHolds(store, longAfter)) > 0);
        const isAnswered = isThere || isAskedAgain;
        await expectSpent(beginning, isAnswered ? price : 0);
        const kept = await store.findConversation(beginning.conversation.organizationId, beginning.conversation.id);
        // A list counts anew where one is open.
        if (isAnswered && kept?.summary?.openTurns === 0)
          expect(kept.summary).toMatchObject({ turns: 1, outcome: 'answered' });
        const summed = await store.sumUpConversation(beginning.conversation.id, longAfter);
        if (isAnswered) expect(summed?.summary).toMatchObject({ turns: 1, openTurns: 0, outcome: 'answered' });
      }
      // What is left, the conversation, the hold, the turn, the hold's end and the summary.
      expect(died).toBe(6);
    },
  );

  test('died before it was there, it is refused while its hold has the last credits, and answered when that is given back', async () => {
    const beginning = await begin(price);
    const addFirstTurn = () => Promise.reject(new StoreUnavailableError('Died.'));
    await expect(answerWith({ addFirstTurn }, beginning)).rejects.toThrow('Died.');
    const turn = again(beginning.turn);
    expect(await answerTurn(store, { ...beginning, turn })).toBe('over_budget');
    while ((await endStaleHolds(store, longAfter)) > 0);
    expect(await answerTurn(store, { ...beginning, turn })).toMatchObject({ turn });
    await expectSpent(beginning, price);
  });

  // Fails where a turn that another attempt has answered is noted as failed.
  test('that can not be paid any more because the same message was answered meanwhile is given that answer', async () => {
    const beginning = await begin(price);
    const other = again(beginning.turn);
    const holdCredits = async () => {
      await vi.waitUntil(
        () => store.findConversation(beginning.conversation.organizationId, other.conversationId),
        10_000,
      );
      expect(await answerTurn(store, { ...beginning, turn: other })).toMatchObject({ turn: other });
      return 'exhausted' as const;
    };
    expect(await answerWith({ holdCredits }, beginning)).toStrictEqual({ known: other });
    await expectSpent(beginning, price);
    const found = await store.findConversation(beginning.conversation.organizationId, other.conversationId);
    expect(found?.summary).toMatchObject({ turns: 1, openTurns: 0, outcome: 'answered' });
  });

  test('that can not be paid any more leaves its conversation with a message that failed', async () => {
    const beginning = await begin(price);
    const holdCredits = () => Promise.resolve('exhausted' as const);
    expect(await answerWith({ holdCredits }, beginning)).toBe('exhausted');
    expect(await findTurn(beginning)).toMatchObject({ state: 'failed', isCharged: false, reply: null });
    const found = await store.findConversation(beginning.conversation.organizationId, beginning.conversation.id);
    expect(found?.summary).toMatchObject({ turns: 1, openTurns: 0, outcome: 'failed' });
    await expectSpent(beginning, 0);
  });

  // Fails for an answerTurn that trusts in a hold, however long ago it was made: the answer was free.
  test('of a process that stood still until its hold was given back is not answered', async () => {
    const beginning = await begin(price);
    const now = Date.now.bind(Date);
    const holdCredits: typeof parts.holdCredits = async (...args) => {
      const held = await parts.holdCredits(...args);
      while ((await endStaleHolds(store, longAfter)) > 0);
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 601_000);
      return held;
    };
    await expect(answerWith({ holdCredits }, beginning)).rejects.toThrow(StoreUnavailableError);
    vi.restoreAllMocks();
    expect(await findTurn(beginning)).toBeUndefined();
    await expectSpent(beginning, 0);
  });
});
