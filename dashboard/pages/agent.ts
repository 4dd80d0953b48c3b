/** One agent: what it is called, what it answers, who reaches it, and beside it the widget that shows it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { AgentWithQuestions, UnansweredQuestion } from '../../server/http/wire.ts';
import { announce } from '../components/announce.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { listUpstreams } from '../api.ts';
import { Resource } from '../controllers/resource.ts';
import { LeaveGuard } from '../controllers/leave-guard.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { navigate } from '../router.ts';
import { AgentEditing } from './agent/agent-editing.ts';
import { askForQuestion, withRoomForWording } from './agent/ask-for-question.ts';
import { askToDelete, deleteSection } from './agent/delete-agent.ts';
import { detailFields, reachFields, type DetailFields } from './agent/detail-fields.ts';
import { disclosureFields } from './agent/disclosure-field.ts';
import { inputOf, type AgentDraft, type DraftQuestion, type DraftSuggestion } from './agent/draft.ts';
import { focusFirstProblem } from './agent/first-problem.ts';
import { modelFields } from './agent/model-fields.ts';
import { ChatInstall } from '../install/chat-install.ts';
import { AgentPreview } from './agent/preview.ts';
import { QuestionEditor } from './agent/question-editor.ts';
import { saveBar } from './agent/save-bar.ts';
import { synonymField } from './agent/synonym-field.ts';
import { SuggestionEditor } from './agent/suggestion-editor.ts';
import { UnansweredQuestions } from './agent/unanswered.ts';
import { troubleNote } from './agent/trouble-note.ts';

export class AgentPage extends Page {
  static readonly elements = {
    'agent-preview': AgentPreview,
    'chat-install': ChatInstall,
    'agent-questions': QuestionEditor,
    'agent-suggestions': SuggestionEditor,
    'agent-unanswered': UnansweredQuestions,
  };

  readonly #editing = new AgentEditing(this, () => ({
    organizationId: this.organizationId,
    agentId: this.params.agentId,
  }));

  /** Where they can't be read, what is saved can still be edited. */
  readonly #upstreams = new Resource(this, (signal) => listUpstreams(this.organizationId, signal));

  constructor() {
    super();
    new LeaveGuard(this, () => this.mayChange && this.#editing.isDirty);
  }

  override get heading(): string {
    const { isNew, isGone, saved } = this.#editing;
    if (isGone) return 'No such agent';
    return isNew ? 'New agent' : (saved?.name ?? 'Agent');
  }

  protected override render(): TemplateResult {
    const { draft, loadFailure, isGone } = this.#editing;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <a class="crumb" href=${this.#listPath}>Agents</a>
          <h1 tabindex="-1">${this.heading}</h1>
          ${this.#renderLead()}
        </div>
      </header>
      ${
        draft
          ? this.#renderAgent(draft)
          : isGone
            ? this.#renderGone()
            : loadFailure
              ? failureBlock(loadFailure, () => void this.#editing.load())
              : skeleton('Loading the agent', 5)
      }
    </div>`;
  }

  #renderLead(): TemplateResult | typeof nothing {
    const { saved, isGone } = this.#editing;
    if (isGone) return nothing;
    if (!saved)
      return html`<p class="lead">
        It answers from the questions and answers that you write below, or by a language model.
      </p>`;
    return html`<p class="lead agent-id">
      <code>${saved.id}</code> <ui-copy-button .text=${saved.id} what="the agent’s id" compact></ui-copy-button>
    </p>`;
  }

  #renderGone(): TemplateResult {
    return emptyState({
      picture: 'agent',
      heading: 'This agent is not here',
      content: 'It was deleted, or it belongs to another organization.',
      action: html`<a class="button" href=${this.#listPath}>All agents</a>`,
    });
  }

  #renderAgent(draft: AgentDraft): TemplateResult {
    const { saved, isDirty } = this.#editing;
    return html`<div class="agent-columns">
      ${this.#renderForm(draft, isDirty)}
      <agent-preview
        .organizationId=${this.organizationId}
        .agent=${saved}
        .shown=${inputOf(draft)}
        .mayChange=${this.mayChange}
        .isDirty=${isDirty}
      ></agent-preview>
      ${
        saved?.public
          ? html`<chat-install
              .organizationId=${this.organizationId}
              .agent=${saved}
              .mayChange=${this.mayChange}
            ></chat-install>`
          : nothing
      }
      ${saved && this.mayChange ? deleteSection(() => void this.#delete(saved)) : nothing}
    </div>`;
  }

  #renderForm(draft: AgentDraft, isDirty: boolean): TemplateResult {
    const { problems, isSaving, failure, isNew, revision } = this.#editing;
    const readOnly = !this.mayChange;
    const fields: DetailFields = { draft, problems, readOnly, change: (change) => this.#editing.change(change) };
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      ${troubleNote(this.#editing.saved?.troubles ?? [])}
      ${readOnly ? html`<p class="soft">You are a viewer here: you can read this agent, not change it.</p>` : nothing}
      <section class="card stack" aria-label="What it says of itself">
        ${detailFields(fields)}
        <agent-suggestions
          .suggestions=${draft.suggestions}
          .problems=${problems}
          .readOnly=${readOnly}
          @suggestions-change=${({ detail }: CustomEvent<readonly DraftSuggestion[]>) =>
            this.#editing.change({ suggestions: detail })}
        ></agent-suggestions>
      </section>
      <section class="card stack" aria-label="What answers">${modelFields(fields, this.#upstreams.value)}</section>
      ${
        this.params.agentId === undefined
          ? nothing
          : html`<agent-unanswered
              .organizationId=${this.organizationId}
              .agentId=${this.params.agentId}
              .revision=${revision}
              .readOnly=${readOnly}
              .hasQuestions=${withRoomForWording(draft.questions).length > 0}
              @wording-wanted=${({ detail }: CustomEvent<UnansweredQuestion>) => void this.#addWording(detail)}
              @answer-wanted=${({ detail }: CustomEvent<string>) => this.#questions?.addQuestion(detail)}
            ></agent-unanswered>`
      }
      <agent-questions
        .questions=${draft.questions}
        .problems=${problems}
        .readOnly=${readOnly}
        @questions-change=${({ detail }: CustomEvent<readonly DraftQuestion[]>) =>
          this.#editing.change({ questions: detail })}
      ></agent-questions>
      <section class="card stack" aria-label="Words that mean the same">${synonymField(fields)}</section>
      <section class="card stack" aria-label="What visitors are told">${disclosureFields(fields)}</section>
      <section class="card stack" aria-label="Who reaches it, and its price">${reachFields(fields)}</section>
      ${
        readOnly
          ? nothing
          : saveBar({
              isNew,
              isDirty,
              isSaving,
              failure,
              hasProblems: problems.size > 0,
              isSaved: revision > 0,
              discard: () => void this.#discard(),
            })
      }
    </form>`;
  }

  get #questions(): QuestionEditor | null {
    return this.querySelector<QuestionEditor>('agent-questions');
  }

  async #addWording(asked: UnansweredQuestion): Promise<void> {
    const questions = withRoomForWording(this.#editing.draft?.questions ?? []);
    const entry = await askForQuestion(asked, questions);
    if (!entry) return;
    this.#questions?.addWording(entry.id, asked.question);
    announce('Added. Save to keep it.');
  }

  get #listPath(): string {
    return sectionPath(this.organizationId, 'agents');
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!this.mayChange) return;
    const outcome = await this.#editing.save();
    const { saved, problems } = this.#editing;
    if (outcome === 'saved') announce('Saved.');
    if (outcome === 'failed' && problems.size > 0) await focusFirstProblem(this);
    if (outcome !== 'created' || !saved) return;
    toast({ message: `“${saved.name}” is made.` });
    await navigate(`${this.#listPath}/${saved.id}`, { replace: true });
  };

  async #discard(): Promise<void> {
    const isSure = await askToConfirm({
      heading: 'Discard your edits?',
      content: 'Everything becomes as it was saved last.',
      confirmLabel: 'Discard',
      isDanger: true,
    });
    if (isSure) this.#editing.discard();
  }

  async #delete(agent: AgentWithQuestions): Promise<void> {
    if (!(await askToDelete(this.organizationId, agent))) return;
    this.#editing.forget();
    toast({ message: `“${agent.name}” is deleted.` });
    await navigate(this.#listPath, { replace: true });
  }
}
