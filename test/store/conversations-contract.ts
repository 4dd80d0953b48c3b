/** What every store must do with what is shown of conversations, run over each adapter. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Conversation } from '../../server/records/conversation.ts';
import { beginSummary, summaryWithoutTurns } from '../../server/records/conversation-summary.ts';
import type { LeftMessage } from '../../server/records/left-message.ts';
import { unbound } from '../../server/records/budget.ts';
import { holdFor, type ReplyFindings, type Turn, type TurnChange } from '../../server/records/turn.ts';
import type { CopyableStore, Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleConversation, sampleOrganization, sampleTime, sampleTurn } from '../support/sample-records.ts';

/** `databaseUrl` makes the URL of a database. */
export function testConversations(databaseUrl: () => Promise<string>): void {
  let store: Store & CopyableStore;
  let org: string;

  beforeAll(async () => {
    store = await openWhole(await databaseUrl());
  });

  afterAll(async () => {
    await store.close();
  });

  beforeEach(async () => {
    const organization = sampleOrganization();
    await store.createOrganization(organization, 1_000);
    org = organization.id;
  });

  const summed = (change: Partial<Conversation> = {}) =>
    sampleConversation(org, { summary: beginSummary('Where is my parcel?'), ...change });

  async function begin(conversation: Conversation, change: Partial<Turn> = {}): Promise<Turn> {
    const attemptId = `atm_${crypto.randomUUID()}`;
    const turn = sampleTurn(conversation.id, { price: 1, attemptId, ...change });
    const begins = (await store.findConversation(org, conversation.id)) === undefined;
    const owned = { organizationId: org };
    expect(await store.beginTurn({ conversation, begins, owned, turn, bound: unbound })).toHaveProperty('credits');
    return turn;
  }

  async function end(turn: Turn, change: TurnChange): Promise<void> {
    const { turn: ended } = await store.finishTurn({ organizationId: org, turn, change, kept: 1 });
    expect(ended).toBeTypeOf('object');
  }

  const answer = (outcome: ReplyFindings['outcome'], id = 'msg_r'): TurnChange => {
    const findings = { outcome, suggestions: ['Open when?'], sources: [] };
    return { state: 'answered', isCharged: true, reply: { id, text: 'So.', createdAt: sampleTime, findings } };
  };
  const failure: TurnChange = { state: 'failed' };

  const idle = (lastActiveBefore: number) => ({ organizationId: org, lastActiveBefore });

  const summaryOf = async ({ id }: Conversation) => (await store.findConversation(org, id))?.summary;

  describe('a summary', () => {
    test('is written by each turn that begins and ends', async () => {
      const conversation = summed();
      const first = await begin(conversation);
      expect(await summaryOf(conversation)).toStrictEqual({
        firstQuestion: 'Where is my parcel?',
        turns: 1,
        openTurns: 1,
        outcome: null,
        rating: null,
      });
      await end(first, answer('none'));
      expect(await summaryOf(conversation)).toMatchObject({ turns: 1, openTurns: 0, outcome: 'unanswered' });
      // Of the same millisecond too.
      const second = await begin(conversation, { message: 'And now?' });
      expect(await summaryOf(conversation)).toMatchObject({ turns: 2, openTurns: 1, outcome: 'unanswered' });
      await end(second, answer('answered'));
      expect(await summaryOf(conversation)).toStrictEqual({
        firstQuestion: 'Where is my parcel?',
        turns: 2,
        openTurns: 0,
        outcome: 'unanswered',
        rating: null,
      });
    });

    test.each([
      [['answered', 'nearest', 'answered'], 'nearest'],
      [['nearest', 'none', 'nearest'], 'unanswered'],
      [['answered', 'failed'], 'failed'],
      [['failed', 'answered'], 'answered'],
      [['none', 'failed'], 'unanswered'],
    ] as const)('of turns that came to %j says %s, also made anew', async (outcomes, expected) => {
      const conversation = summed();
      for (const [index, outcome] of outcomes.entries()) {
        const turn = await begin(conversation, { askedAt: sampleTime + index });
        await end(turn, outcome === 'failed' ? failure : answer(outcome));
      }
      const summary = await summaryOf(conversation);
      expect(summary).toMatchObject({ outcome: expected, turns: outcomes.length, openTurns: 0 });
      expect((await store.sumUpConversation(conversation.id, sampleTime))?.summary).toStrictEqual(summary);
    });

    // Fails for a store that forgets a process which died between two writes.
    test('made anew tells of a turn whose process died, and of what was kept before there were summaries', async () => {
      const old = sampleConversation(org);
      await store.createConversation(old);
      const turn = sampleTurn(old.id, { askedAt: sampleTime + 1, leaseUntil: sampleTime + 10 });
      await store.createTurn(turn);
      await store.createTurn({ ...sampleTurn(old.id), message: 'x'.repeat(300), ...answer('nearest') });
      expect(await summaryOf(old)).toBeUndefined();
      const open = await store.sumUpConversation(old.id, sampleTime + 9);
      const { organizationId, agentId } = old;
      const lastActiveAt = sampleTime + 1;
      const known = { firstQuestion: 'x'.repeat(200), turns: 2, rating: null };
      expect(open).toMatchObject({ organizationId, agentId, lastActiveAt });
      expect(open?.summary).toStrictEqual({ ...known, openTurns: 1, outcome: 'nearest' });
      const died = await store.sumUpConversation(old.id, sampleTime + 10);
      expect(died?.summary).toStrictEqual({ ...known, openTurns: 0, outcome: 'failed' });
      expect(await store.findConversation(org, old.id)).toStrictEqual(died);
      await store.createTurn({ ...sampleTurn(old.id), askedAt: sampleTime + 2, state: 'stopped', reply: null });
      expect((await store.sumUpConversation(old.id, sampleTime + 10))?.summary?.outcome).toBe('failed');
      expect(await store.sumUpConversation('cnv_none', sampleTime)).toBeUndefined();
    });

    test('counts a message once that is there, and a turn that another attempt takes over or fails', async () => {
      const conversation = summed();
      const turn = await begin(conversation);
      expect(await store.createTurn({ ...turn, message: 'Other' })).toBe('conflict');
      expect(await summaryOf(conversation)).toMatchObject({ turns: 1, openTurns: 1 });
      await store.changeTurn(turn.conversationId, turn.messageId, turn.attemptId, failure);
      expect(await summaryOf(conversation)).toMatchObject({ turns: 1, openTurns: 0, outcome: 'failed' });
      const again = { state: 'asking', attemptId: 'atm_2', leaseUntil: sampleTime + 99 } as const;
      await store.changeTurn(turn.conversationId, turn.messageId, turn.attemptId, again);
      expect(await summaryOf(conversation)).toMatchObject({ turns: 1, openTurns: 1, outcome: null });
      await end({ ...turn, ...again }, answer('answered'));
      expect(await summaryOf(conversation)).toMatchObject({ turns: 1, openTurns: 0, outcome: 'answered' });
    });

    test('of many turns that begin and end at once counts all of them', async () => {
      const conversation = summed();
      await end(await begin(conversation), answer('answered'));
      const turns = await Promise.all(Array.from({ length: 12 }, () => begin(conversation)));
      await Promise.all(turns.map((turn, index) => end(turn, answer(index === 5 ? 'nearest' : 'answered'))));
      expect(await summaryOf(conversation)).toMatchObject({ turns: 13, openTurns: 0, outcome: 'nearest' });
    });
  });

  describe('ratings', () => {
    test('are kept with the reply, and the worst with its conversation, until they are taken back', async () => {
      const conversation = summed();
      await end(await begin(conversation, { messageId: 'msg_1' }), answer('answered', 'msg_r1'));
      await end(await begin(conversation, { messageId: 'msg_2' }), answer('answered', 'msg_r2'));
      expect(await store.rateReply(conversation.id, 'msg_r1', -1)).toBe('rated');
      expect(await store.rateReply(conversation.id, 'msg_r2', 1)).toBe('rated');
      expect((await store.findTurn(conversation.id, 'msg_1'))?.reply).toMatchObject({ id: 'msg_r1', rating: -1 });
      expect(await summaryOf(conversation)).toMatchObject({ rating: -1, turns: 2, outcome: 'answered' });
      expect(await store.rateReply(conversation.id, 'msg_r1', null)).toBe('rated');
      expect(await summaryOf(conversation)).toMatchObject({ rating: 1 });
      expect(await store.rateReply(conversation.id, 'msg_none', 1)).toBe('not_found');
      expect(await store.rateReply('cnv_none', 'msg_r1', 1)).toBe('not_found');
    });
  });

  describe('messages that visitors leave', () => {
    const left = (change: Partial<LeftMessage> = {}): LeftMessage => ({
      id: `lft_${crypto.randomUUID()}`,
      name: 'Ada',
      email: 'ada@example.com',
      text: 'Call me, {"$ne":1}.',
      createdAt: sampleTime + 7,
      ...change,
    });

    test('are kept in the conversation, in their order, and make it active', async () => {
      const conversation = summed({ lastActiveAt: sampleTime + 5 });
      await store.createConversation(conversation);
      const [first, second] = [left(), left({ name: null, email: 'b@example.com' })] as const;
      expect(await store.leaveMessage(conversation.id, first)).toStrictEqual(first);
      expect(await store.leaveMessage(conversation.id, second)).toStrictEqual(second);
      const whole = { ...conversation, lastActiveAt: sampleTime + 7, leftMessages: [first, second] };
      expect(await store.findConversation(org, conversation.id)).toStrictEqual(whole);
      expect((await store.listConversations(org, { limit: 5 })).items).toStrictEqual([whole]);
      expect(await store.deleteIdleConversationsOf([idle(sampleTime + 7)])).toBe(0);
      expect(await store.deleteIdleConversationsOf([idle(sampleTime + 8)])).toBe(1);
    });

    test('are three at most, also of many at once, and the same one counts once', async () => {
      const conversation = summed();
      await store.createConversation(conversation);
      const all = Array.from({ length: 8 }, (_, index) => left({ text: `${index}` }));
      const results = await Promise.all(all.map((message) => store.leaveMessage(conversation.id, message)));
      const taken = results.filter((result) => typeof result === 'object');
      expect(taken).toHaveLength(3);
      expect(results.filter((result) => result === 'full')).toHaveLength(5);
      const kept = await store.findConversation(org, conversation.id);
      expect(new Set(kept?.leftMessages?.map(({ id }) => id))).toStrictEqual(new Set(taken.map(({ id }) => id)));
      const [known] = taken;
      const again = left({ text: known!.text, name: 'Another', createdAt: sampleTime + 99 });
      expect(await store.leaveMessage(conversation.id, again)).toStrictEqual(known);
      expect(await store.findConversation(org, conversation.id)).toStrictEqual(kept);
    });

    test('are not lost beside turns that begin and end', async () => {
      const conversation = summed();
      const first = await begin(conversation, { messageId: 'msg_1' });
      const messages = Array.from({ length: 3 }, (_, index) => left({ text: `${index}` }));
      await Promise.all([
        ...messages.map((message) => store.leaveMessage(conversation.id, message)),
        end(first, answer('none')),
        begin(conversation, { messageId: 'msg_2', askedAt: sampleTime + 9 }),
      ]);
      const kept = await store.findConversation(org, conversation.id);
      expect(kept?.leftMessages).toHaveLength(3);
      expect(kept).toMatchObject({ lastActiveAt: sampleTime + 9 });
      expect(kept?.summary).toMatchObject({ turns: 2, openTurns: 1, outcome: 'unanswered' });
      expect((await store.sumUpConversation(conversation.id, sampleTime))?.leftMessages).toHaveLength(3);
    });

    test('may begin their conversation, which is made once and goes on as any other', async () => {
      const first = left();
      const summary = summaryWithoutTurns(first.text);
      const conversation = sampleConversation(org, { summary, leftMessages: [first] });
      const made = await Promise.all([1, 2].map(() => store.createConversation(conversation)));
      expect(made.sort()).toStrictEqual(['conflict', 'created']);
      expect((await store.listConversations(org, { limit: 5 })).items).toStrictEqual([conversation]);
      expect(await store.sumUpConversation(conversation.id, sampleTime)).toStrictEqual(conversation);
      expect(await store.leaveMessage(conversation.id, left({ createdAt: sampleTime + 99 }))).toStrictEqual(first);
      expect(await store.createTurn(sampleTurn(conversation.id))).toBe('created');
      expect(await summaryOf(conversation)).toStrictEqual({ ...summary, turns: 1, openTurns: 1 });
    });

    test('find no conversation that is deleted, and go with theirs', async () => {
      const conversation = summed();
      await store.createConversation(conversation);
      await store.leaveMessage(conversation.id, left());
      await store.deleteConversations(org, [conversation.id]);
      expect(await store.leaveMessage(conversation.id, left())).toBe('not_found');
      expect(await store.leaveMessage('cnv_none', left())).toBe('not_found');
      expect(await store.findConversation(org, conversation.id)).toBeUndefined();
    });
  });

  describe('lists', () => {
    const idsOf = (items: readonly Conversation[]) => items.map(({ id }) => id);

    test('have those of one organization, the latest active first, in pages', async () => {
      // Two of the same moment.
      const times = [3, 1, 5, 5, 2];
      const made = times.map((second) => summed({ lastActiveAt: sampleTime + second }));
      for (const conversation of made) await store.createConversation(conversation);
      await store.createConversation(sampleConversation(sampleOrganization().id));
      const expected = made
        .toSorted((a, b) => b.lastActiveAt - a.lastActiveAt || Number(a.id < b.id) - Number(a.id > b.id))
        .map(({ id }) => id);
      const whole = await store.listConversations(org, { limit: 5 });
      expect(whole).toStrictEqual({ items: whole.items, nextCursor: null });
      expect(idsOf(whole.items)).toStrictEqual(expected);
      expect(whole.items[0]).toStrictEqual(made.find(({ id }) => id === expected[0]));
      const paged: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await store.listConversations(org, { limit: 1, cursor });
        paged.push(...idsOf(page.items));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect(paged).toStrictEqual(expected);
    });

    test('can be bounded by when they were last active', async () => {
      const made = [1, 2, 3, 4].map((second) => summed({ lastActiveAt: sampleTime + second }));
      for (const conversation of made) await store.createConversation(conversation);
      const active = { from: sampleTime + 2, to: sampleTime + 3 };
      const { items, nextCursor } = await store.listConversations(org, { limit: 1 }, active);
      expect(idsOf(items)).toStrictEqual([made[2]!.id]);
      const rest = await store.listConversations(org, { limit: 5, cursor: nextCursor ?? '' }, active);
      expect(idsOf(rest.items)).toStrictEqual([made[1]!.id]);
      expect(rest.nextCursor).toBeNull();
    });
  });

  describe('deleting', () => {
    test('takes those of the list that the organization has, with their turns', async () => {
      const [gone, other, kept] = [summed(), summed(), summed()] as const;
      const foreign = sampleConversation(sampleOrganization().id);
      await store.createConversation(foreign);
      for (const conversation of [gone, other, kept])
        await end(await begin(conversation), { ...answer('none'), unansweredOf: org });
      expect(await store.deleteConversations(org, [gone.id, other.id, foreign.id, 'cnv_none'])).toBe(2);
      expect(await store.deleteConversations(org, [gone.id])).toBe(0);
      expect(await store.deleteConversations(org, [])).toBe(0);
      expect(await store.findConversation(org, gone.id)).toBeUndefined();
      expect(await store.listTurns(gone.id, 10)).toStrictEqual([]);
      expect((await store.listConversations(org, { limit: 10 })).items.map(({ id }) => id)).toStrictEqual([kept.id]);
      expect(await store.findConversation(foreign.organizationId, foreign.id)).toStrictEqual(foreign);
      expect((await store.listUnanswered(org, 0, 10)).map((turn) => turn.conversationId)).toStrictEqual([kept.id]);
    });

    // Else a visitor who deletes the chat before its end has every answer for nothing. Fails too where the chat comes back.
    test('while a turn is under way costs what the turn would have, and leaves nothing', async () => {
      const conversation = summed();
      const turn = await begin(conversation);
      expect(await store.deleteConversations(org, [conversation.id])).toBe(1);
      const ended = await store.finishTurn({ organizationId: org, turn, change: answer('none'), kept: 1 });
      expect(ended).toStrictEqual({ turn: 'not_found', credits: { granted: 1_000, spent: 1 } });
      expect(await store.findTurn(conversation.id, turn.messageId)).toBeUndefined();
      expect(await store.settleHold(org, holdFor(turn, 0), 0)).toStrictEqual({ granted: 1_000, spent: 1 });
      expect(await summaryOf(conversation)).toBeUndefined();
    });
  });

  test('questions without an answer are found by their agent, the newest first', async () => {
    const conversation = summed();
    const agentId = `agt_${org.slice(4)}`;
    const asked = [3, 1, 2].map((second) => ({ askedAt: sampleTime + second, messageId: `msg_${second}` }));
    for (const turn of asked) await end(await begin(conversation, turn), { ...answer('none'), unansweredOf: agentId });
    await end(await begin(conversation, { askedAt: sampleTime + 4 }), answer('answered'));
    await store.importRecords('turns', [
      { ...sampleTurn('cnv_copied', { askedAt: sampleTime + 5, messageId: 'msg_5' }), unansweredOf: agentId },
    ]);
    const found = async (since: number, limit: number) =>
      (await store.listUnanswered(agentId, since, limit)).map(({ messageId }) => messageId);
    expect(await found(0, 10)).toStrictEqual(['msg_5', 'msg_3', 'msg_2', 'msg_1']);
    expect(await found(sampleTime + 2, 2)).toStrictEqual(['msg_5', 'msg_3']);
    expect(await found(sampleTime + 2, 10)).toStrictEqual(['msg_5', 'msg_3', 'msg_2']);
    expect(await store.listUnanswered('agt_none', 0, 10)).toStrictEqual([]);
    expect((await store.listUnanswered(agentId, 0, 4))[1]).toStrictEqual(
      await store.findTurn(conversation.id, 'msg_3'),
    );
  });
}
