/**
 * What of a text is looked up: its words without those that say nothing, in the form that they have in common with their other
 * forms, and what else is said for the same (`languages/`).
 */
import { LRUCache } from 'lru-cache';
import { detectLanguage } from './languages/detect.ts';
import { english } from './languages/en.ts';

/** A word, in every form under which it is found. */
export type Term = readonly string[];

/** How a text becomes terms, for one knowledge. */
type ToTerms = (text: string) => readonly Term[];

/** Ends between words where it can: the time of a segmenter grows with the square of its text. */
const pieces = /[^]{1,400}(?=\s|$)|[^]{1,400}/gu;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
/** Longer ones are no words, and a stemmer takes its time with them. */
const wordLengthMax = 40;

/** Strangers bring words too. */
const stemsMax = 5_000;

/** The sign before a group of synonyms, which no word has. */
const groupSign = '~';

export function isGroup(form: string): boolean {
  return form.startsWith(groupSign);
}

/** For texts in the language of these. `synonyms`: groups of words that mean the same beside those of the language. */
export function createToTerms(texts: readonly string[], synonyms: readonly (readonly string[])[] = []): ToTerms {
  const language = detectLanguage(texts);
  const { stopwords, stem } = language ?? { stopwords: english.stopwords, stem: (word: string) => word };
  const groupsOf = new Map<string, string[]>();
  const phrases: string[] = [];
  /** Of synonyms of several words: how many words those have that begin with a form. */
  const lengths = new Map<string, Set<number>>();
  const stems = new LRUCache<string, string>({ max: stemsMax });
  const formOf = (word: string): string => {
    const known = stems.get(word);
    if (known !== undefined) return known;
    const form = withoutMarks(stem(word));
    stems.set(word, form);
    return form;
  };
  const joinGroup = (form: string, group: string): void => {
    groupsOf.set(form, [...(groupsOf.get(form) ?? []), group]);
  };
  // The group that a word is in first names it.
  synonyms.forEach((group, index) => {
    for (const written of group) {
      const phrase = normalize(written);
      const forms = isUnspaced(phrase) ? [phrase] : wordsOf(phrase).map(formOf);
      const [first] = forms;
      if (first === undefined) continue;
      if (isUnspaced(phrase)) phrases.push(phrase);
      if (forms.length > 1) lengths.set(first, (lengths.get(first) ?? new Set()).add(forms.length));
      joinGroup(forms.join(' '), `${groupSign}own ${index}`);
    }
  });
  language?.synonyms.forEach((words, index) => {
    for (const written of words) {
      const word = normalize(written);
      if (isUnspaced(word)) phrases.push(word);
      joinGroup(isUnspaced(word) ? word : formOf(word), `${groupSign}${index}`);
    }
  });
  phrases.sort((one, other) => other.length - one.length);
  const sequenceAt = (forms: readonly string[], at: number): readonly string[] | undefined =>
    [...(lengths.get(forms[at] ?? '') ?? [])]
      .map((length) => forms.slice(at, at + length))
      .filter((sequence) => groupsOf.has(sequence.join(' ')))
      .sort((one, other) => other.length - one.length)
      .find((sequence) => sequence.length > 1);

  return (text) => {
    const found: Term[] = [];
    // One sign may become eighteen.
    let rest = normalize(text).slice(0, 2 * text.length);
    for (const phrase of phrases) {
      if (!rest.includes(phrase)) continue;
      found.push([phrase, ...(groupsOf.get(phrase) ?? [])]);
      rest = rest.replaceAll(phrase, ' ');
    }
    const words = wordsOf(rest).filter((word) => word.length <= wordLengthMax);
    const forms = words.map(formOf);
    for (let at = 0; at < words.length; at += 1) {
      const [word = '', form = ''] = [words[at], forms[at]];
      const sequence = sequenceAt(forms, at);
      const said = sequence?.join(' ') ?? form;
      const groupForms = groupsOf.get(said) ?? [];
      if (sequence !== undefined) at += sequence.length - 1;
      else if (groupForms.length === 0 && (stopwords.has(word) || form === '')) continue;
      found.push([said, ...groupForms]);
    }
    return found;
  };
}

/** Words of any language; Chinese and Japanese write none between spaces. */
function wordsOf(text: string): string[] {
  return (text.match(pieces) ?? []).flatMap((piece) =>
    [...segmenter.segment(piece)].filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment),
  );
}

function normalize(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
}

function withoutMarks(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '');
}

function isUnspaced(word: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word);
}
