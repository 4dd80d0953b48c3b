import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { AgentUpstream } from '../../../server/http/wire.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { choice } from '../../components/choice.ts';
import { field } from '../../components/field.ts';
import { count } from '../../components/number-words.ts';
import type { DetailFields } from './detail-fields.ts';
import type { ModelDraft } from './model-draft.ts';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What answers: the questions below alone, or a model of the operator's list. */
export function modelFields(fields: DetailFields, upstreams: readonly AgentUpstream[] | undefined): TemplateResult {
  const { draft, readOnly, change } = fields;
  const hasModel = draft.answersBy === 'model';
  if (!hasModel && (readOnly || upstreams?.length === 0)) {
    return html`<h2>What answers</h2>
      <p class="soft">
        The questions and answers below, alone.
        ${readOnly ? nothing : 'A language model can answer too, once the operator of this server lists one in AGENT_UPSTREAMS.'}
      </p>`;
  }
  return html`<h2>What answers</h2>
    ${
      readOnly
        ? nothing
        : choice<'faq' | 'model'>({
            name: 'answers-by',
            legend: 'What answers',
            options: [
              { value: 'faq', words: 'Questions and answers' },
              { value: 'model', words: 'A language model' },
            ],
            value: draft.answersBy,
            choose: (answersBy) => {
              const first = draft.model.upstream === '' ? upstreams?.[0] : undefined;
              const model = first && { ...draft.model, upstream: first.name, name: first.models[0] ?? '' };
              change({ answersBy, ...(model && { model }) });
            },
          })
    }
    ${
      hasModel
        ? renderModel(fields, upstreams ?? [])
        : html`<p class="hint">
            The answer of the question that fits best, word for word. Nothing leaves this server.
          </p>`
    }`;
}

function renderModel(
  { draft: { model }, problems, readOnly, change }: DetailFields,
  upstreams: readonly AgentUpstream[],
) {
  const set = (part: Partial<ModelDraft>): void => change({ model: { ...model, ...part } });
  const valueOf = ({ currentTarget }: Event): string => (currentTarget as Control).value;
  const upstream = upstreams.find(({ name }) => name === model.upstream);
  const names = withOwn(upstream?.models ?? [], model.name);
  return html`<p class="hint">
      It is told your instructions, the five questions below that fit best, and the conversation. All of that is sent to
      the server of the model.
    </p>
    ${field({
      id: 'agent-upstream',
      label: 'Server of the model',
      control: ({ id, describedBy, invalid }) =>
        html`<select
          id=${id}
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          ?disabled=${readOnly}
          @change=${(event: Event) => {
            const chosen = valueOf(event);
            set({ upstream: chosen, name: upstreams.find(({ name }) => name === chosen)?.models[0] ?? '' });
          }}
        >
          ${withOwn(
            upstreams.map(({ name }) => name),
            model.upstream,
          ).map((name) => html`<option value=${name} ?selected=${name === model.upstream}>${name}</option>`)}
        </select>`,
    })}
    ${field({
      id: 'agent-model',
      label: 'Model',
      error: problems.get('model'),
      control: ({ id, describedBy, invalid }) =>
        (upstream?.models.length ?? 0) > 0
          ? html`<select
              id=${id}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              ?disabled=${readOnly}
              @change=${(event: Event) => set({ name: valueOf(event) })}
            >
              ${names.map((name) => html`<option value=${name} ?selected=${name === model.name}>${name}</option>`)}
            </select>`
          : html`<input
              id=${id}
              type="text"
              autocomplete="off"
              spellcheck="false"
              maxlength=${limits.modelName}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              ?readonly=${readOnly}
              .value=${live(model.name)}
              @input=${(event: Event) => set({ name: valueOf(event) })}
            />`,
    })}
    ${field({
      id: 'agent-instructions',
      label: 'Instructions',
      isOptional: true,
      hint: 'Who it is, how it speaks, what it does not do. Put no secret here: a model can be talked into repeating it.',
      error: problems.get('instructions'),
      control: ({ id, describedBy, invalid }) =>
        html`<textarea
          id=${id}
          rows="6"
          maxlength=${limits.instructions}
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          ?readonly=${readOnly}
          .value=${live(model.instructions)}
          @input=${(event: Event) => set({ instructions: valueOf(event) })}
        ></textarea>`,
    })}
    <div class="public-switch">
      <ui-switch
        .checked=${model.answersOnlyFromKnowledge}
        .label=${'Answers only from the questions below'}
        .disabled=${readOnly}
        .reason=${'You are a viewer here.'}
        @switch-change=${({ detail }: CustomEvent<boolean>) => set({ answersOnlyFromKnowledge: detail })}
      ></ui-switch>
      <p>
        <b>Answers only from the questions below</b>
        <span class="soft">Where none fits it says that it does not know, and the model is not asked.</span>
      </p>
    </div>
    <div class="public-switch">
      <ui-switch
        .checked=${model.allowCallerInstructions}
        .label=${'Your servers may add instructions'}
        .disabled=${readOnly}
        .reason=${'You are a viewer here.'}
        @switch-change=${({ detail }: CustomEvent<boolean>) => set({ allowCallerInstructions: detail })}
      ></ui-switch>
      <p>
        <b>Your servers may add instructions</b>
        <span class="soft"
          >What a call with the pair says as <code>system</code> or <code>developer</code> comes after the instructions
          above. A web page never can.</span
        >
      </p>
    </div>
    ${numberField({ id: 'agent-output-tokens', label: 'Most tokens of an answer', name: 'outputTokens', hint: `At most ${count(limits.outputTokens)}; one is some four letters of English. After 90 seconds every answer ends.` })}
    ${numberField({
      id: 'agent-token-price',
      label: 'Credits for 1,000 tokens',
      name: 'tokenPrice',
      isOptional: true,
      hint: 'Of the question with all that goes with it, and of the answer. Blank: a message costs its whole price below.',
    })}`;

  function numberField({
    name,
    ...more
  }: {
    id: string;
    label: string;
    name: 'outputTokens' | 'tokenPrice';
    hint: string;
    isOptional?: true;
  }) {
    return field({
      ...more,
      error: problems.get(name),
      control: ({ id, describedBy, invalid }) =>
        html`<input
          id=${id}
          class="price"
          type="text"
          inputmode="decimal"
          autocomplete="off"
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          ?readonly=${readOnly}
          .value=${live(model[name])}
          @input=${(event: Event) => set({ [name]: valueOf(event) })}
        />`,
    });
  }
}

/** What is saved stays to be seen when it is no longer listed. */
function withOwn(names: readonly string[], own: string): readonly string[] {
  return own === '' || names.includes(own) ? names : [own, ...names];
}
