/** What is typed about the budgets of a key, new or not, and what of it is to be saved. */
import { defaultBudget, defaultVisitorBudget } from '../../server/records/budget.ts';
import type { Budget, Key, KeyPatch } from '../../server/http/wire.ts';
import { count } from './number-words.ts';

export interface BudgetDraft {
  readonly isBounded: boolean;
  readonly credits: string;
  readonly per: Budget['per'];
}

export const budgetNames = ['budget', 'visitorBudget'] as const;
export type BudgetName = (typeof budgetNames)[number];
export type BudgetsDraft = Readonly<Record<BudgetName, BudgetDraft>>;
type Budgets = Pick<Key, BudgetName>;

export const budgetMax = 1_000_000_000;

/** As the server makes a key that nothing is said of. */
export const newKeyBudgets: Budgets = { budget: defaultBudget, visitorBudget: defaultVisitorBudget };

export function toBudgetsDraft(budgets: Budgets): BudgetsDraft {
  const draftOf = (name: BudgetName): BudgetDraft => {
    const { credits, per } = budgets[name] ?? newKeyBudgets[name] ?? defaultBudget;
    return { isBounded: budgets[name] !== null, credits: String(credits), per };
  };
  return { budget: draftOf('budget'), visitorBudget: draftOf('visitorBudget') };
}

/** Null: it is not bounded. Undefined: what is typed is no bound. */
export function toBudget({ isBounded, credits, per }: BudgetDraft): Budget | null | undefined {
  if (!isBounded) return null;
  const value = Number(credits);
  return Number.isInteger(value) && value >= 1 && value <= budgetMax ? { credits: value, per } : undefined;
}

/** Only what differs from the key; what is wrong differs too, as far as that can be sent. */
export function toBudgetsPatch(draft: BudgetsDraft, key: Budgets): Pick<KeyPatch, BudgetName> {
  const before = toBudgetsDraft(key);
  const change = (name: BudgetName): Pick<KeyPatch, BudgetName> => {
    const [old, wanted] = [before[name], draft[name]];
    const isOther = wanted.isBounded && (wanted.credits !== old.credits || wanted.per !== old.per);
    if (wanted.isBounded === old.isBounded && !isOther) return {};
    return { [name]: toBudget(wanted) ?? null };
  };
  return { ...change('budget'), ...change('visitorBudget') };
}

export type BudgetProblems = Partial<Record<BudgetName, string>>;

/** What can be said before the server is asked. */
export function budgetProblemsOf(draft: BudgetsDraft): BudgetProblems {
  const wrong = budgetNames.filter((name) => toBudget(draft[name]) === undefined);
  return Object.fromEntries(wrong.map((name) => [name, `A whole number from 1 to ${count(budgetMax)}.`]));
}
