import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { listAgents } from '../../api.ts';
import type { Agent } from '../../../server/http/wire.ts';
import { Resource } from '../../controllers/resource.ts';
import { sectionPath } from '../../route.ts';
import { KeyPart } from './key-part.ts';

/** `<key-use>`: the script tag and a command, ready to paste. The secret is in neither: it is known only when it is made. */
export class KeyUse extends KeyPart {
  @state() agentId = '';
  readonly #agents = new Resource(this, (signal) => listAgents(this.organizationId, { limit: 100 }, signal));

  protected override render(): TemplateResult {
    const { publicKey } = this.key;
    const agents = this.#agents.value?.data.filter((agent) => agent.public) ?? [];
    const agent = agents.find(({ id }) => id === this.agentId) ?? agents[0];
    const tag = `<script async src="${location.origin}/widget.js" data-key="${publicKey}" data-agent="${agent?.id ?? 'agt_…'}"></script>`;
    const command = `curl ${location.origin}/api/v1/key -H "Authorization: Bearer ${publicKey}:$POSTERN_SECRET_KEY"`;
    return html`<section class="card stack" aria-labelledby="use-heading">
      <h2 id="use-heading">Put it to use</h2>
      <div class="key-columns even">
        <div class="stack tight">
          <div class="row between">
            <h3>In a web page</h3>
            <ui-copy-button .text=${tag} what="the script tag"></ui-copy-button>
          </div>
          ${agents.length > 1 ? this.#renderChoice(agents, agent) : nothing}
          <pre tabindex="0" aria-label="Script tag"><code>${tag}</code></pre>
          ${this.#renderAgentHint(agent)}
        </div>
        <div class="stack tight">
          <div class="row between">
            <h3>On a server</h3>
            <ui-copy-button .text=${command} what="the command"></ui-copy-button>
          </div>
          <pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
          <p class="hint">
            The secret stays on the server, in its environment. In a page, every visitor could read it.
          </p>
        </div>
      </div>
    </section>`;
  }

  #renderChoice(agents: readonly Agent[], chosen: Agent | undefined): TemplateResult {
    return html`<div class="field">
      <label class="unseen" for="use-agent">Agent that answers</label>
      <select
        id="use-agent"
        @change=${({ currentTarget }: Event) => (this.agentId = (currentTarget as HTMLSelectElement).value)}
      >
        ${agents.map(
          (agent) => html`<option value=${agent.id} ?selected=${agent.id === chosen?.id}>${agent.name}</option>`,
        )}
      </select>
    </div>`;
  }

  #renderAgentHint(agent: Agent | undefined): TemplateResult | typeof nothing {
    if (agent) return html`<p class="hint">The chat answers as ${agent.name}.</p>`;
    if (!this.#agents.value) return nothing;
    return html`<p class="hint">
      Put the id of a public agent in. There is none yet:
      <a href=${sectionPath(this.organizationId, 'agents')}>make one</a>.
    </p>`;
  }
}
