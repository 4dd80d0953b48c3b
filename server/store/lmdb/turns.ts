/** A turn begins in one transaction and ends in another: each is there whole, with its price, or not at all. */
import { isOwned } from '../../records/conversation.ts';
import { holdFor } from '../../records/turn.ts';
import type { TurnBeginning, TurnStore } from '../port.ts';
import type { LmdbConnection } from './connection.ts';
import { addTurn, changeTurn, isFull, noteEnd } from './conversations.ts';
import { holdCredits, lacks, settleHold } from './credits.ts';
import { inserts } from './inserts.ts';

export function createTurns({ db, read, write }: LmdbConnection): TurnStore {
  /** Undefined: nothing stands in the way. */
  function look({ conversation, begins, owned, turn, bound }: TurnBeginning) {
    const kept = db.conversations.get(conversation.id);
    if (kept === undefined ? !begins : !isOwned(kept, owned)) return 'not_found';
    const known = db.turns.get([conversation.id, turn.messageId]);
    if (known !== undefined) return { known };
    const short = lacks(db, conversation.organizationId, turn.price, bound);
    if (short !== undefined) return short;
    return kept !== undefined && isFull(db, conversation.id) ? 'full' : undefined;
  }

  return {
    async beginTurn(beginning) {
      // A message that is refused must not cost a transaction.
      const early = await read(() => look(beginning));
      if (early !== undefined) return early;
      return write(() => {
        const late = look(beginning);
        if (late !== undefined) return late;
        const { conversation, turn, bound } = beginning;
        const kept = db.conversations.get(conversation.id);
        if (kept === undefined) {
          inserts.conversations(db, conversation);
          inserts.turns(db, turn);
        } else addTurn(db, kept, turn);
        const credits =
          turn.price === 0
            ? db.organizations.get(conversation.organizationId)?.credits
            : holdCredits(db, conversation.organizationId, holdFor(turn, turn.askedAt), bound);
        if (typeof credits !== 'object') throw new Error('Credits that were there a moment ago are gone.');
        return { credits };
      });
    },

    finishTurn: ({ organizationId, turn, change, kept }) =>
      write(() => {
        const changed = changeTurn(db, turn, change);
        if (typeof changed === 'object') noteEnd(db, changed);
        const credits = settleHold(db, organizationId, turn.attemptId, changed === 'conflict' ? 0 : kept);
        if (credits === 'not_found') throw new Error('A turn is of an organization that is not there.');
        return { turn: changed, credits };
      }),
  };
}
