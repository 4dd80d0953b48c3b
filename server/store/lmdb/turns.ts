/** A turn begins in one transaction and ends in another, or does both in one: each is there whole, with its price, or not at all. */
import { isOwned } from '../../records/conversation.ts';
import type { Credits } from '../../records/credits.ts';
import { holdFor } from '../../records/turn.ts';
import type { TurnBeginning, TurnHindrance, TurnStore } from '../port.ts';
import type { LmdbConnection } from './connection.ts';
import { addTurn, changeTurn, isFull, noteEnd, withEnd } from './conversations.ts';
import { changeCredits, holdCredits, lacks, settleHold } from './credits.ts';
import { inserts } from './inserts.ts';
import { spend } from './spendings.ts';

export function createTurns({ db, read, write }: LmdbConnection): TurnStore {
  /** Undefined: nothing stands in the way. */
  function look({ conversation, begins, owned, turn, bound }: TurnBeginning): TurnHindrance | undefined {
    const kept = db.conversations.get(conversation.id);
    if (kept === undefined ? !begins : !isOwned(kept, owned)) return 'not_found';
    const known = db.turns.get([conversation.id, turn.messageId]);
    if (known !== undefined) return { known };
    const short = lacks(db, conversation.organizationId, turn.price, bound);
    if (short !== undefined) return short;
    return kept !== undefined && isFull(db, conversation.id) ? 'full' : undefined;
  }

  /** Inside a write. Undefined: nothing stood in the way, and the turn is there, counted in its conversation. */
  function add(beginning: TurnBeginning): TurnHindrance | undefined {
    const late = look(beginning);
    if (late !== undefined) return late;
    const { conversation, turn } = beginning;
    const kept = db.conversations.get(conversation.id);
    if (kept === undefined) {
      inserts.conversations(db, turn.state === 'asking' ? conversation : withEnd(conversation, turn));
      inserts.turns(db, turn);
      return undefined;
    }
    addTurn(db, kept, turn);
    if (turn.state !== 'asking') noteEnd(db, turn);
    return undefined;
  }

  /** `take` is called inside a write, of a turn that costs something. */
  function begin(beginning: TurnBeginning, take: (beginning: TurnBeginning) => Credits | string) {
    return write(() => {
      const late = add(beginning);
      if (late !== undefined) return late;
      const { conversation, turn } = beginning;
      const credits = turn.price > 0 ? take(beginning) : db.organizations.get(conversation.organizationId)?.credits;
      if (typeof credits !== 'object') throw new Error('Credits that were there a moment ago are gone.');
      return { turn, credits };
    });
  }

  return {
    findLeft: () => Promise.resolve(undefined),

    async beginTurn(beginning) {
      // A message that is refused must not cost a transaction.
      const early = await read(() => look(beginning));
      if (early !== undefined) return early;
      const begun = await begin(beginning, ({ conversation, turn, bound }) =>
        holdCredits(db, conversation.organizationId, holdFor(turn, turn.askedAt), bound),
      );
      return typeof begun === 'object' && 'turn' in begun ? { credits: begun.credits } : begun;
    },

    async answerTurn(beginning, answer) {
      const early = await read(() => look(beginning));
      if (early !== undefined) return early;
      const answered = await answer();
      if (answered === undefined) return 'no_answer';
      return begin({ ...beginning, turn: { ...beginning.turn, ...answered } }, ({ conversation, turn, bound }) => {
        spend(db, bound.budget, turn.price);
        return changeCredits(db, conversation.organizationId, { spent: turn.price });
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
