/** A turn on MongoDB is several changes. Its process may die before and after each, and the price is right in the end. */
import { describe, expect, inject, test } from 'vitest';
import { endStaleHolds } from '../../../server/credits/end-stale-holds.ts';
import { windowAt } from '../../../server/records/budget.ts';
import { beginSummary } from '../../../server/records/conversation-summary.ts';
import { createMongoConnection } from '../../../server/store/mongo/connection.ts';
import { createConversations } from '../../../server/store/mongo/conversations.ts';
import { createCredits } from '../../../server/store/mongo/credits.ts';
import { createSpendings } from '../../../server/store/mongo/spendings.ts';
import { openMongoStore } from '../../../server/store/mongo/store.ts';
import { createTurns } from '../../../server/store/mongo/turns.ts';
import { StoreUnavailableError } from '../../../server/store/port.ts';
import { silentObserver } from '../../../server/store/watch.ts';
import { answerTurn } from '../contract/given.ts';
import { freshDatabase } from '../../support/mongod.ts';
import { sampleConversation, sampleOrganization, sampleTime, sampleTurn } from '../../support/sample-records.ts';

const { url } = inject('mongod');
const price = 3;
const longAfter = sampleTime + 601_000;
const stepsMax = 20;

describe.skipIf(url === undefined)('a turn that comes answered, on MongoDB', () => {
  // Fails for an answerTurn that takes the price without a hold, and for one that adds the turn before the price is held.
  test.each([
    ['before', true],
    ['after', true],
    ['before', false],
    ['after', false],
  ] as const)(
    'costs its price once if it is there, and else nothing: died %s any of its steps, asked again: %s',
    async (when, isAskedAgain) => {
      const databaseUrl = freshDatabase(url ?? '');
      const store = await openMongoStore(databaseUrl);
      const connection = createMongoConnection(databaseUrl, silentObserver);
      const credits = createCredits(connection, createSpendings(connection));
      const parts = { ...credits, ...createConversations(connection) };
      let died = 0;
      for (let step = 1; step <= stepsMax; step++) {
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
        const organization = sampleOrganization();
        await store.createOrganization(organization, 10);
        const owner = organization.id;
        const window = windowAt({ id: `key_${owner}`, organizationId: owner }, 'day', sampleTime);
        const conversation = sampleConversation(owner, { summary: beginSummary('Where?') });
        const reply = { id: 'msg_r', text: 'Here.', createdAt: sampleTime };
        const answered = { state: 'answered', isCharged: true, reply } as const;
        const turn = sampleTurn(conversation.id, {
          ...answered,
          price,
          windowId: window.id,
          attemptId: `atm_${owner}`,
        });
        const bound = { leavesReserve: true, budget: { window, credits: 10 } };
        const begin = { conversation, begins: true, owned: { organizationId: owner }, turn, bound };
        const end = await answerTurn({ ...store, ...createTurns(dying) }, begin).catch((error: unknown) => error);
        if (end instanceof StoreUnavailableError) died++;
        // What it had sent arrives.
        await Promise.allSettled(sent);

        const isThere = (await store.findTurn(conversation.id, turn.messageId)) !== undefined;
        if (isAskedAgain) {
          const again = await answerTurn(store, { ...begin, turn: { ...turn, attemptId: `atm_${owner}_again` } });
          expect(again).toStrictEqual(
            isThere
              ? { known: turn }
              : {
                  turn: { ...turn, attemptId: `atm_${owner}_again` },
                  credits: { granted: 10, spent: expect.any(Number) as number },
                },
          );
        }
        while ((await endStaleHolds(store, longAfter)) > 0);
        const spent = isThere || isAskedAgain ? price : 0;
        expect([step, await store.findCredits(owner)]).toStrictEqual([step, { granted: 10, spent }]);
        expect((await store.listSpendings(owner, [window.id]))[0]?.spent ?? 0).toBe(spent);
        const holds = await store.listHolds(Number.MAX_SAFE_INTEGER, 1_000);
        expect(holds.filter(({ organizationId }) => organizationId === owner)).toStrictEqual([]);
        const summed = await store.sumUpConversation(conversation.id, longAfter);
        if (spent > 0) expect(summed?.summary).toMatchObject({ turns: 1, openTurns: 0, outcome: 'answered' });
        if (!(end instanceof StoreUnavailableError)) break;
      }
      // What is left, the conversation, the hold and the window, the turn, both ends and the summary.
      expect(died).toBeGreaterThanOrEqual(6);
      expect(died).toBeLessThan(stepsMax);
      await connection.close();
      await store.close();
    },
  );
});
