import { html, type TemplateResult } from 'lit';

const icon = (outline: string) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${outline} /></svg>`;

export const icons = {
  send: icon('M12 19V5m-6 6 6-6 6 6'),
  stop: icon('M7.5 7.5h9v9h-9z'),
  close: icon('m6 6 12 12M18 6 6 18'),
  fresh: icon('M12 5v14m-7-7h14'),
  down: icon('m6 9.5 6 6 6-6'),
} as const satisfies Record<string, TemplateResult>;
