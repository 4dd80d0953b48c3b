/**
 * One picture of bars by day, drawn by uPlot: accepted at the bottom, refused on top of it. It knows numbers and colours,
 * not the page around it. Nothing is written into the page but canvas and positions, which a strict CSP allows.
 */
import uPlot from 'uplot';

export interface DayBar {
  /** UTC: `2026-11-24`. */
  readonly date: string;
  readonly accepted: number;
  readonly refused: number;
}

/** CSS colours, asked for at each drawing: they change with the system's light and dark. */
export interface BarColours {
  readonly accepted: string;
  readonly refused: string;
  readonly text: string;
  readonly line: string;
}

export interface DayBarsOptions {
  readonly heightPx: number;
  readonly font: string;
  readonly colours: () => BarColours;
  /** The day under the pointer, and where its bar is from the left; undefined when the pointer is elsewhere. */
  readonly onPoint: (pointed: { readonly index: number; readonly leftPx: number } | undefined) => void;
}

const shortDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const shortNumber = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const labelWidthPx = 64;
/** Requests are whole, so the lines are 1, 2, 5, 10, … apart. */
const steps = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

export class DayBars {
  readonly #chart: uPlot;
  #days: readonly DayBar[];

  constructor(parent: HTMLElement, days: readonly DayBar[], options: DayBarsOptions) {
    this.#days = days;
    this.#chart = new uPlot(this.#describe(parent.clientWidth, options), this.#columns(), parent);
  }

  setDays(days: readonly DayBar[]): void {
    this.#days = days;
    this.#chart.setData(this.#columns());
  }

  setWidth(widthPx: number): void {
    if (widthPx > 0 && widthPx !== this.#chart.width)
      this.#chart.setSize({ width: widthPx, height: this.#chart.height });
  }

  /** Draws anew, in the colours of now. */
  redraw(): void {
    this.#chart.redraw();
  }

  destroy(): void {
    this.#chart.destroy();
  }

  /** The bar of the total is drawn first, and the accepted part over it. */
  #columns(): uPlot.AlignedData {
    return [
      this.#days.map((_day, index) => index),
      this.#days.map(({ accepted, refused }) => accepted + refused),
      this.#days.map(({ accepted }) => accepted),
    ];
  }

  #describe(width: number, { heightPx, font, colours, onPoint }: DayBarsOptions): uPlot.Options {
    const bars = uPlot.paths.bars?.({ size: [0.72, 36, 2], gap: 0 });
    const paths = bars ? { paths: bars } : {};
    const axis: uPlot.Axis = {
      font,
      stroke: () => colours().text,
      ticks: { show: false },
      grid: { stroke: () => colours().line, width: 1 },
    };
    return {
      width,
      height: heightPx,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [-0.5, Math.max(this.#days.length, 1) - 0.5] },
        y: { range: (_chart, _min, max) => [0, Math.max(max * 1.05, 4)] },
      },
      axes: [
        {
          ...axis,
          size: 28,
          gap: 6,
          grid: { show: false },
          splits: ({ width: widthPx }) => this.#labelled(widthPx),
          values: (_chart, indexes) => indexes.map((index) => this.#label(index)),
        },
        {
          ...axis,
          size: 44,
          gap: 6,
          space: 44,
          incrs: steps,
          values: (_chart, numbers) => numbers.map((number) => shortNumber.format(number)),
        },
      ],
      series: [
        {},
        { ...paths, width: 0, fill: () => colours().refused, points: { show: false } },
        { ...paths, width: 0, fill: () => colours().accepted, points: { show: false } },
      ],
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { show: false } },
      hooks: {
        setCursor: [
          (chart) => {
            const { idx, left = -1 } = chart.cursor;
            const isOver = typeof idx === 'number' && left >= 0 && idx < this.#days.length;
            onPoint(isOver ? { index: idx, leftPx: chart.over.offsetLeft + chart.valToPos(idx, 'x') } : undefined);
          },
        ],
      },
    };
  }

  /** Every day that has room for its name, counted from the last. */
  #labelled(widthPx: number): number[] {
    const count = this.#days.length;
    const every = Math.max(1, Math.ceil((count * labelWidthPx) / Math.max(widthPx - 48, labelWidthPx)));
    return this.#days.map((_day, index) => index).filter((index) => (count - 1 - index) % every === 0);
  }

  #label(index: number): string {
    const date = this.#days[index]?.date;
    return date === undefined ? '' : shortDate.format(new Date(date));
  }
}
