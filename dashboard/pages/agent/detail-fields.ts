import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { field, type ControlWiring } from '../../components/field.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import type { DraftProblems } from './draft-problems.ts';
import type { AgentDraft } from './draft.ts';

export interface DetailFields {
  readonly draft: AgentDraft;
  readonly problems: DraftProblems;
  readonly readOnly: boolean;
  readonly change: (change: Partial<AgentDraft>) => void;
}

/** What an agent is called and what it says of itself. */
export function detailFields(fields: DetailFields): TemplateResult {
  const { draft, problems } = fields;
  return html`${field({
    id: 'agent-name',
    label: 'Name',
    hint: 'Your visitors see it above the chat.',
    error: problems.get('name'),
    control: (wiring) => renderLine(fields, wiring, 'name', draft.name),
  })}
  ${field({
    id: 'agent-description',
    label: 'Description',
    isOptional: true,
    hint: 'One line about what it knows.',
    error: problems.get('description'),
    control: (wiring) => renderLine(fields, wiring, 'description', draft.description),
  })}
  ${field({
    id: 'agent-greeting',
    label: 'Greeting',
    isOptional: true,
    hint: 'The first thing that it says.',
    error: problems.get('greeting'),
    control: (wiring) =>
      html`<textarea
        id=${wiring.id}
        rows="2"
        maxlength=${limits.greeting}
        aria-describedby=${wiring.describedBy}
        aria-invalid=${wiring.invalid}
        ?readonly=${fields.readOnly}
        .value=${draft.greeting}
        @input=${({ currentTarget }: InputEvent) =>
          fields.change({ greeting: (currentTarget as HTMLTextAreaElement).value })}
      ></textarea>`,
  })}`;
}

/** Who reaches it, and what a message costs. */
export function reachFields(fields: DetailFields): TemplateResult {
  const { draft, problems, readOnly, change } = fields;
  const isByTokens = draft.answersBy === 'model' && draft.model.tokenPrice.trim() !== '';
  return html`<div class="public-switch">
      <ui-switch
        .checked=${draft.isPublic}
        .label=${'Public'}
        .disabled=${readOnly}
        .reason=${'You are a viewer here.'}
        @switch-change=${({ detail }: CustomEvent<boolean>) => change({ isPublic: detail })}
      ></ui-switch>
      <p>
        <b>${draft.isPublic ? 'Public' : 'Private'}</b>
        <span class="soft">
          ${
            draft.isPublic
              ? 'The widget can show it on every page that one of your keys allows.'
              : 'Only a server with a key’s secret reaches it. The widget can not show it.'
          }
        </span>
      </p>
    </div>
    ${field({
      id: 'agent-price',
      label: isByTokens ? 'Credits for a message, at most' : 'Credits for a message',
      hint: isByTokens
        ? `A message costs its tokens, and at most so many credits: ${draft.price || 'none'}. They are held until it is answered.`
        : 'Taken from the organization’s credits when it answers. 0: free.',
      error: problems.get('price'),
      control: (wiring) =>
        html`<input
          id=${wiring.id}
          class="price"
          type="number"
          inputmode="numeric"
          min="0"
          max=${limits.price}
          step="1"
          aria-describedby=${wiring.describedBy}
          aria-invalid=${wiring.invalid}
          ?readonly=${readOnly}
          .value=${live(draft.price)}
          @input=${({ currentTarget }: InputEvent) => change({ price: (currentTarget as HTMLInputElement).value })}
        />`,
    })}`;
}

function renderLine(
  { readOnly, change }: DetailFields,
  { id, describedBy, invalid }: ControlWiring,
  name: 'name' | 'description',
  value: string,
): TemplateResult {
  return html`<input
    id=${id}
    type="text"
    autocomplete="off"
    maxlength=${limits[name]}
    aria-describedby=${describedBy}
    aria-invalid=${invalid}
    ?readonly=${readOnly}
    .value=${value}
    @input=${({ currentTarget }: InputEvent) => change({ [name]: (currentTarget as HTMLInputElement).value })}
  />`;
}
