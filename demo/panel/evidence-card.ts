/** What the owner of a key sees of who uses it, after a run with it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { KeyEvidence } from '../../server/http/wire.ts';
import type { StolenKeyRun } from './stolen-key-run.ts';

const organizationId = 'org_demo';
const shareWords = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

export function evidenceCard({ key, evidence }: StolenKeyRun): TemplateResult {
  const page = key && `/org/${organizationId}/settings/api-keys/${key.keyId}`;
  return html`<section class="card evidence" aria-labelledby="evidence-heading">
    <div class="row">
      <h2 id="evidence-heading">What the owner sees</h2>
      ${page === undefined || evidence === undefined ? nothing : html`<a href=${page} target="_blank" rel="noopener">The key’s page</a>`}
    </div>
    ${
      evidence === undefined
        ? html`<p class="soft">When a run has ended, its calls are here as the key’s page shows them.</p>`
        : renderEvidence(evidence)
    }
  </section>`;
}

function renderEvidence({ calls, withoutBrowserHeaders, days }: KeyEvidence): TemplateResult {
  const [{ groups, addressedCalls } = { groups: [], addressedCalls: 0 }] = days;
  return html`
    ${
      calls === 0
        ? html`<p>
            Whether browsers made these calls can’t be told where they come without https from another machine.
          </p>`
        : html`<p>
            <b>Looks like scripts:</b> ${shareWords.format(withoutBrowserHeaders / calls)} of ${calls} calls came
            without what every browser sends.
          </p>`
    }
    <table>
      <caption>
        The busiest addresses today, as digests
      </caption>
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col">Calls</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          ({ id, calls: made }) =>
            html`<tr>
              <th scope="row"><code>${id}</code></th>
              <td>${made}</td>
              <td>${shareWords.format(made / addressedCalls)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  `;
}
