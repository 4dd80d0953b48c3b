import { html, svg, type TemplateResult } from 'lit';
import type { UsageDay } from '../../server/http/wire.ts';
import { compactCount, plural } from './number-words.ts';

const width = 120;
const height = 28;

/** Requests of the busiest day: what the others are drawn in proportion to. */
export function busiestDay(days: readonly UsageDay[]): number {
  return Math.max(1, ...days.map(({ accepted, refused }) => accepted + sum(Object.values(refused))));
}

/** A key's days as a small picture and a number: a bar for each day, accepted below and refused on top. */
export function sparkline(days: readonly UsageDay[], busiest = busiestDay(days)): TemplateResult {
  const figures = days.map(({ accepted, refused }) => ({ accepted, refused: sum(Object.values(refused)) }));
  const accepted = sum(figures.map((day) => day.accepted));
  const refused = sum(figures.map((day) => day.refused));
  const words =
    accepted + refused === 0
      ? `No requests in ${days.length} days`
      : `${plural(accepted, 'request')} accepted and ${plural(refused, 'request')} refused in ${days.length} days`;
  const step = width / Math.max(1, days.length);
  const heightOf = (requests: number): number => (requests === 0 ? 0 : Math.max(1.5, (requests / busiest) * height));
  return html`<span class="key-use">
    <svg class="sparkline" viewBox="0 0 ${width} ${height + 1}" role="img" aria-label=${words}>
      <title>${words}</title>
      <rect class="ground" x="0" y=${height} width=${width} height="1" />
      ${figures.map((day, index) => {
        const [low, high] = [heightOf(day.accepted), heightOf(day.refused)];
        const bar = (kind: string, y: number, tall: number) =>
          svg`<rect class=${kind} x=${round(index * step + 0.5)} y=${round(y)} width=${round(step - 1)} height=${round(tall)} />`;
        const total = Math.max(low, Math.min(height, low + high));
        return [
          low > 0 ? bar('accepted', height - low, low) : '',
          high > 0 ? bar('refused', height - total, total - low) : '',
        ];
      })}
    </svg>
    <span class="number" aria-hidden="true">${compactCount(accepted + refused)}</span>
  </span>`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const round = (value: number): string => value.toFixed(2);
