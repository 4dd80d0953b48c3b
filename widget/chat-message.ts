/** A message as it is drawn. No reply is endless: what is longer is cut, and says so. */
export interface ChatMessage {
  readonly id: string;
  readonly role: 'user' | 'agent';
  readonly text: string;
  /** False while it arrives, and for the part that is left of a reply that was cut off. */
  readonly isWhole: boolean;
  /** There was more of it than is shown. */
  readonly isCut: boolean;
}

export const REPLY_CHARACTERS_MAX = 100_000;

export function createMessage({ id, role, text, isWhole }: Omit<ChatMessage, 'isCut'>): ChatMessage {
  const isCut = text.length > REPLY_CHARACTERS_MAX;
  // Not in the middle of a character that is two.
  return {
    id,
    role,
    text: isCut ? text.slice(0, REPLY_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/, '') : text,
    isWhole,
    isCut,
  };
}
