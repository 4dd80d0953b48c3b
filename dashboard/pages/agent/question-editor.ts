import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { announce } from '../../components/announce.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';
import { toast } from '../../components/toast.ts';
import { wrongPart, type DraftProblems, type QuestionPart } from './draft-problems.ts';
import { newQuestion, type DraftQuestion } from './draft.ts';
import { MarkdownDialog, type MarkdownQuestions } from './markdown-dialog.ts';
import { pageOf, pageAt, searchQuestions, type QuestionPage } from './question-pages.ts';
import { questionPager } from './question-pager.ts';
import { questionRow } from './question-row.ts';
import { questionSearch } from './question-search.ts';

/** With fewer, everything is seen at once and a search is only in the way. */
const searchFrom = 8;

/**
 * `<agent-questions>`: what an agent answers from. A page of it is drawn, whatever there is: an agent may have 2,000. One
 * question at a time is open.
 *
 * @prop {DraftQuestion[]} questions
 * @prop {DraftProblems} problems
 * @prop {boolean} readOnly
 *
 * @fires {CustomEvent<DraftQuestion[]>} questions-change
 */
export class QuestionEditor extends LightElement {
  static readonly elements = { 'agent-markdown-dialog': MarkdownDialog };
  @property({ attribute: false }) questions: readonly DraftQuestion[] = [];
  @property({ attribute: false }) problems: DraftProblems = new Map();
  @property({ attribute: false }) readOnly = false;
  /** What is searched for. */
  @state() wanted = '';
  /** From 0; a page that is no longer there counts as the last one. */
  @state() page = 0;
  @state() openId: number | undefined;
  /** The dialog for Markdown is open. */
  @state() isPasting = false;

  /** Opens the first question that something is wrong with; false when there is none. */
  revealProblem(): boolean {
    for (const entry of this.questions) {
      const part = wrongPart(this.problems, entry);
      if (part === undefined) continue;
      this.#open(entry, part);
      return true;
    }
    return false;
  }

  /** Opens a new question in these words, to be answered; the one that is there already, where there is one. */
  addQuestion(question: string): void {
    const known = this.questions.find((entry) => entry.question.trim() === question.trim());
    const entry = known ?? newQuestion(question);
    if (!known) this.#change([...this.questions, entry]);
    this.#open(entry, 'answer');
  }

  /** Opens a question with one more wording, the last line of them. */
  addWording(id: number, wording: string): void {
    const entry = this.questions.find((one) => one.id === id);
    if (!entry) return;
    const others = entry.aliases.filter((text) => text.trim() !== '' && text.trim() !== wording);
    this.#edit(id, { aliases: [...others, wording] });
    this.#open(entry, 'aliases');
  }

  protected override render(): TemplateResult {
    const found = searchQuestions(this.questions, this.wanted, this.openId);
    const page = pageOf(found, this.page);
    const general = this.problems.get('questions') ?? '';
    return html`<div class="stack tight">
      <div class="row between">
        <h2 id="questions-heading">Questions and answers <span class="soft">${count(this.questions.length)}</span></h2>
        ${this.readOnly ? nothing : this.#renderTools()}
      </div>
      <p class="field-error" role="alert">${general}</p>
      ${this.questions.length === 0 ? this.#renderNone() : this.#renderList(found.length, page)}
      ${
        this.readOnly
          ? nothing
          : html`<agent-markdown-dialog
              .open=${this.isPasting}
              .present=${this.questions.length}
              @markdown-close=${() => (this.isPasting = false)}
              @markdown-questions=${this.#takeMarkdown}
            ></agent-markdown-dialog>`
      }
    </div>`;
  }

  #renderTools(): TemplateResult {
    return html`<div class="row">
      <button class="button small" type="button" @click=${() => (this.isPasting = true)}>Paste Markdown…</button>
      <button class="button small add-question" type="button" @click=${this.#add}>${icon('plus')} Add question</button>
    </div>`;
  }

