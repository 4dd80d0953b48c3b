/**
 * What the panel and a customer page in one of its frames say to each other by `postMessage`. Types only: the page's script
 * is one file that shares nothing with the panel's.
 */

/** Panel → page: the key's domains changed, ask again. */
export type AskAgain = 'postern-demo:ask-again';

/** Page → panel: what the server answered to this browser on this origin. */
export interface BrowserVerdict {
  readonly type: 'postern-demo:verdict';
  /** 0: no answer could be read. */
  readonly status: number;
  /** `ok`, or the code of the problem. */
  readonly code: string;
}
