/** One agent: what it is called, what it answers, who reaches it, and beside it the widget that shows it. */
import { html, nothing, type TemplateResult } from 'lit';
import { toApiError, type ApiError } from '../api-error.ts';
import { changeAgent, createAgent, deleteAgent, readAgent } from '../api.ts';
import type { AgentWithQuestions } from '../api-types.ts';
import { announce } from '../components/announce.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { failureBlock } from '../components/failure-block.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { LeaveGuard } from '../controllers/leave-guard.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { navigate } from '../router.ts';
import { detailFields, reachFields, type DetailFields } from './agent/detail-fields.ts';
import { findProblems, placeProblems, withoutPlaces, type DraftProblems } from './agent/draft-problems.ts';
import {
  changesOf,
  draftOf,
  emptyDraft,
  inputOf,
  type AgentDraft,
  type DraftQuestion,
  type DraftSuggestion,
} from './agent/draft.ts';
import { AgentPreview } from './agent/preview.ts';
import { QuestionEditor } from './agent/question-editor.ts';
import { saveBar } from './agent/save-bar.ts';
import { SuggestionEditor } from './agent/suggestion-editor.ts';

export class AgentPage extends Page {
  static readonly elements = {
    'agent-preview': AgentPreview,
    'agent-questions': QuestionEditor,
    'agent-suggestions': SuggestionEditor,
  };
  static override readonly properties = {
    draft: { state: true },
    problems: { state: true },
    isSaving: { state: true },
    failure: { state: true },
    revision: { state: true },
  };

