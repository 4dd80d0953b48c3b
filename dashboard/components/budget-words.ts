import type { Budget } from '../../server/http/wire.ts';
import { plural } from './number-words.ts';

export const periodWords: Readonly<Record<Budget['per'], string>> = { hour: 'an hour', day: 'a day', month: 'a month' };

/** `500 credits a day`. */
export function budgetWords({ credits, per }: Budget): string {
  return `${plural(credits, 'credit')} ${periodWords[per]}`;
}

/** What a copied public key can cost at most. */
export function boundWords(budget: Budget | null, visitorBudget: Budget | null): string {
  const all =
    budget === null
      ? 'Browsers can spend every credit with this key, but for those that are kept back for your servers.'
      : `Browsers can spend at most ${budgetWords(budget)} with this key.`;
  return visitorBudget === null ? all : `${all} Each visitor can spend at most ${budgetWords(visitorBudget)}.`;
}
