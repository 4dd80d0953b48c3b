/** The agents of an organization: what answers its visitors. */
import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { listAgents } from '../api.ts';
import type { Agent } from '../../server/http/wire.ts';
import { badge } from '../components/badge.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { heldButton } from '../components/held-button.ts';
import { icon } from '../components/icons.ts';
import { loadMore } from '../components/load-more.ts';
import { skeleton } from '../components/skeleton.ts';
import { PagedList } from '../controllers/paged-list.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { priceWords } from './agent/price-words.ts';

const agentsPerPage = 50;

export class AgentsPage extends Page {
  override readonly heading = 'Agents';
  readonly #agents = new PagedList<Agent>(
    this,
    (cursor, signal) => listAgents(this.organizationId, { limit: agentsPerPage, cursor }, signal),
    { refreshEveryMs: 60_000 },
  );

  protected override render(): TemplateResult {
    const { items, failure } = this.#agents;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Agents</h1>
          <p class="lead">
            An agent answers your visitors from questions and answers that you write, or by a language model.
          </p>
        </div>
        ${items?.length === 0 ? '' : this.#renderCreate()}
      </header>
      ${
        items
          ? items.length === 0
            ? this.#renderEmpty()
            : this.#renderList(items)
          : failure
            ? failureBlock(failure, () => void this.#agents.load())
            : skeleton('Loading the agents')
      }
    </div>`;
  }

  #renderCreate(): TemplateResult {
    if (!this.mayChange) {
      return heldButton({
        id: 'create-reason',
        words: 'Create agent',
        reason: 'You are a viewer here: members make agents.',
      });
    }
    return html`<a class="button primary" href=${`${sectionPath(this.organizationId, 'agents')}/new`}>
      ${icon('plus')} Create agent
    </a>`;
  }

  #renderEmpty(): TemplateResult {
    return emptyState({
      picture: 'agent',
      heading: 'No agents yet',
      content:
        'Paste the questions that your customers ask, with the answers that you give: ten are a good beginning. Nothing leaves this server.',
      action: this.#renderCreate(),
    });
  }

  #renderList(agents: readonly Agent[]): TemplateResult {
    return html`<div class="table-card">
        <table class="table cards agents" role="table" aria-label="Agents">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">Name</th>
              <th role="columnheader" scope="col">Who reaches it</th>
              <th role="columnheader" scope="col">Price</th>
              <th role="columnheader" scope="col">Created</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${repeat(
              agents,
              ({ id }) => id,
              (agent) => this.#renderRow(agent),
            )}
          </tbody>
        </table>
      </div>
      ${loadMore(this.#agents, 'agent')}`;
  }

  #renderRow(agent: Agent): TemplateResult {
    const { id, name, description, model, createdAt } = agent;
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        <span class="agent-name">
          <a class="break" href=${`${sectionPath(this.organizationId, 'agents')}/${id}`}>${name}</a>
          ${description === '' ? '' : html`<small class="soft">${description}</small>`}
          ${model === null ? '' : html`<small class="soft">by ${model.upstream}/${model.name}</small>`}
        </span>
      </th>
      <td role="cell">
        <span class="cell-label" aria-hidden="true">Reach</span>
        ${agent.public ? badge('good', 'Public') : badge('neutral', 'Private')}
      </td>
      <td role="cell"><span class="cell-label" aria-hidden="true">Price</span>${priceWords(agent)}</td>
      <td role="cell"><span class="cell-label" aria-hidden="true">Created</span><ui-time at=${createdAt}></ui-time></td>
    </tr>`;
  }
}
