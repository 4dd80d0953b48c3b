/** What a search knows of a language. */
export interface Language {
  /** Words that say nothing about what is asked. One that has a synonym is looked up all the same. */
  readonly stopwords: ReadonlySet<string>;
  /** What a word and its other forms have in common. */
  readonly stem: (word: string) => string;
  /** Words that mean much the same when a business is asked something. */
  readonly synonyms: readonly (readonly string[])[];
}

/** A group of synonyms in each line. */
export function readSynonyms(lines: string): readonly (readonly string[])[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '));
}
