/** Tags: short words by which an organization groups its keys, the same in whatever case they are written. */
import { z } from 'zod';
import type { KeyRecord } from '../records/key.ts';
import { isPlainName, plainNameRule } from '../records/plain-name.ts';

const tagsPerKeyMax = 20;
const tagLengthMax = 30;
/** Of an organization, in the list of its keys: nobody picks from more, and each page names them. */
export const tagsListedMax = 500;

const tag = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1)
  .max(tagLengthMax)
  .refine(isPlainName, plainNameRule)
  .refine((text) => !text.includes(','), 'Without commas: one tag for each word or name.');

/** Of two that differ only in case the first one stays. */
export const tagsInput = z.array(tag).max(tagsPerKeyMax).transform(eachOnce);

/** Of a query, where it stands once for each tag. */
export const tagsAsked = z.preprocess(
  (asked) => (typeof asked === 'string' ? [asked] : asked),
  z.array(tag).max(tagsPerKeyMax),
);

/** Whether a key has all of these tags. */
export function hasTags({ tags }: Pick<KeyRecord, 'tags'>, wanted: readonly string[]): boolean {
  const own = new Set(tags.map(folded));
  return wanted.every((text) => own.has(folded(text)));
}

/** From A to Z, each once. */
export function inOrder(tags: readonly string[]): string[] {
  return eachOnce(tags.toSorted(order.compare));
}

const order = new Intl.Collator('en', { numeric: true });

const folded = (text: string): string => text.toLowerCase();

function eachOnce(tags: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const text of tags) if (!first.has(folded(text))) first.set(folded(text), text);
  return [...first.values()];
}
