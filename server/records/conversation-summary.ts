/**
 * What a list shows of a conversation, kept in its record so that a list reads no turns. A turn that begins and one that ends
 * write it with what they change anyway; on MongoDB its end is a change of its own. A process that dies between the two leaves
 * `openTurns` above zero: then the next list counts the turns anew.
 */
import { hideSecrets } from './secret-text.ts';
import type { Rating, Turn } from './turn.ts';

/**
 * unanswered: at least one of its questions had no answer. failed: the last of its messages that ended got none, because the
 * agent failed or the reader left. nearest: at least one question had only near ones. In this order.
 */
export const conversationOutcomes = ['answered', 'nearest', 'unanswered', 'failed'] as const;
export type ConversationOutcome = (typeof conversationOutcomes)[number];

export interface ConversationSummary {
  /** Of a conversation that began with a message for people: its words. Cut to `firstQuestionMax` characters. */
  readonly firstQuestion: string;
  readonly turns: number;
  /** Begun, and not noted here as ended. */
  readonly openTurns: number;
  /** Null: none of its turns has ended. */
  readonly outcome: ConversationOutcome | null;
  /** The worst that one of its replies was given. */
  readonly rating: Rating | null;
}

const firstQuestionMax = 200;

export function beginSummary(question: string): ConversationSummary {
  return { firstQuestion: cutQuestion(question), turns: 1, openTurns: 1, outcome: null, rating: null };
}

/** Of a conversation in which nobody has asked anything yet. */
export function summaryWithoutTurns(words: string): ConversationSummary {
  return { firstQuestion: cutQuestion(words), turns: 0, openTurns: 0, outcome: null, rating: null };
}

/**
 * All turns of a conversation, in the order in which they were asked, and the summary that is known. A turn whose lease ended
 * before `nowMs` failed.
 */
export function summarize(
  turns: readonly SummedTurn[],
  nowMs: number,
  known: Pick<ConversationSummary, 'firstQuestion'> | undefined,
): ConversationSummary {
  const isOpen = ({ state, leaseUntil }: SummedTurn) => state === 'asking' && leaseUntil > nowMs;
  const ratings = turns.map(({ reply }) => reply?.rating ?? null);
  return {
    firstQuestion: known?.firstQuestion ?? cutQuestion(turns[0]?.message ?? ''),
    turns: turns.length,
    openTurns: turns.filter(isOpen).length,
    outcome: turns
      .filter((turn) => !isOpen(turn))
      .map(outcomeOf)
      .reduce<ConversationOutcome | null>(mergeOutcomes, null),
    rating: ratings.includes(-1) ? -1 : ratings.includes(1) ? 1 : null,
  };
}

export type SummedTurn = Pick<Turn, 'message' | 'state' | 'leaseUntil' | 'reply'>;

/** What an ended turn came to. */
export function outcomeOf({ state, reply }: Pick<Turn, 'state' | 'reply'>): ConversationOutcome {
  if (reply === null || state === 'asking' || state === 'failed') return 'failed';
  const outcome = reply.findings?.outcome ?? 'answered';
  return outcome === 'none' ? 'unanswered' : outcome;
}

/** Which outcomes of a conversation stay when a turn comes to this one. */
export const outcomesThatStay: Readonly<Record<ConversationOutcome, readonly ConversationOutcome[]>> = {
  answered: ['unanswered', 'nearest'],
  nearest: ['unanswered'],
  unanswered: [],
  failed: ['unanswered'],
};

export function mergeOutcomes(before: ConversationOutcome | null, ended: ConversationOutcome): ConversationOutcome {
  return before !== null && outcomesThatStay[ended].includes(before) ? before : ended;
}

/** Not in the middle of a character, nor of a secret key, which is hidden first. */
function cutQuestion(question: string): string {
  return hideSecrets(question)
    .slice(0, firstQuestionMax)
    .replace(/[\uD800-\uDBFF]$/, '');
}
