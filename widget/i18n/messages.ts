/** Every word that a visitor can see or hear, in one language. `{n}` stands for a number. */

/** What a chat says before the part of it that is fetched later. In English they are two files. */
export interface FirstMessages {
  readonly chat: string;
  readonly close: string;
  readonly newConversation: string;
  readonly history: string;
  readonly placeholder: string;
  readonly send: string;
  readonly stop: string;
  readonly you: string;
  readonly writing: string;
  readonly suggestions: string;
  readonly retry: string;
  readonly retryIn: string;
  readonly unavailable: string;
  readonly broken: string;
  readonly offline: string;
  readonly unreachable: string;
  readonly interrupted: string;
  readonly stopped: string;
  /** Below a draft that is too long: by how many characters. */
  readonly tooMany: string;
  /** Above the first message: that no human answers. */
  readonly disclosure: string;
  /** The same below the composer, in few words. */
  readonly caution: string;
  /** No answer was found, but questions like it. */
  readonly nearest: string;
  /** No answer was found. */
  readonly none: string;
  /** Before the first message: what writing one means. */
  readonly consent: string;
}

export interface Messages extends FirstMessages {
  readonly latest: string;
  readonly unread: string;
  readonly edit: string;
  readonly copy: string;
  readonly copied: string;
  readonly exhausted: string;
  readonly busy: string;
  readonly rejected: string;
  readonly tooLong: string;
  readonly pending: string;
  readonly noAnswer: string;
  readonly paused: string;
  readonly silent: string;
  /** Ends a reply of which there is more. */
  readonly cut: string;
  readonly helpful: string;
  readonly unhelpful: string;
  readonly privacy: string;
  readonly deleteChat: string;
  readonly deleteSure: string;
  /** On the button that does it. */
  readonly deleteNow: string;
  readonly cancel: string;
  readonly deleted: string;
  readonly leaveMessage: string;
  readonly contactPage: string;
  readonly yourEmail: string;
  readonly yourName: string;
  readonly yourMessage: string;
  /** What sending one means. */
  readonly messageConsent: string;
  readonly messageSent: string;
}

/** English words that come later may be missing still. */
export type Words = FirstMessages & Partial<Messages>;
