import type { Refusal } from '../gate/problem.ts';

export const noCredits: Refusal = {
  code: 'credits_exhausted',
  fix: 'Grant credits to the organization in Settings → Usage.',
};
