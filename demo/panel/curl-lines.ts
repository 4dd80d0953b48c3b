import { html, type TemplateResult } from 'lit';
import type { DemoKey } from '../../server/http/wire.ts';
import { copyButton } from './copy.ts';

/** The same two calls for a terminal. */
export function curlLines({ publicKey, secretKey, agentId }: DemoKey): TemplateResult {
  const messages = `${location.origin}/api/v1/agents/${agentId}/messages`;
  const question = `-H 'Content-Type: application/json' -d '{"message":"What is Postern?"}'`;
  const asPage = `-H 'Authorization: Bearer ${publicKey}' -H 'Origin: http://shop.example.localhost'`;
  const lines = [
    ['As a server', `curl ${messages} -H 'Authorization: Bearer ${publicKey}:${secretKey}' ${question}`],
    ['As a page', `curl ${messages} ${asPage} ${question}`],
  ] as const;
  return html`<section class="card">
    <h2>In your terminal</h2>
    ${lines.map(
      ([title, line]) =>
        html`<div class="row">
            <h3>${title}</h3>
            ${copyButton(line, `the command: ${title}`)}
          </div>
          <pre tabindex="0"><code>${line}</code></pre>`,
    )}
    <p class="hint">This secret is the demo’s. A real one is shown once, when the key is made, and never in a page.</p>
  </section>`;
}
