import { randomBase36 } from '../gate/key-format.ts';

export type IdPrefix =
  'org' | 'usr' | 'ssn' | 'lnk' | 'key' | 'agt' | 'cnv' | 'knw' | 'msg' | 'lft' | 'atm' | 'evt' | 'whk' | 'dlv';

/**
 * `key_` + 9 characters of the time + 16 random ones (82 bits), all base 36, so that the order of ids is the order of
 * creation and a page's cursor is just the last id.
 */
export function createId(prefix: IdPrefix, nowMs: number): string {
  return `${prefix}_${nowMs.toString(36).padStart(9, '0')}${randomBase36(16, draw)}`;
}

/** Drawn in advance, as a draw from the system costs ten times an id; a message has three. */
const drawn = new Uint8Array(4096);
let used = drawn.length;

function draw(count: number): Uint8Array {
  if (used + count > drawn.length) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  used += count;
  return drawn.subarray(used - count, used);
}

const timesEnd = 36 ** 9;

/** Sorts after the ids made before that time and before all others of the kind. */
export function firstIdOf(prefix: IdPrefix, fromMs: number): string {
  const time = Math.min(Math.max(Math.ceil(fromMs), 0), timesEnd - 1);
  return `${prefix}_${time.toString(36).padStart(9, '0')}`;
}
