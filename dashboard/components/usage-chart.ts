import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { createRef, ref } from 'lit/directives/ref.js';
import type { UsageDay } from '../../server/http/wire.ts';
import type { BarColours, DayBar, DayBars } from './day-bars.ts';
import { LightElement } from '../../ui/light-element.ts';
import { loadDayBars } from './load-day-bars.ts';
import { count, plural } from './number-words.ts';

const longDate = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const heightPx = 220;

/**
 * `<ui-usage-chart>`: requests by UTC day as stacked bars, and the same numbers as a table behind a `<details>`: the picture is for those who
 * see it, the table for everybody. Its colours are those of the page's own style sheet, read off the legend, so it follows
 * light and dark and forced colours.
 *
 * @prop {UsageDay[]} days - Oldest first, every day of the range.
 */
export class UsageChart extends LightElement {
  @property({ attribute: false }) days: readonly UsageDay[] = [];
  /** The day under the pointer. */
  @state() pointed: number | undefined;
  /** The picture could not be loaded or drawn; the table is there. */
  @state() hasFailed = false;

  readonly #frame = createRef<HTMLElement>();
  readonly #tip = createRef<HTMLElement>();
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #contrast = matchMedia('(forced-colors: active)');
  readonly #size = new ResizeObserver(() => this.#bars?.setWidth(this.#frame.value?.clientWidth ?? 0));
  #figures: readonly DayBar[] = [];
  #bars: DayBars | undefined;
  #drawings = 0;
  #tipLeftPx = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener('change', this.#redraw);
    this.#contrast.addEventListener('change', this.#redraw);
    // Connected again: the first time there is nothing to draw into yet.
    if (this.hasUpdated) void this.#draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#scheme.removeEventListener('change', this.#redraw);
    this.#contrast.removeEventListener('change', this.#redraw);
    this.#size.disconnect();
    this.#drawings += 1;
    this.#bars?.destroy();
    this.#bars = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('days')) return;
    this.#figures = this.days.map(({ date, accepted, refused }) => ({
      date,
      accepted,
      refused: sum(Object.values(refused)),
    }));
  }

  protected override render(): TemplateResult {
    const accepted = sum(this.#figures.map((day) => day.accepted));
    const refused = sum(this.#figures.map((day) => day.refused));
    const summary = `Requests by day, ${plural(this.days.length, 'day')}: ${count(accepted)} accepted, ${count(refused)} refused.`;
    return html`<figure class="usage-chart">
      <ul class="usage-legend" aria-hidden="true">
        <li><i class="swatch accepted"></i> Accepted</li>
        <li><i class="swatch refused"></i> Refused</li>
      </ul>
      <div
        class="usage-frame"
        ?hidden=${this.hasFailed}
        role="img"
        aria-label=${`${summary} The table below has every day.`}
        ${ref(this.#frame)}
      >
        <div class="usage-tip" ?hidden=${this.pointed === undefined} ${ref(this.#tip)}>${this.#renderTip()}</div>
      </div>
      <details class="usage-table" ?open=${this.hasFailed}>
        <summary>The numbers as a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Requests by day">${this.#renderTable()}</div>
      </details>
    </figure>`;
  }

  #renderTip(): TemplateResult | typeof nothing {
    const day = this.pointed === undefined ? undefined : this.#figures[this.pointed];
    if (!day) return nothing;
    return html`<b>${longDate.format(new Date(day.date))}</b>
      <span><i class="swatch accepted"></i> ${count(day.accepted)} accepted</span>
      <span><i class="swatch refused"></i> ${count(day.refused)} refused</span>`;
  }

  /** Newest first: that is what people look for. */
  #renderTable(): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">Day (UTC)</th>
          <th scope="col" class="number">Accepted</th>
          <th scope="col" class="number">Refused</th>
        </tr>
      </thead>
      <tbody>
        ${this.#figures.toReversed().map(
          ({ date, accepted, refused }) =>
            html`<tr>
              <th scope="row"><time datetime=${date}>${longDate.format(new Date(date))}</time></th>
              <td class="number">${count(accepted)}</td>
              <td class="number">${count(refused)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  protected override firstUpdated(): void {
    void this.#draw();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('days')) this.#bars?.setDays(this.#figures);
    this.#placeTip();
  }

  async #draw(): Promise<void> {
    const drawing = ++this.#drawings;
    try {
      const Bars = await loadDayBars();
      const frame = this.#frame.value;
      if (drawing !== this.#drawings || !frame) return;
      this.#bars = new Bars(frame, this.#figures, {
        heightPx,
        font: `12px ${getComputedStyle(this).fontFamily}`,
        colours: this.#colours,
        onPoint: (pointed) => {
          this.#tipLeftPx = pointed?.leftPx ?? 0;
          this.pointed = pointed?.index;
        },
      });
      this.#size.observe(frame);
    } catch (error) {
      reportError(error);
      this.hasFailed = true;
    }
  }

  /** What the style sheet made of `light-dark()` and its variables is only known where it is used. */
  readonly #colours = (): BarColours => {
    const fill = (name: string): string => {
      const swatch = this.querySelector(`.usage-legend .${name}`);
      return swatch ? getComputedStyle(swatch).backgroundColor : 'gray';
    };
    const { color, borderTopColor } = getComputedStyle(this.#frame.value ?? this);
    return { accepted: fill('accepted'), refused: fill('refused'), text: color, line: borderTopColor };
  };

  readonly #redraw = (): void => this.#bars?.redraw();

  /** Beside the bar, and never past the edge. */
  #placeTip(): void {
    const tip = this.#tip.value;
    const frame = this.#frame.value;
    if (!tip || !frame || this.pointed === undefined) return;
    const leftPx = Math.min(Math.max(this.#tipLeftPx - tip.offsetWidth / 2, 0), frame.clientWidth - tip.offsetWidth);
    tip.style.translate = `${leftPx}px 0`;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
