import type { CreditHold } from './credits.ts';

/** One message and its reply. `(conversationId, messageId)` is unique, which is what makes a repeated message safe. */
export interface Turn {
  readonly conversationId: string;
  readonly messageId: string;
  readonly message: string;
  /** What the caller calls the question. A later turn of the same takes the place of this one, and of all that came after. */
  readonly questionId?: string;
  readonly askedAt: number;
  /** Credits that are held for the turn: the most that it can cost. Once it is charged: what it cost. */
  readonly price: number;
  /** The window of a budget that the price is taken from too. */
  readonly windowId: string | null;
  /**
   * asking: an attempt holds the turn until `leaseUntil`. answered: the reply is whole. stopped: the reader left or the
   * agent broke off, the reply is what there was. failed: nothing came and nothing is charged.
   */
  readonly state: 'asking' | 'answered' | 'stopped' | 'failed';
  /** The attempt that may write: a later one takes the turn over, and the earlier one's writes miss. Also its hold's id. */
  readonly attemptId: string;
  readonly leaseUntil: number;
  /** The price is spent for good: another attempt costs nothing more. */
  readonly isCharged: boolean;
  /** How often an agent was asked since it was charged. */
  readonly attempts: number;
  readonly reply: TurnReply | null;
  /** The agent that had no answer, or a model's that stands on none of its sources. */
  readonly unansweredOf?: string;
}

/** Helpful, or not. */
export type Rating = 1 | -1;

/** How well an answer fits the question: only near ones were found, or nothing. */
type Outcome = 'answered' | 'nearest' | 'none';

interface ReplySource {
  readonly title: string;
  readonly url: string | null;
}

/** What an answer stands on. */
export interface ReplyFindings {
  readonly outcome: Outcome;
  /** Questions that have an answer, to ask instead. */
  readonly suggestions: readonly string[];
  readonly sources: readonly ReplySource[];
}

export interface TurnReply {
  readonly id: string;
  readonly text: string;
  readonly createdAt: number;
  readonly findings?: ReplyFindings;
  /** A model was asked for it. */
  readonly isGenerated?: true;
  /** It ends where no more tokens were allowed. */
  readonly isCutShort?: true;
  /** By whoever reads it. */
  readonly rating?: Rating | null;
}

export type TurnChange = Partial<
  Pick<
    Turn,
    'price' | 'windowId' | 'state' | 'attemptId' | 'leaseUntil' | 'isCharged' | 'attempts' | 'reply' | 'unansweredOf'
  >
>;

/** The hold of its price, under the id of the attempt that has it. */
export function holdFor({ attemptId, price, windowId, conversationId, messageId }: Turn, heldAt: number): CreditHold {
  return { id: attemptId, amount: price, heldAt, windowId, conversationId, messageId };
}

/** A reply that says so, or that a model wrote from nothing that the agent knows. */
export function isUnanswered({ findings, isGenerated }: TurnReply): boolean {
  if (findings === undefined) return false;
  return findings.outcome !== 'answered' || (isGenerated === true && findings.sources.length === 0);
}