  #renderNone(): TemplateResult {
    return html`<p class="questions-none soft">
      ${this.readOnly ? 'There are none.' : 'Write the first question, or paste a FAQ that you have as Markdown.'}
    </p>`;
  }

  #renderList(found: number, page: QuestionPage): TemplateResult {
    const isSearching = this.wanted.trim() !== '';
    return html`${
        this.questions.length >= searchFrom || isSearching
          ? questionSearch({
              wanted: this.wanted,
              found,
              all: this.questions.length,
              search: (wanted) => this.#search(wanted),
            })
          : nothing
      }
      <ul class="table-card question-list" aria-labelledby="questions-heading">
        ${repeat(
          page.entries,
          ({ id }) => id,
          (entry) =>
            questionRow({
              entry,
              problems: this.problems,
              isOpen: entry.id === this.openId,
              readOnly: this.readOnly,
              toggle: () => (this.openId = entry.id === this.openId ? undefined : entry.id),
              change: (change) => this.#edit(entry.id, change),
              remove: () => this.#remove(entry.id),
            }),
        )}
      </ul>
      ${page.pages > 1 ? questionPager(page, found, (to) => this.#turn(to)) : nothing}`;
  }

  #search(wanted: string): void {
    this.wanted = wanted;
    this.page = 0;
    this.openId = undefined;
  }

  #turn(page: number): void {
    this.page = page;
    this.openId = undefined;
  }

  readonly #add = (): void => {
    const blank = this.questions.find(({ question, answer }) => question === '' && answer === '');
    const entry = blank ?? newQuestion();
    if (!blank) this.#change([...this.questions, entry]);
    this.#open(entry, 'question');
  };

  #edit(id: number, change: Partial<DraftQuestion>): void {
    this.#change(this.questions.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)));
  }

  #remove(id: number): void {
    const index = this.questions.findIndex((entry) => entry.id === id);
    const removed = this.questions[index];
    if (!removed) return;
    const rest = this.questions.toSpliced(index, 1);
    const next = rest[Math.min(index, rest.length - 1)];
    this.#change(rest);
    this.#focus(next ? `#question-head-${next.id}` : '.add-question');
    const name = removed.question.trim();
    toast({
      subject: 'question-removed',
      message: name === '' ? 'The question is removed.' : `“${name}” is removed.`,
      action: { label: 'Undo', run: () => this.#bringBack(removed, index) },
    });
  }

  #bringBack(removed: DraftQuestion, index: number): void {
    if (!this.isConnected || this.questions.some(({ id }) => id === removed.id)) return;
    this.#change(this.questions.toSpliced(index, 0, removed));
    this.#open(removed, 'question');
  }

  /** Shows the page that has it, whatever was searched for. */
  #open(entry: DraftQuestion, part: QuestionPart): void {
    if (!searchQuestions([entry], this.wanted).length) this.wanted = '';
    this.page = pageAt(searchQuestions(this.questions, this.wanted, entry.id).findIndex(({ id }) => id === entry.id));
    this.openId = entry.id;
    this.#focus(`#${part}-${entry.id}`);
  }

  readonly #takeMarkdown = ({ detail }: CustomEvent<MarkdownQuestions>): void => {
    const { questions, isReplacing } = detail;
    this.isPasting = false;
    this.wanted = '';
    this.openId = undefined;
    const before = isReplacing ? [] : this.questions.filter(({ question, answer }) => question !== '' || answer !== '');
    this.#change([...before, ...questions]);
    this.page = pageAt(before.length);
    announce(`${plural(questions.length, 'question')} taken over. Save to keep them.`);
  };

  #change(detail: readonly DraftQuestion[]): void {
    this.questions = detail;
    this.dispatchEvent(new CustomEvent('questions-change', { detail }));
  }

  #focus(selector: string): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(selector)?.focus());
  }
}
