/** Each wording leads to one answer: no other wording of a question says what another one, or a question, says already. */
import type { FaqEntry } from '../records/agent.ts';

interface RepeatedAlias {
  /** Their positions, from 0. */
  readonly entry: number;
  readonly alias: number;
}

/** Those that stand in the list already but for case, spaces and the marks of a sentence. Questions may be repeated. */
export function repeatedAliases(entries: readonly Omit<FaqEntry, 'answer'>[]): readonly RepeatedAlias[] {
  const taken = new Set(entries.map(({ question }) => wordsOf(question)));
  return entries.flatMap(({ aliases }, entry) =>
    aliases.flatMap((text, alias) => {
      const words = wordsOf(text);
      if (taken.has(words)) return [{ entry, alias }];
      taken.add(words);
      return [];
    }),
  );
}

function wordsOf(text: string): string {
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .split(/[\s.,:;!?¡¿…。、！？،؛؟]+/u);
  return words.filter((word) => word !== '').join(' ') || text;
}
