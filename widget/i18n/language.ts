/** The languages that the widget speaks, and which one to use: the first candidate that is one of them, else English. */
import { ofDocument } from '../page.ts';

export const languages = ['en', 'de', 'es', 'fr', 'pt', 'ja', 'zh', 'ar'] as const;

export type Language = (typeof languages)[number];

/** @param candidates BCP 47 tags, the strongest wish first; only the part before the first `-` counts. */
export function pickLanguage(...candidates: readonly (string | null | undefined)[]): Language {
  for (const candidate of candidates) {
    const primary = candidate?.toLowerCase().split(/[-_]/)[0] as Language;
    if (languages.includes(primary)) return primary;
  }
  return 'en';
}

/** From an attribute, the page, the browser. */
export function pageLanguage(wish: string | null | undefined): Language {
  return pickLanguage(wish, ofDocument('documentElement').lang, ...navigator.languages);
}

function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** Where there are no words in the language that was asked for (Hebrew, say), place and direction still follow the page. */
export function pageDirection(language: Language, wish: string): 'ltr' | 'rtl' {
  const page = ofDocument('documentElement');
  return page.dir === 'rtl' && !(wish || page.lang).startsWith(language) ? 'rtl' : directionOf(language);
}
