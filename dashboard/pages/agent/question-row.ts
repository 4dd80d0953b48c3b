import { html, nothing, type TemplateResult } from 'lit';
import { badge } from '../../components/badge.ts';
import { field } from '../../components/field.ts';
import { icon } from '../../components/icons.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { wrongPart, type DraftProblems } from './draft-problems.ts';
import type { DraftQuestion } from './draft.ts';

interface QuestionRow {
  readonly entry: DraftQuestion;
  readonly problems: DraftProblems;
  readonly isOpen: boolean;
  readonly readOnly: boolean;
  readonly toggle: () => void;
  readonly change: (change: Partial<Pick<DraftQuestion, 'question' | 'aliases' | 'answer'>>) => void;
  readonly remove: () => void;
}

/** A question with its answer: one line, or opened to be edited. */
export function questionRow(row: QuestionRow): TemplateResult {
  const { entry, problems, isOpen } = row;
  const { id, question, answer } = entry;
  return html`<li class=${`question ${isOpen ? 'open' : ''}`}>
    <button
      id=${`question-head-${id}`}
      class="question-head"
      type="button"
      aria-expanded=${isOpen}
      aria-controls=${isOpen ? `question-body-${id}` : nothing}
      @click=${row.toggle}
    >
      ${icon('chevron')}
      <span class="question-words">
        <b>${question.trim() === '' ? 'New question' : question}</b>
        ${isOpen ? nothing : html`<span class="soft">${firstLine(answer)}</span>`}
      </span>
      ${wrongPart(problems, entry) ? badge('bad', 'Look here') : nothing}
    </button>
    ${isOpen ? renderBody(row) : nothing}
  </li>`;
}

function renderBody({ entry, problems, readOnly, change, remove }: QuestionRow): TemplateResult {
  const { id, question, aliases, answer } = entry;
  return html`<div class="question-body stack" id=${`question-body-${id}`}>
    ${field({
      id: `question-${id}`,
      label: 'Question',
      error: problems.get(`question.${id}`),
      control: (wiring) =>
        html`<input
          id=${wiring.id}
          type="text"
          maxlength=${limits.question}
          aria-describedby=${wiring.describedBy}
          aria-invalid=${wiring.invalid}
          ?readonly=${readOnly}
          .value=${question}
          @input=${({ currentTarget }: InputEvent) => change({ question: (currentTarget as HTMLInputElement).value })}
          @keydown=${(event: KeyboardEvent) => goToAnswer(event, id)}
        />`,
    })}
    ${field({
      id: `answer-${id}`,
      label: 'Answer',
      hint: 'Markdown works: lists, links, **bold**, `code`. Pictures and HTML are shown as text.',
      error: problems.get(`answer.${id}`),
      control: (wiring) =>
        html`<textarea
          id=${wiring.id}
          rows="6"
          aria-describedby=${wiring.describedBy}
          aria-invalid=${wiring.invalid}
          ?readonly=${readOnly}
          .value=${answer}
          @input=${({ currentTarget }: InputEvent) => change({ answer: (currentTarget as HTMLTextAreaElement).value })}
        ></textarea>`,
    })}
    ${field({
      id: `aliases-${id}`,
      label: 'Other wordings',
      isOptional: true,
      hint: `What visitors write when they ask the same: one in each line, up to ${limits.aliases}. The question is found by each of them.`,
      error: problems.get(`aliases.${id}`),
      control: (wiring) =>
        html`<textarea
          id=${wiring.id}
          rows=${Math.min(6, Math.max(2, aliases.length))}
          aria-describedby=${wiring.describedBy}
          aria-invalid=${wiring.invalid}
          ?readonly=${readOnly}
          .value=${aliases.join('\n')}
          @input=${({ currentTarget }: InputEvent) =>
            change({ aliases: linesOf((currentTarget as HTMLTextAreaElement).value) })}
        ></textarea>`,
    })}
    ${
      readOnly
        ? nothing
        : html`<div class="row">
            <button class="button small quiet-danger" type="button" @click=${remove}>Remove this question</button>
          </div>`
    }
  </div>`;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n');
}

/** Enter leads on to the answer instead of saving the whole form. */
function goToAnswer(event: KeyboardEvent, id: number): void {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  document.querySelector<HTMLElement>(`#answer-${id}`)?.focus();
}

function firstLine(answer: string): string {
  return answer.trimStart().slice(0, 200).split('\n', 1)[0] ?? '';
}
