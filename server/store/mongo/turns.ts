/**
 * A turn begins with four guarded changes: the conversation and the turn, beside them the budget's window, then the hold. It ends
 * with four: the reply, then the hold's end in both, and beside it the conversation's summary. One that is answered at once has the
 * window and the hold before the turn, and needs no change for its reply. What only tells whether to begin is read first, all at once.
 */
import { isOwned } from '../../records/conversation.ts';
import type { SpendingLeft } from '../../records/budget.ts';
import { systemClock } from '../../gate/clock.ts';
import { staleHoldMs, type Credits } from '../../records/credits.ts';
import { holdFor, type Turn } from '../../records/turn.ts';
import type { ConversationStore, CreditStore, TurnBeginning, TurnHindrance, TurnStore } from '../port.ts';
import { tooLong } from './connection.ts';
import type { MongoConversations } from './conversations.ts';
import type { MongoCredits } from './credits.ts';

type Parts = Pick<CreditStore, 'findCredits' | 'holdCredits' | 'settleHold'> &
  Pick<ConversationStore, 'findConversation' | 'createConversation' | 'findTurn' | 'createTurn' | 'changeTurn'> &
  MongoConversations &
  MongoCredits;

/** The sweep lets a hold that no turn names be for much longer. */
const heldForSureMs = staleHoldMs / 10;

function allow({ credits, ofBudget, ofCredits }: SpendingLeft, amount: number) {
  if (amount > 0 && amount > ofBudget) return 'over_budget';
  return amount > 0 && amount > ofCredits ? 'exhausted' : { credits };
}

export function createTurns(parts: Parts): TurnStore {
  /** What stands in the way, or what is left. */
  async function look({
    conversation: { id, organizationId },
    begins,
    owned,
    turn,
    bound,
    left: leftBefore,
  }: TurnBeginning): Promise<{ readonly credits: Credits } | TurnHindrance> {
    const findTurn = () => parts.findTurn(id, turn.messageId);
    const [left, kept, early] = await Promise.all([
      leftBefore ?? parts.findLeft(organizationId, bound),
      // One that is to begin is there only if the same message came before: its making tells.
      begins ? undefined : parts.findConversation(organizationId, id),
      begins ? undefined : findTurn(),
    ]);
    if (!begins && (kept === undefined || !isOwned(kept, owned))) return 'not_found';
    if (early !== undefined) return { known: early };
    const seen = left === undefined ? 'exhausted' : allow(left, turn.price);
    if (typeof seen === 'object') return seen;
    const known = begins ? await findTurn() : undefined;
    return known === undefined ? seen : { known };
  }

  const make = async ({ conversation, begins }: TurnBeginning) =>
    begins && (await parts.createConversation(conversation)) === 'created';

  const add = (turn: Turn, isNew: boolean) => (isNew ? parts.addFirstTurn(turn) : parts.createTurn(turn));

  /** Of a conversation that was made for it, and would be without a turn. */
  async function addFailed(turn: Turn): Promise<void> {
    const failed = { ...turn, state: 'failed' } as const;
    if ((await parts.addFirstTurn(failed)) === 'created') await parts.noteEnd(failed);
  }

  async function whyNot(turn: Turn, added: 'conflict' | 'full' | 'not_found') {
    if (added !== 'conflict') return added;
    const other = await parts.findTurn(turn.conversationId, turn.messageId);
    return other === undefined ? 'not_found' : { known: other };
  }

  return {
    findLeft: parts.findLeft,

    async beginTurn(beginning) {
      const { conversation, turn, bound } = beginning;
      const { id, organizationId } = conversation;
      const hold = holdFor(turn, turn.askedAt);
      const seen = await look(beginning);
      if (typeof seen === 'string' || 'known' in seen) return seen;

      const [added, isInBudget] = await Promise.all([
        make(beginning).then((isNew) => add(turn, isNew)),
        parts.takeOfBudget(hold, bound),
      ]);
      const giveBack = () => parts.settleHold(organizationId, hold, 0);
      if (added !== 'created') {
        await giveBack();
        return whyNot(turn, added);
      }
      if (turn.price === 0) return seen;
      const held = isInBudget ? await parts.takeHold(organizationId, hold, bound) : 'over_budget';
      if (typeof held === 'object') return { credits: held };
      await Promise.all([giveBack(), parts.changeTurn(id, turn.messageId, turn.attemptId, { state: 'failed' })]);
      return held === 'over_budget' ? held : 'exhausted';
    },

    async answerTurn(beginning, answer) {
      const { conversation, bound } = beginning;
      const { organizationId } = conversation;
      const startedAt = systemClock();
      const seen = await look(beginning);
      if (typeof seen === 'string' || 'known' in seen) return seen;
      const answered = await answer();
      if (answered === undefined) return 'no_answer';
      const turn: Turn = { ...beginning.turn, ...answered };
      const hold = holdFor(turn, turn.askedAt);

      const isFree = turn.price === 0;
      const [isNew, held] = await Promise.all([
        make(beginning),
        isFree ? seen.credits : parts.holdCredits(organizationId, hold, bound),
      ]);
      if (typeof held !== 'object') {
        if (isNew) await addFailed(beginning.turn);
        // Another attempt may have been faster.
        const known = await parts.findTurn(conversation.id, turn.messageId);
        if (known !== undefined && known.attemptId !== turn.attemptId) return { known };
        return held === 'over_budget' ? held : 'exhausted';
      }
      // The process stood still, or its machine slept: the sweep may have given the hold back.
      if (systemClock() - startedAt > heldForSureMs) throw tooLong();
      const added = await add(turn, isNew);
      if (added !== 'created') {
        if (!isFree) await parts.settleHold(organizationId, hold, 0);
        return whyNot(turn, added);
      }
      const [credits] = await Promise.all([
        isFree ? held : parts.settleHold(organizationId, hold, turn.price),
        parts.noteEnd(turn),
      ]);
      if (typeof credits !== 'object') throw new Error('A turn is of an organization that is not there.');
      return { turn, credits };
    },

    async finishTurn({ organizationId, turn, change, kept }) {
      const ended = await end();
      const isHeld = turn.price > 0 && !turn.isCharged;
      const [credits] = await Promise.all([
        isHeld
          ? parts.settleHold(organizationId, holdFor(turn, turn.askedAt), ended === 'conflict' ? 0 : kept)
          : parts.findCredits(organizationId),
        typeof ended === 'object' && parts.noteEnd(ended),
      ]);
      if (typeof credits !== 'object') throw new Error('A turn is of an organization that is not there.');
      return { turn: ended, credits };

      async function end() {
        if (await parts.changeOwnTurn(turn, change)) return { ...turn, ...change };
        return (await parts.findTurn(turn.conversationId, turn.messageId)) === undefined ? 'not_found' : 'conflict';
      }
    },
  };
}
