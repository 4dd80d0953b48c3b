import { refuse } from '../gate/problem.ts';
import type { CallMode } from '../gate/scope.ts';

const noCredits = refuse('credits_exhausted', {
  fix: 'Grant credits to the organization in Settings → Usage.',
});

/** To a publishable call: there may be credits that are kept back for others. */
const noCreditsForPages = refuse('credits_exhausted', {
  detail: 'The organization has no credits left for web pages.',
  fix: 'Grant credits to the organization in Settings → Usage, or keep fewer of them back for your servers there.',
});

export function noCreditsFor(mode: CallMode) {
  return mode === 'publishable' ? noCreditsForPages : noCredits;
}
