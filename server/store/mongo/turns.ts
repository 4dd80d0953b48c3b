/**
 * A turn begins with three guarded changes and ends with two: the conversation, the turn, the hold; the reply, the hold's end. What
 * only tells whether to begin is read before, all at once.
 */
import { isOwned } from '../../records/conversation.ts';
import { holdFor } from '../../records/turn.ts';
import type { ConversationStore, CreditStore, TurnStore } from '../port.ts';
import type { MongoConnection } from './connection.ts';
import { insert } from './queries.ts';

type Parts = Pick<CreditStore, 'findCredits' | 'holdCredits' | 'settleHold'> &
  Pick<ConversationStore, 'findConversation' | 'createConversation' | 'findTurn' | 'createTurn' | 'changeTurn'>;

export function createTurns({ models, run }: MongoConnection, parts: Parts): TurnStore {
  return {
    async beginTurn({ conversation, begins, owned, turn }) {
      const { id, organizationId } = conversation;
      const findTurn = () => parts.findTurn(id, turn.messageId);
      const [kept, credits, early] = await Promise.all([
        parts.findConversation(organizationId, id),
        parts.findCredits(organizationId),
        begins ? undefined : findTurn(),
      ]);
      if (kept === undefined ? !begins : !isOwned(kept, owned)) return 'not_found';
      // A conversation that is to begin and is there: the same message came before.
      const known = kept !== undefined && begins ? await findTurn() : early;
      if (known !== undefined) return { known };
      if (credits === undefined || credits.granted - credits.spent < turn.price) return 'exhausted';

      const isNew = kept === undefined && (await parts.createConversation(conversation)) === 'created';
      // A turn that is added to a new conversation needs neither its time nor a count of the others.
      const added = isNew ? await run(() => insert(models.turns, turn)) : await parts.createTurn(turn);
      if (added === 'not_found' || added === 'full') return added;
      if (added === 'conflict') {
        const other = await findTurn();
        return other === undefined ? 'not_found' : { known: other };
      }
      if (turn.price === 0) return { credits };
      const held = await parts.holdCredits(organizationId, holdFor(turn, turn.askedAt));
      if (typeof held === 'object') return { credits: held };
      await parts.changeTurn(id, turn.messageId, turn.attemptId, { state: 'failed' });
      return 'exhausted';
    },

    async finishTurn({ organizationId, turn, change, outcome }) {
      const changed = await parts.changeTurn(turn.conversationId, turn.messageId, turn.attemptId, change);
      const isOurs = typeof changed === 'object';
      const credits =
        turn.price === 0
          ? await parts.findCredits(organizationId)
          : await parts.settleHold(organizationId, turn.attemptId, isOurs ? outcome : 'give_back');
      if (typeof credits !== 'object') throw new Error('A turn is of an organization that is not there.');
      return { turn: isOurs ? changed : undefined, credits };
    },
  };
}
