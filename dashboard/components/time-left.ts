import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { LightElement } from '../../ui/light-element.ts';
import { exactTime } from './time-words.ts';

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 d 4 h`, `23 h 5 min`, `4 min 9 s`: the two largest units; `no time` when it is over. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([, length]) => whole >= length);
  if (first === -1) return 'no time';
  let left = whole;
  const words = units.slice(first, first + 2).flatMap(([unit, length]) => {
    const amount = Math.floor(left / length);
    left %= length;
    return amount > 0 ? [`${amount} ${unit}`] : [];
  });
  return words.join(' ');
}

/**
 * `<ui-time-left>`: how long it is until a time, counted down, with the exact time on hover.
 *
 * @prop {string} at - ISO text.
 *
 * @fires time-over - It is that time.
 */
export class TimeLeft extends LightElement {
  @property() at = '';
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render(): TemplateResult {
    // Ticking every second is for the eye; a screen reader gets the time when it comes here.
    return html`<time datetime=${this.at} title=${exactTime(this.at)}>${durationWords(this.#secondsLeft)}</time>`;
  }

  get #secondsLeft(): number {
    return (Date.parse(this.at) - Date.now()) / 1_000;
  }

  #tick(): void {
    const isOver = this.#secondsLeft <= 0;
    if (isOver && !this.#isOver) this.dispatchEvent(new CustomEvent('time-over'));
    this.#isOver = isOver;
    this.requestUpdate();
  }
}
