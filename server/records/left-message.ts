/** What a visitor left for the people behind an agent, kept in its conversation. */
export interface LeftMessage {
  readonly id: string;
  /** As the visitor says. */
  readonly name: string | null;
  readonly email: string;
  readonly text: string;
  readonly createdAt: number;
}

/** Of one conversation. */
export const leftMessagesMax = 3;

/** The same words from the same address are sent again because their answer was lost. */
export function isSameMessage(a: LeftMessage, b: LeftMessage): boolean {
  return a.email === b.email && a.text === b.text;
}
