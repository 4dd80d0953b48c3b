/** Where visitors turn to when an agent finds nothing. At least one of these is given, or the form is offered. */
export interface Contact {
  /** A sentence or a few, with line breaks. */
  readonly text?: string;
  readonly email?: string;
  /** A page: https, or http on this very machine. */
  readonly url?: string;
  readonly phone?: string;
  /** The chat offers a form in which visitors leave a message. */
  readonly leaveMessage: boolean;
}
