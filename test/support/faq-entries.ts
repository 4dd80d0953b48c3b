import type { FaqEntry } from '../../server/records/agent.ts';

/** Each with no other wording but those given. */
export function faqEntries(entries: readonly (Omit<FaqEntry, 'aliases'> & Partial<FaqEntry>)[]): readonly FaqEntry[] {
  return entries.map((entry) => ({ aliases: [], ...entry }));
}
