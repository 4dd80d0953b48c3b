/** A message as it is drawn. No reply is endless: what is longer is cut, and says so. */
import type { StoredMessage } from './answer.ts';
import type { FirstMessages } from './i18n/messages.ts';

export interface ChatMessage extends StoredMessage {
  /** False while it arrives, and for the part that is left of a reply that was cut off. */
  readonly isWhole: boolean;
  /** There was more of it than is shown. */
  readonly isCut: boolean;
}

export const REPLY_CHARACTERS_MAX = 100_000;

export function createMessage(message: Omit<ChatMessage, 'isCut'>): ChatMessage {
  const { text } = message;
  const isCut = text.length > REPLY_CHARACTERS_MAX;
  // Not in the middle of a character that is two.
  return {
    ...message,
    text: isCut ? text.slice(0, REPLY_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/, '') : text,
    isCut,
  };
}

/** Where nothing was found, the server's own sentence is English, and for programs. */
export function wordsOf({ outcome, text }: ChatMessage, words: FirstMessages): string {
  return outcome ? words[outcome] : text;
}
