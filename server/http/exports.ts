/** How many large files are written for an organization at a time: each reads as much as there is. */
import { refuseBeyond } from '../gate/limit-refusal.ts';
import { createTally, type Tally } from './tally.ts';

const exportsMax = 2;

export type Exports = Tally;

export function createExports(): Exports {
  return createTally(exportsMax);
}

export const tooManyExports = refuseBeyond({ name: 'exports', requests: exportsMax }, 10_000, {
  detail: `At most ${exportsMax} files of conversations, or archives, are written for an organization at a time.`,
  fix: () => 'Wait until one is done, then try again.',
});
