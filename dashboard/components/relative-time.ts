import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { exactTime, relativeTime } from './time-words.ts';
import { LightElement } from '../../ui/light-element.ts';

const tickMs = 10_000;

/**
 * `<ui-time>`: a time as people say it ("3 minutes ago", "in 2 hours"), kept true, with the exact time on hover.
 *
 * @prop {string} at - ISO text.
 */
export class RelativeTime extends LightElement {
  @property() at = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), tickMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render(): TemplateResult {
    return html`<time datetime=${this.at} title=${exactTime(this.at)}>${relativeTime(this.at, Date.now())}</time>`;
  }
}
