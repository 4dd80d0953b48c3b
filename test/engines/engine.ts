/**
 * What the journeys need of a browser, whatever engine is in it. Everything else is done in the page itself, by functions
 * that run there: an engine differs in what it does with a page, and that is what is tried.
 */

export interface Engine {
  /** A window with a profile of its own. */
  open(look?: Look): Promise<Tab>;
  close(): Promise<void>;
}

/** What the visitor's system is set to. */
export type Look = 'light' | 'dark';

/** Runs in the page, with arguments that JSON can carry. */
export type InPage<Args extends readonly unknown[], Result> = (...args: Args) => Result;

export interface Tab {
  goTo(url: string): Promise<void>;
  reload(): Promise<void>;
  evaluate<Args extends readonly unknown[], Result>(run: InPage<Args, Result>, ...args: Args): Promise<Result>;
  /** With the pointer, where the element is; waits until there is one. */
  click<Args extends readonly unknown[]>(find: InPage<Args, Element | null | undefined>, ...args: Args): Promise<void>;
  /** Into what has the focus. */
  type(text: string): Promise<void>;
  press(key: 'Enter' | 'Escape' | 'Tab' | 'Paste'): Promise<void>;
  /** As near to it as the engine's window goes, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** A PNG of what is seen. */
  screenshot(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The text of a call that an engine runs in its page. */
export function callText<Args extends readonly unknown[]>(run: InPage<Args, unknown>, args: Args): string {
  return `(${String(run)})(${args.map((arg) => JSON.stringify(arg)).join()})`;
}

const pauseMs = 100;
const waitMsMax = 15_000;

/** Asks until there is something. */
export async function whenThere<Thing>(look: () => Promise<Thing | null>, name: string): Promise<Thing> {
  const endsAt = Date.now() + waitMsMax;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > endsAt) throw new Error(`Not on the page: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
