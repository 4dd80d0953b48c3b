/** Which of the languages that a search knows a text is in. */
import { arabic } from './ar.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import { spanish } from './es.ts';
import { french } from './fr.ts';
import { japanese } from './ja.ts';
import type { Language } from './language.ts';
import { portuguese } from './pt.ts';
import { chinese } from './zh.ts';

/** What is looked at. */
const lengthMax = 20_000;
/** Of the words of a text, at the least, that a language's stopwords are. */
const stopwordShareMin = 0.15;

const spaced = [english, german, spanish, french, portuguese];

/** Undefined: another language, or too little to tell. */
export function detectLanguage(texts: readonly string[]): Language | undefined {
  let start = '';
  for (const text of texts) if (start.length < lengthMax) start += ` ${text.slice(0, lengthMax)}`;
  const letters = start.match(/\p{L}/gu)?.length ?? 0;
  const shareOf = (letter: RegExp): number => (start.match(letter)?.length ?? 0) / Math.max(1, letters);
  if (shareOf(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu) > 0.1) return japanese;
  if (shareOf(/\p{Script=Han}/gu) > 0.3) return chinese;
  if (shareOf(/\p{Script=Arabic}/gu) > 0.5) return arabic;
  const words = start.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const shares = spaced.map((language) => ({
    language,
    share: words.filter((word) => language.stopwords.has(word)).length / Math.max(1, words.length),
  }));
  const best = shares.reduce((most, next) => (next.share > most.share ? next : most));
  return best.share >= stopwordShareMin ? best.language : undefined;
}
