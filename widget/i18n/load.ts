/** English is in the chat itself; every other language is a file of its own, fetched when it is used. */
import { en } from './en.ts';
import type { Language } from './language.ts';
import type { Messages, Words as AnyWords } from './messages.ts';

type Words = Readonly<Record<'words', Messages>>;

const loaders: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Words>>> = {
  de: () => import('./de.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  pt: () => import('./pt.ts'),
  ja: () => import('./ja.ts'),
  zh: () => import('./zh.ts'),
  ar: () => import('./ar.ts'),
};

/** A language that can't be fetched is no reason to have no chat. */
export async function loadMessages(language: Language): Promise<AnyWords> {
  if (language === 'en') return en;
  try {
    return (await loaders[language]()).words;
  } catch {
    return en;
  }
}
