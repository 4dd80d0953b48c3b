import { periodAt } from '../../server/records/budget.ts';
import type { Key } from '../../server/http/wire.ts';

interface BudgetState {
  readonly spent: number;
  /** 1: used up. */
  readonly share: number;
  /** When the next window begins, as an ISO text. */
  readonly until: string;
}

/** What is spent of a key's budget at a time: a window that ended since the key was read is empty. Undefined: no budget. */
export function budgetState({ budget, spent }: Pick<Key, 'budget' | 'spent'>, nowMs: number): BudgetState | undefined {
  if (budget === null) return undefined;
  const read = periodAt(budget.per, spent === null ? nowMs : Date.parse(spent.since));
  const isOver = read.endsAt <= nowMs;
  const credits = isOver || spent === null ? 0 : spent.credits;
  const { endsAt } = isOver ? periodAt(budget.per, nowMs) : read;
  return { spent: credits, share: credits / budget.credits, until: new Date(endsAt).toISOString() };
}