  /** @internal Undefined until the agent is there. */
  declare draft: AgentDraft | undefined;
  /** @internal */
  declare problems: DraftProblems;
  /** @internal */
  declare isSaving: boolean;
  /** @internal What is wrong with saving and stands at no field. */
  declare failure: ApiError | string | undefined;
  /** @internal How often it was saved here. */
  declare revision: number;
  readonly #saved = new Resource<AgentWithQuestions | null>(this, async (signal) => {
    const { agentId } = this.params;
    const agent = agentId === undefined ? null : await readAgent(this.organizationId, agentId, signal);
    this.draft = agent ? draftOf(agent) : emptyDraft();
    return agent;
  });

  constructor() {
    super();
    this.draft = undefined;
    this.problems = new Map();
    this.isSaving = false;
    this.failure = undefined;
    this.revision = 0;
    new LeaveGuard(this, () => this.mayChange && this.#isDirty);
  }

  override get heading(): string {
    return this.#isNew ? 'New agent' : (this.#saved.value?.name ?? 'Agent');
  }

  protected override render(): TemplateResult {
    const { failure } = this.#saved;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <a class="crumb" href=${this.#listPath}>Agents</a>
          <h1 tabindex="-1">${this.heading}</h1>
          ${this.#renderLead()}
        </div>
      </header>
      ${
        this.draft
          ? this.#renderAgent(this.draft)
          : failure?.code === 'not_found'
            ? this.#renderGone()
            : failure
              ? failureBlock(failure, () => void this.#saved.load())
              : skeleton('Loading the agent', 5)
      }
    </div>`;
  }

  #renderLead(): TemplateResult {
    const { value } = this.#saved;
    if (!value) return html`<p class="lead">It answers from the questions and answers that you write below.</p>`;
    return html`<p class="lead agent-id">
      <code>${value.id}</code> <ui-copy-button .text=${value.id} what="the agent’s id" compact></ui-copy-button>
    </p>`;
  }

  #renderGone(): TemplateResult {
    return html`<div class="card stack tight">
      <p>This organization has no such agent. It may have been deleted.</p>
      <p><a href=${this.#listPath}>All agents</a></p>
    </div>`;
  }

  #renderAgent(draft: AgentDraft): TemplateResult {
    const { value: saved } = this.#saved;
    const fields: DetailFields = {
      draft,
      problems: this.problems,
      readOnly: !this.mayChange,
      change: (change, place) => this.#change(change, [place]),
    };
    return html`<div class="agent-columns">
      <form class="stack" novalidate @submit=${this.#submit}>
        ${this.mayChange ? nothing : html`<p class="soft">You are a viewer here: you can read this agent, not change it.</p>`}
        <section class="card stack" aria-label="What it says of itself">
          ${detailFields(fields)}
          <agent-suggestions
            .suggestions=${draft.suggestions}
            .problems=${this.problems}
            .readOnly=${!this.mayChange}
            @suggestions-change=${this.#takeSuggestions}
          ></agent-suggestions>
        </section>
        <agent-questions
          .questions=${draft.questions}
          .problems=${this.problems}
          .readOnly=${!this.mayChange}
          @questions-change=${this.#takeQuestions}
        ></agent-questions>
        <section class="card stack" aria-label="Who reaches it, and its price">${reachFields(fields)}</section>
        ${
          this.mayChange
            ? saveBar({
                isNew: this.#isNew,
                isDirty: this.#isDirty,
                isSaving: this.isSaving,
                failure: this.failure,
                hasProblems: this.problems.size > 0,
                isSaved: this.revision > 0,
                discard: () => void this.#discard(),
              })
            : nothing
        }
      </form>
      <agent-preview
        .organizationId=${this.organizationId}
        .agent=${saved ?? undefined}
        .revision=${this.revision}
        .mayChange=${this.mayChange}
        .isDirty=${this.#isDirty}
        @preview-publish=${() => void this.#publish()}
      ></agent-preview>
      ${saved && this.mayChange ? this.#renderDanger(saved) : nothing}
    </div>`;
  }

  #renderDanger(agent: AgentWithQuestions): TemplateResult {
    return html`<section class="card agent-danger" aria-labelledby="delete-heading">
      <div>
        <h2 id="delete-heading">Delete this agent</h2>
        <p class="soft">At once and for good, with all of its questions. Pages that show it can not chat any more.</p>
      </div>
      <button class="button quiet-danger" type="button" @click=${() => void this.#delete(agent)}>Delete agent…</button>
    </section>`;
  }

  get #isNew(): boolean {
    return this.params.agentId === undefined;
  }

  get #isDirty(): boolean {
    const { draft } = this;
    const saved = this.#saved.value;
    if (!draft || saved === undefined) return false;
    if (saved === null) return isBegun(draft);
    return Object.keys(changesOf(saved, draft)).length > 0;
  }

  get #listPath(): string {
    return sectionPath(this.organizationId, 'agents');
  }

  #change(change: Partial<AgentDraft>, places: readonly string[]): void {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    this.problems = withoutPlaces(this.problems, places);
    this.failure = undefined;
  }

  readonly #takeSuggestions = ({ detail }: CustomEvent<readonly DraftSuggestion[]>): void => {
    const before = new Set(this.draft?.suggestions);
    const places = detail.filter((one) => !before.has(one)).map(({ id }) => `suggestion.${id}`);
    this.#change({ suggestions: detail }, ['suggestions', ...places]);
  };

  readonly #takeQuestions = ({ detail }: CustomEvent<readonly DraftQuestion[]>): void => {
    const before = new Set(this.draft?.questions);
    const places = detail.filter((one) => !before.has(one)).flatMap(({ id }) => [`question.${id}`, `answer.${id}`]);
    this.#change({ questions: detail }, ['questions', ...places]);
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { draft } = this;
    const saved = this.#saved.value;
    if (!draft || saved === undefined || this.isSaving || !this.mayChange) return;
    this.failure = undefined;
    this.problems = findProblems(draft);
    if (this.problems.size > 0) return this.#showFirstProblem();
    if (saved && !this.#isDirty) return announce('There is nothing to save.');
    this.isSaving = true;
    try {
      await (saved ? this.#saveChanges(saved, draft) : this.#create(draft));
    } catch (error) {
      this.#takeFailure(toApiError(error), draft);
    }
    this.isSaving = false;
  };

  async #saveChanges(saved: AgentWithQuestions, draft: AgentDraft): Promise<void> {
    this.#saved.set(await changeAgent(this.organizationId, saved.id, changesOf(saved, draft)));
    this.revision += 1;
    announce('Saved.');
  }

  async #create(draft: AgentDraft): Promise<void> {
    const made = await createAgent(this.organizationId, inputOf(draft));
    this.#saved.set(made);
    this.draft = draftOf(made);
    toast({ message: `“${made.name}” is made.` });
    await navigate(`${this.#listPath}/${made.id}`, { replace: true });
  }

  #takeFailure(error: ApiError, sent: AgentDraft): void {
    if (error.code === 'body_too_large') {
      this.failure = 'All questions and answers together may have at most 1 MiB. Shorten some, or make a second agent.';
      return;
    }
    const { problems, rest } = placeProblems(error, sent);
    this.problems = problems;
    if (problems.size > 0) this.#showFirstProblem();
    this.failure = error.problems.length > 0 ? rest || undefined : error;
  }

  #showFirstProblem(): void {
    void this.updateComplete.then(async () => {
      const questions = this.querySelector<QuestionEditor>('agent-questions');
      await Promise.all([
        questions?.updateComplete,
        this.querySelector<SuggestionEditor>('agent-suggestions')?.updateComplete,
      ]);
      const invalid = this.querySelector<HTMLElement>('form [aria-invalid]');
      const isAtQuestion =
        invalid === null || invalid.closest('agent-questions') !== null || !isAbove(invalid, questions);
      if (isAtQuestion && questions?.revealProblem()) return;
      if (invalid) invalid.focus();
      else this.querySelector<HTMLElement>('.add-question')?.focus();
    });
  }

  async #publish(): Promise<void> {
    const saved = this.#saved.value;
    if (!saved) return;
    try {
      this.#saved.set(await changeAgent(this.organizationId, saved.id, { public: true }));
      this.#change({ isPublic: true }, ['public']);
      toast({ message: `“${saved.name}” is public.` });
    } catch (error) {
      toast({ kind: 'problem', message: `It is still private. ${toApiError(error).detail}` });
    }
  }

  async #discard(): Promise<void> {
    const saved = this.#saved.value;
    const isSure = await askToConfirm({
      heading: 'Discard your edits?',
      content: 'Everything becomes as it was saved last.',
      confirmLabel: 'Discard',
      isDanger: true,
    });
    if (!isSure || saved === undefined) return;
    this.draft = saved ? draftOf(saved) : emptyDraft();
    this.problems = new Map();
    this.failure = undefined;
  }

  async #delete({ id, name }: AgentWithQuestions): Promise<void> {
    const isDeleted = await askToConfirm({
      heading: 'Delete this agent?',
      content: html`<p><b>${name}</b> and its questions are gone at once and can not be brought back.</p>`,
      confirmLabel: 'Delete for good',
      isDanger: true,
      typed: name,
      run: () => deleteAgent(this.organizationId, id),
    });
    if (!isDeleted) return;
    // What was edited is gone with it, so nothing holds the person here.
    this.draft = undefined;
    toast({ message: `“${name}” is deleted.` });
    await navigate(this.#listPath, { replace: true });
  }
}

/** Something was written that would be lost. */
function isBegun({ name, description, greeting, suggestions, questions }: AgentDraft): boolean {
  const texts = [name, description, greeting, ...suggestions.map(({ text }) => text)];
  const answers = questions.flatMap(({ question, answer }) => [question, answer]);
  return [...texts, ...answers].some((text) => text.trim() !== '');
}

function isAbove(element: HTMLElement, other: HTMLElement | null): boolean {
  return other !== null && (element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
