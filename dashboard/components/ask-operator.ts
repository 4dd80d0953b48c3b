import { html, type TemplateResult } from 'lit';

const resetCommand = 'npm run -s postern -- user reset --email YOU';

/** Who can help somebody who forgot their password, where no mail is sent or none comes. Needs `<ui-copy-button>`. */
export function askOperator(): TemplateResult {
  return html`<p>Ask whoever runs this server for a link that sets a new one. They run:</p>
    <pre tabindex="0"><code>${resetCommand}</code></pre>
    <ui-copy-button .text=${resetCommand} what="the command"></ui-copy-button>`;
}
