/** English is in the chat itself; every other language is a file of its own, fetched when it is used. */
import { en } from './en.ts';
import type { Language } from './language.ts';
import type { Messages } from './messages.ts';

const loaders: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  fr: async () => (await import('./fr.ts')).fr,
  pt: async () => (await import('./pt.ts')).pt,
  ja: async () => (await import('./ja.ts')).ja,
  zh: async () => (await import('./zh.ts')).zh,
  ar: async () => (await import('./ar.ts')).ar,
};

/** A language that can't be fetched is no reason to have no chat. */
export function loadMessages(language: Language): Promise<Messages> {
  return loaders[language]().catch(() => en);
}
