/** The pictures of the dashboard: lines on a grid of 20, in the colour of the text around them. */
import { html, svg, type TemplateResult } from 'lit';

const paths = {
  key: 'M6.5 17.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM9.4 10.6 17 3m-4.2 4.2 2.4 2.4',
  usage: 'M2.5 17.5h15M5 14V9m5 5V4m5 10V7',
  agent: 'M3 4.5h14v9H9.5L6 16.5v-3H3zM7 9h.01M10 9h.01M13 9h.01',
  conversation: 'M2.5 3.5h11v7.5H8l-3 2.5V11H2.5zM16 7.5h1.5V15H15v2.5L12 15H9.5',
  thumbUp: 'M6 9v8H3V9zm0 0 3.5-6c1.5 0 2.2 1 2 2.3L11 8h4.6c1 0 1.7.9 1.5 1.9l-1 5.4A2 2 0 0 1 14.1 17H6',
  thumbDown: 'M6 11V3H3v8zm0 0 3.5 6c1.5 0 2.2-1 2-2.3L11 12h4.6c1 0 1.7-.9 1.5-1.9l-1-5.4A2 2 0 0 0 14.1 3H6',
  members: 'M7.5 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zm-5 8a5 5 0 0 1 10 0M13 3.4a3 3 0 0 1 0 5.2M14.5 12.4a5 5 0 0 1 3 4.6',
  audit: 'M5 2.5h10v15H5zM8 6.5h4M8 10h4m-4 3.5h2',
  sliders:
    'M3 6h6m5 0h3M3 14h3m5 0h6M11.5 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8.5 16.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  bell: 'M4 14.5h12M5.5 14.5v-5a4.5 4.5 0 0 1 9 0v5M8.5 17a1.75 1.75 0 0 0 3 0M10 3v1.5',
  copy: 'M7 7h9.5v9.5H7zM4.5 12.5h-1v-9h9v1',
  check: 'm4 10.5 4 4 8-9',
  search: 'M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zm4-1.5 4.5 4.5',
  cross: 'm5 5 10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  chevron: 'm6 8 4 4 4-4',
  person: 'M10 9.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5zM3.5 17a6.5 6.5 0 0 1 13 0',
  warning: 'M10 3 1.8 17h16.4zM10 8v4m0 2.5h.01',
  offline: 'M3 3l14 14M10 15.5h.01M2.5 8a12 12 0 0 1 3.6-2.2m3.4-.8a12 12 0 0 1 8 3M5.5 11a7 7 0 0 1 3-1.7m4.8.9 1.2.8',
  download: 'M10 3v9.5m0 0L6.5 9m3.5 3.5L13.5 9M3.5 16.5h13',
  eye: 'M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10zM10 12.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z',
  up: 'M10 16V4m0 0L5.5 8.5M10 4l4.5 4.5',
  down: 'M10 4v12m0 0 4.5-4.5M10 16l-4.5-4.5',
  reload: 'M16 6.5A7 7 0 1 0 17 10M16.5 3v3.5H13',
  coins:
    'M8 8.5c3 0 5.5-1 5.5-2.5S11 3.5 8 3.5 2.5 4.5 2.5 6 5 8.5 8 8.5zM2.5 6v4c0 1.5 2.5 2.5 5.5 2.5m5.5-6.5v2.5m-1 7.5c2.8 0 5-1 5-2.3s-2.2-2.2-5-2.2-5 1-5 2.2 2.2 2.3 5 2.3zm-5-2.3V15c0 1.4 2.2 2.4 5 2.4s5-1 5-2.4v-1.3',
} as const;

export type IconName = keyof typeof paths;

/** Only seen, never read out: words stand beside it, or in the `aria-label` of its button. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">${svg`<path d=${paths[name]} />`}</svg>`;
}
