import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { parseFaqMarkdown } from '../../../server/agents/faq-markdown.ts';
import { choice } from '../../components/choice.ts';
import { field } from '../../components/field.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { tooMany } from './draft-problems.ts';
import { newQuestion, type DraftQuestion } from './draft.ts';

const examplesMax = 5;
const example = '## When do you open?\n\nAt nine, **every day**.\n\n## Do you ship abroad?\n\nYes, to all of Europe.';

export interface MarkdownQuestions {
  readonly questions: readonly DraftQuestion[];
  /** They take the place of what is there. */
  readonly isReplacing: boolean;
}

/**
 * `<agent-markdown-dialog>`: takes a FAQ that somebody has as Markdown, read as the server reads it, and shows what was found.
 * There is no form in it: it stands inside of one.
 *
 * @prop {boolean} open
 * @prop {number} present - How many questions the agent has.
 *
 * @fires markdown-close
 * @fires {CustomEvent<MarkdownQuestions>} markdown-questions
 */
export class MarkdownDialog extends LightElement {
  @property({ attribute: false }) open = false;
  @property({ attribute: false }) present = 0;
  @state() text = '';
  @state() mode: 'append' | 'replace' = 'append';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.open) return;
    this.text = '';
    this.mode = 'append';
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.open}
      .heading=${'Paste Markdown'}
      .size=${'wide'}
      .content=${this.open ? this.#renderContent() : undefined}
      @dialog-close=${this.#close}
    ></ui-dialog>`;
  }

  #renderContent(): TemplateResult {
    const found = this.text.trim() === '' ? [] : parseFaqMarkdown(this.text);
    const total = found.length + (this.#isReplacing ? 0 : this.present);
    const isHeld = found.length === 0 || total > limits.questions;
    return html`<div class="stack">
      ${field({
        id: 'markdown-text',
        label: 'Your FAQ',
        hint: 'Every heading with text below it becomes a question, and that text its answer.',
        control: ({ id, describedBy }) =>
          html`<textarea
            id=${id}
            class="code markdown-text"
            rows="12"
            spellcheck="false"
            autofocus
            placeholder=${example}
            aria-describedby=${describedBy}
            .value=${this.text}
            @input=${({ currentTarget }: InputEvent) => (this.text = (currentTarget as HTMLTextAreaElement).value)}
          ></textarea>`,
      })}
      <div class="stack tight">
        <p role="status">${this.#renderFound(found.length, total)}</p>
        ${
          found.length === 0
            ? nothing
            : html`<ul class="found-questions soft">
                ${found.slice(0, examplesMax).map(({ question }) => html`<li>${question}</li>`)}
                ${found.length > examplesMax ? html`<li>and ${count(found.length - examplesMax)} more</li>` : nothing}
              </ul>`
        }
      </div>
      ${
        this.present === 0
          ? nothing
          : choice({
              name: 'markdown-mode',
              legend: 'What happens to the questions that are there',
              options: [
                { value: 'append', words: `Keep the ${count(this.present)} there` },
                { value: 'replace', words: `Replace the ${count(this.present)} there` },
              ],
              value: this.mode,
              choose: (mode) => (this.mode = mode),
            })
      }
      <div class="dialog-actions">
        <button class="button" type="button" @click=${this.#close}>Cancel</button>
        <button class="button primary" type="button" ?disabled=${isHeld} @click=${() => this.#take(found)}>
          ${`${this.#isReplacing ? 'Replace with' : 'Add'} ${plural(found.length, 'question')}`}
        </button>
      </div>
    </div>`;
  }

  #renderFound(found: number, total: number): TemplateResult | string {
    if (this.text.trim() === '') return html`<span class="soft">Paste the text, and see what is found.</span>`;
    if (found === 0) {
      return html`<span class="bad">No question found.</span> A question is a line that begins with #, with text below
        it.`;
    }
    if (total > limits.questions) return html`<span class="bad">${tooMany(total)}</span>`;
    return html`<b>${plural(found, 'question')} found</b>`;
  }

  get #isReplacing(): boolean {
    return this.mode === 'replace' && this.present > 0;
  }

  readonly #close = (): void => {
    this.dispatchEvent(new CustomEvent('markdown-close'));
  };

  #take(found: ReturnType<typeof parseFaqMarkdown>): void {
    const questions = found.map(({ question, answer, aliases }) => newQuestion(question, answer, aliases));
    const detail: MarkdownQuestions = { questions, isReplacing: this.#isReplacing };
    this.dispatchEvent(new CustomEvent('markdown-questions', { detail }));
  }
}
