/** A message to an agent that needs no time: answered, charged and stored by one call of the store, so nobody has to wait for it. */
import type { Agent, ReadyAnswer } from '../agents/port.ts';
import type { Clock } from '../gate/clock.ts';
import type { AgentRecord } from '../records/agent.ts';
import { isUnanswered } from '../records/turn.ts';
import { StoreUnavailableError, type Store, type TurnAnswer, type TurnBeginning } from '../store/port.ts';

interface Parts {
  readonly store: Pick<Store, 'answerTurn'>;
  readonly clock: Clock;
  readonly openAgent: (agent: AgentRecord) => Promise<Agent | undefined>;
}

interface Asked {
  readonly agent: AgentRecord;
  readonly beginning: TurnBeginning;
  /** The id that its reply gets. */
  readonly replyId: string;
  /** Aborted when the reader leaves. */
  readonly signal: AbortSignal;
}

type Stored = Awaited<ReturnType<Store['answerTurn']>>;
/** `pieces`: what a reader is shown of the reply, one after the other. */
type AnsweredAtOnce = Extract<Stored, { readonly turn: unknown }> & { readonly pieces: readonly string[] };

export function createAnswerAtOnce({ store, clock, openAgent }: Parts) {
  /** no_answer: nothing was written; the agent is to be asked as one that takes its time, which keeps what goes wrong. */
  return async function answerAtOnce({
    agent,
    beginning,
    replyId,
    signal,
  }: Asked): Promise<AnsweredAtOnce | Exclude<Stored, { readonly turn: unknown }>> {
    // A model takes its time, so it is not even opened here.
    if (agent.model !== null) return 'no_answer';
    let pieces: readonly string[] = [];
    const stored = await store.answerTurn(beginning, async () => {
      const ready = signal.aborted ? undefined : await ask(agent, beginning.turn.message);
      if (ready === undefined) return undefined;
      pieces = ready.pieces;
      return toTurnAnswer(agent.id, replyId, ready);
    });
    return typeof stored === 'object' && 'turn' in stored ? { ...stored, pieces } : stored;
  };

  /** Undefined: it can't answer, or not at once. */
  async function ask(agent: AgentRecord, message: string): Promise<ReadyAnswer | undefined> {
    try {
      const ready = (await openAgent(agent))?.answerAtOnce?.(message);
      return ready?.pieces.length === 0 ? undefined : ready;
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      return undefined;
    }
  }

  function toTurnAnswer(agentId: string, replyId: string, { pieces, findings }: ReadyAnswer): TurnAnswer {
    const reply = { id: replyId, text: pieces.join(''), createdAt: clock(), findings };
    return { state: 'answered', isCharged: true, reply, ...(isUnanswered(reply) && { unansweredOf: agentId }) };
  }
}
