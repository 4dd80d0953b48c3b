/** The few words that are needed before the chat itself is there: its name, and that it couldn't be fetched. */
import type { Language } from './i18n/language.ts';

export const loaderWords: Readonly<Record<Language, readonly [chat: string, failed: string]>> = {
  en: ['Chat', 'The chat didn’t load.'],
  de: ['Chat', 'Der Chat lädt nicht.'],
  es: ['Chat', 'El chat no cargó.'],
  fr: ['Chat', 'Le chat n’a pas chargé.'],
  pt: ['Chat', 'O chat não carregou.'],
  ja: ['チャット', '読み込めませんでした'],
  zh: ['聊天', '聊天未加载'],
  ar: ['الدردشة', 'تعذّر التحميل'],
};
