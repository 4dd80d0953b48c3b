import { randomBase36 } from '../gate/key-format.ts';

export type IdPrefix = 'org' | 'usr' | 'ssn' | 'lnk' | 'key' | 'agt' | 'cnv' | 'knw' | 'msg' | 'atm' | 'evt';

/**
 * `key_` + 9 characters of the time + 16 random ones (82 bits), all base 36, so that the order of ids is the order of
 * creation and a page's cursor is just the last id.
 */
export function createId(prefix: IdPrefix, nowMs: number): string {
  return `${prefix}_${nowMs.toString(36).padStart(9, '0')}${randomBase36(16)}`;
}
