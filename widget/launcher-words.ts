/** The few words that are needed before the chat itself is there: its name, and that it couldn't be fetched. */
import type { Language } from './i18n/language.ts';

export interface LauncherWords {
  readonly chat: string;
  readonly unreachable: string;
}

export const launcherWords: Readonly<Record<Language, LauncherWords>> = {
  en: { chat: 'Chat', unreachable: 'The chat didn’t load. Try again.' },
  de: { chat: 'Chat', unreachable: 'Der Chat lädt nicht. Erneut versuchen.' },
  es: { chat: 'Chat', unreachable: 'El chat no cargó. Reinténtalo.' },
  fr: { chat: 'Chat', unreachable: 'Le chat n’a pas chargé. Réessayez.' },
  pt: { chat: 'Chat', unreachable: 'O chat não carregou. Tente de novo.' },
  ja: { chat: 'チャット', unreachable: '読み込めませんでした。再試行してください。' },
  zh: { chat: '聊天', unreachable: '聊天未加载，请重试。' },
  ar: { chat: 'الدردشة', unreachable: 'لم تُحمَّل الدردشة. أعد المحاولة.' },
};
