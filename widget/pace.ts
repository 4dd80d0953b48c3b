/**
 * How fast a chat goes: drawn at most once a frame, however much arrives in one, and never at work so long that the page
 * can't answer a hand. A page that nobody sees has no frames: there nothing is drawn until it has to be.
 */
import { ofDocument } from './page.ts';

export class Frame {
  #request = 0;
  #act: (() => void) | undefined;

  /** Does this at the next frame, instead of what was to be done there before. */
  ask(act: () => void): void {
    this.#act = act;
    this.#request ||= requestAnimationFrame(() => this.flush());
  }

  /** Does it now. */
  flush(): void {
    const act = this.#act;
    this.drop();
    act?.();
  }

  drop(): void {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    this.#act = undefined;
  }
}

const WORK_MS_MAX = 12;

/** Call it between two pieces of work: it waits when there was work for long enough. */
export function createBreath(): () => Promise<void> {
  let beganAtMs = performance.now();
  return async () => {
    if (ofDocument('hidden') || performance.now() - beganAtMs < WORK_MS_MAX) return;
    await new Promise((resolve) => setTimeout(resolve));
    beganAtMs = performance.now();
  };
}
