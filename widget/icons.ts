import { html, type TemplateResult } from 'lit';

const icon = (outline: string, className = '') =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" class=${className}><path d=${outline} /></svg>`;

export const icons = {
  send: icon('M12 19V5m-6 6 6-6 6 6'),
  stop: icon('M7.5 7.5h9v9h-9z'),
  close: icon('m6 6 12 12M18 6 6 18'),
  fresh: icon(
    'M12 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19h11a1.5 1.5 0 0 0 1.5-1.5V12m-9 2 .4-2.6 7.5-7.5a1.5 1.5 0 0 1 2.2 2.2l-7.5 7.5L10 14Z',
    'mirrored',
  ),
  down: icon('m6 9.5 6 6 6-6'),
} as const satisfies Record<string, TemplateResult>;
