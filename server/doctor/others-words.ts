/** What a page or another server says is shown, also in a terminal: without keys, without controls, and not without an end. */
import { withoutKeys } from '../gate/key-format.ts';

const lengthMax = 300;

/** Cut last, as half a key is not seen as one. */
export function othersWords(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = withoutKeys(text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')).trim();
  return plain === '' ? undefined : plain.slice(0, lengthMax);
}
