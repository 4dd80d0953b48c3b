/**
 * One agent while it is edited: as it is saved, the draft, what is wrong with it, and how both are brought together. The page
 * draws what is remembered here.
 */
import type { ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { changeAgent, createAgent, readAgent } from '../../api.ts';
import type { AgentInput, AgentPatch, AgentWithQuestions } from '../../../server/http/wire.ts';
import { Resource } from '../../controllers/resource.ts';
import { mergeAgent } from '../../merge/merge-agent.ts';
import { saveMerged } from '../../merge/save-merged.ts';
import { findProblems, placeProblems, placesOf, withoutPlaces, type DraftProblems } from './draft-problems.ts';
import { changesOf, draftOf, emptyDraft, inputOf, isBegun, type AgentDraft } from './draft.ts';

/** What a try to save came to. `unchanged`: there was nothing to save. */
type SaveOutcome = 'created' | 'saved' | 'unchanged' | 'failed';

interface EditedAgent {
  readonly organizationId: string;
  /** Undefined: a new one. */
  readonly agentId: string | undefined;
}

export class AgentEditing {
  /** Undefined until the agent is there. */
  draft: AgentDraft | undefined;
  problems: DraftProblems = new Map();
  /** What is wrong with saving and stands at no field. */
  failure: ApiError | string | undefined;
  isSaving = false;
  /** There is no such agent, or no longer. */
  isGone = false;
  /** How often it was saved here. */
  revision = 0;
  readonly #host: ReactiveControllerHost;
  readonly #edited: () => EditedAgent;
  readonly #saved: Resource<AgentWithQuestions | null>;

  constructor(host: ReactiveControllerHost, edited: () => EditedAgent) {
    this.#host = host;
    this.#edited = edited;
    this.#saved = new Resource<AgentWithQuestions | null>(host, async (signal) => {
      this.isGone = false;
      const { organizationId, agentId } = edited();
      const agent =
        agentId === undefined ? null : await readAgent(organizationId, agentId, signal).catch(this.#takeGone);
      this.draft = agent ? draftOf(agent) : emptyDraft();
      return agent;
    });
  }

  /** Undefined while it loads, and for a new one. */
  get saved(): AgentWithQuestions | undefined {
    return this.#saved.value ?? undefined;
  }

  get loadFailure(): ApiError | undefined {
    return this.#saved.failure;
  }

  get isNew(): boolean {
    return this.#edited().agentId === undefined;
  }

  /** There is something that would be lost. */
  get isDirty(): boolean {
    const { draft, saved } = this;
    if (!draft) return false;
    return saved ? Object.keys(changesOf(saved, draft)).length > 0 : isBegun(draft);
  }

  load(): Promise<void> {
    return this.#saved.load();
  }

  /** What was said about a part that changes is out of date. */
  change(change: Partial<AgentDraft>): void {
    const { draft } = this;
    if (!draft) return;
    this.draft = { ...draft, ...change };
    this.problems = withoutPlaces(this.problems, placesOf(draft, change));
    this.failure = undefined;
    this.#host.requestUpdate();
  }

  discard(): void {
    this.draft = this.saved ? draftOf(this.saved) : emptyDraft();
    this.problems = new Map();
    this.failure = undefined;
    this.#host.requestUpdate();
  }

  /** It was deleted: nothing of it is held any more. */
  forget(): void {
    this.draft = undefined;
  }

  /** An agent that is not there leaves nothing to edit. Throws on. */
  readonly #takeGone = (error: unknown): never => {
    if (toApiError(error).code === 'not_found') {
      this.isGone = true;
      this.forget();
    }
    throw error;
  };

  async save(): Promise<SaveOutcome> {
    const { draft, saved } = this;
    if (!draft || this.isSaving) return 'unchanged';
    this.failure = undefined;
    this.problems = findProblems(draft);
    this.#host.requestUpdate();
    if (this.problems.size > 0) return 'failed';
    if (saved && !this.isDirty) return 'unchanged';
    this.isSaving = true;
    try {
      if (saved) return (await this.#saveChanges(saved, draft)) ? 'saved' : 'unchanged';
      await this.#create(draft);
      return 'created';
    } catch (error) {
      this.#takeFailure(toApiError(error), draft);
      return 'failed';
    } finally {
      this.isSaving = false;
      this.#host.requestUpdate();
    }
  }

  /** False: the person would rather go on editing. */
  async #saveChanges(saved: AgentWithQuestions, draft: AgentDraft): Promise<boolean> {
    const made = await this.#send(saved, changesOf(saved, draft));
    if (made === undefined) return false;
    this.#saved.set(made);
    // What somebody else changed meanwhile, and the person left so.
    if (Object.keys(changesOf(made, draft)).length > 0) this.draft = draftOf(made);
    this.revision += 1;
    return true;
  }

  #send(base: AgentWithQuestions, patch: Partial<AgentInput>): Promise<AgentWithQuestions | undefined> {
    const { organizationId } = this.#edited();
    const send = (sent: AgentPatch): Promise<AgentWithQuestions> => changeAgent(organizationId, base.id, sent);
    return saveMerged({ organizationId, thing: 'agent', base, patch, send, merge: mergeAgent }).catch(this.#takeGone);
  }

  async #create(draft: AgentDraft): Promise<void> {
    const made = await createAgent(this.#edited().organizationId, inputOf(draft));
    this.draft = draftOf(made);
    this.#saved.set(made);
  }

  #takeFailure(error: ApiError, sent: AgentDraft): void {
    if (error.code === 'body_too_large') {
      this.failure = 'All questions and answers together may have at most 1 MiB. Shorten some, or make a second agent.';
      return;
    }
    const { problems, rest } = placeProblems(error, sent);
    this.problems = problems;
    this.failure = error.problems.length > 0 ? rest || undefined : error;
  }
}
