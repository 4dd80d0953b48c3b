import { refuse } from '../gate/problem.ts';

export const noCredits = refuse('credits_exhausted', {
  fix: 'Grant credits to the organization in Settings → Usage.',
});
