/** What the owner of a key sees of who uses it, after a run with it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { KeyEvidence } from '../../server/http/wire.ts';
import { looksScripted } from '../../server/gate/looks-scripted.ts';
import { percent } from '../../ui/percent.ts';
import type { StolenKeyRun } from './stolen-key-run.ts';

const organizationId = 'org_demo';

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

function renderEvidence(evidence: KeyEvidence): TemplateResult {
  const { calls, withoutBrowserHeaders, days } = evidence;
  const [{ groups, addressedCalls } = { groups: [], addressedCalls: 0 }] = days;
  return html`
    <p>
      ${looksScripted(evidence) ? html`<b>Looks like scripts:</b> ` : nothing}${percent(withoutBrowserHeaders, calls)}
      of ${calls} calls came without what every browser sends.
    </p>
    <table>
      <caption>
        Today’s calls by address, each address as a digest
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
              <td>${percent(made, addressedCalls)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  `;
}
