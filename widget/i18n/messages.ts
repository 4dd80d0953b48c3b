/** Every word that a visitor can see or hear, in one language. `{n}` stands for a number. */
export interface Messages {
  readonly chat: string;
  readonly close: string;
  readonly newConversation: string;
  readonly history: string;
  readonly placeholder: string;
  readonly send: string;
  readonly stop: string;
  readonly you: string;
  readonly writing: string;
  readonly latest: string;
  readonly suggestions: string;
  readonly copy: string;
  readonly copied: string;
  readonly unread: string;
  readonly retry: string;
  readonly retryIn: string;
  readonly edit: string;
  readonly unavailable: string;
  readonly exhausted: string;
  readonly busy: string;
  readonly rejected: string;
  readonly tooLong: string;
  readonly pending: string;
  readonly noAnswer: string;
  readonly paused: string;
  readonly broken: string;
  readonly offline: string;
  readonly unreachable: string;
  readonly silent: string;
  readonly interrupted: string;
  readonly stopped: string;
  /** Ends a reply of which there is more. */
  readonly cut: string;
  /** Below a draft that is too long: by how many characters. */
  readonly tooMany: string;
  /** Above the first message: that no human answers. */
  readonly disclosure: string;
  /** The same below the composer, in few words. */
  readonly caution: string;
}
