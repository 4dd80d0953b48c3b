/**
 * A turn begins with four guarded changes: the conversation and the turn, beside them the budget's window, then the hold. It ends
 * with four: the reply, then the hold's end in both, and beside it the conversation's summary. What only tells whether to begin is read before, all at once.
 */
import { isOwned } from '../../records/conversation.ts';
import { holdFor } from '../../records/turn.ts';
import type { ConversationStore, CreditStore, TurnStore } from '../port.ts';
import type { MongoConversations } from './conversations.ts';
import type { MongoCredits } from './credits.ts';

type Parts = Pick<CreditStore, 'findCredits' | 'settleHold'> &
  Pick<ConversationStore, 'findConversation' | 'createConversation' | 'findTurn' | 'createTurn' | 'changeTurn'> &
  MongoConversations &
  Pick<MongoCredits, 'findLeft' | 'takeOfBudget' | 'takeHold'>;

export function createTurns(parts: Parts): TurnStore {
  return {
    async beginTurn({ conversation, begins, owned, turn, bound }) {
      const { id, organizationId } = conversation;
      const hold = holdFor(turn, turn.askedAt);
      const findTurn = () => parts.findTurn(id, turn.messageId);
      const [left, kept, early] = await Promise.all([
        parts.findLeft(organizationId, turn.price, bound),
        // One that is to begin is there only if the same message came before: its making tells.
        begins ? undefined : parts.findConversation(organizationId, id),
        begins ? undefined : findTurn(),
      ]);
      if (!begins && (kept === undefined || !isOwned(kept, owned))) return 'not_found';
      if (early !== undefined) return { known: early };
      if (typeof left === 'string') {
        const known = begins ? await findTurn() : undefined;
        return known === undefined ? left : { known };
      }

      const [added, isInBudget] = await Promise.all([add(), parts.takeOfBudget(hold, bound)]);
      const giveBack = () => parts.settleHold(organizationId, hold, 0);
      if (added !== 'created') {
        await giveBack();
        if (added !== 'conflict') return added;
        const other = await findTurn();
        return other === undefined ? 'not_found' : { known: other };
      }
      if (turn.price === 0) return { credits: left };
      const held = isInBudget ? await parts.takeHold(organizationId, hold, bound) : 'over_budget';
      if (typeof held === 'object') return { credits: held };
      await Promise.all([giveBack(), parts.changeTurn(id, turn.messageId, turn.attemptId, { state: 'failed' })]);
      return held === 'over_budget' ? held : 'exhausted';

      async function add() {
        const isNew = begins && (await parts.createConversation(conversation)) === 'created';
        return isNew ? parts.addFirstTurn(turn) : parts.createTurn(turn);
      }
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
