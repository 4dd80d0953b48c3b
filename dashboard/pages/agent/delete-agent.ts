import { html, type TemplateResult } from 'lit';
import { deleteAgent } from '../../api.ts';
import type { Agent } from '../../../server/http/wire.ts';
import { unlessGone } from '../../unless-gone.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';

/** The part of the page where an agent is deleted for good. */
export function deleteSection(ask: () => void): TemplateResult {
  return html`<section class="card agent-danger" aria-labelledby="delete-heading">
    <div>
      <h2 id="delete-heading">Delete this agent</h2>
      <p class="soft">At once and for good, with all of its questions. Pages that show it can not chat any more.</p>
    </div>
    <button class="button quiet-danger" type="button" @click=${ask}>Delete agent…</button>
  </section>`;
}

/** True: it is deleted. */
export function askToDelete(organizationId: string, { id, name }: Agent): Promise<boolean> {
  return askToConfirm({
    heading: 'Delete this agent?',
    content: html`<p><b>${name}</b> and its questions are gone at once and can not be brought back.</p>`,
    confirmLabel: 'Delete for good',
    isDanger: true,
    typed: name,
    run: () => unlessGone(deleteAgent(organizationId, id)),
  });
}
