import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { readCredits } from '../../api.ts';
import type { AgentWithQuestions, Key, Reply } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';
import { skeleton } from '../../components/skeleton.ts';
import { toast } from '../../components/toast.ts';
import { Resource } from '../../controllers/resource.ts';
import { sectionPath } from '../../route.ts';
import { creditNote } from './credit-note.ts';
import { showInline, watchAnswers } from './preview-frame.ts';
import { priceWords } from './price-words.ts';

/** Apart, because it brings the list of public suffixes. */
const loadKeys = () => import('./preview-key.ts');

/**
 * `<agent-preview>`: the saved agent in the real widget, called with a real key of the organization from a page of this
 * server: what a visitor sees.
 *
 * @prop {string} organizationId
 * @prop {AgentWithQuestions | undefined} agent - As it is saved; undefined before that.
 * @prop {number} revision - Another number loads the frame again.
 * @prop {boolean} mayChange
 * @prop {boolean} isDirty - There are edits that the preview does not have.
 *
 * @fires preview-publish - The person wants the agent to be public.
 */
export class AgentPreview extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) agent: AgentWithQuestions | undefined;
  @property({ attribute: false }) revision = 0;
  @property({ attribute: false }) mayChange = false;
  @property({ attribute: false }) isDirty = false;
  /** How often the person loaded it again. */
  @state() reloads = 0;
  /** What was answered here, as far as a person has asked. */
  @state() answers: readonly Reply[] = [];
  /** A key is being made. */
  @state() isMaking = false;
  @state() makingFailure: ApiError | undefined;
  /** Null: there is no key that fits. */
  readonly #key = new Resource<Key | null>(
    this,
    async (signal) => (await (await loadKeys()).findPreviewKey(this.organizationId, signal)) ?? null,
  );

  /** Only for a note: that they can not be read is said elsewhere. */
  readonly #credits = new Resource(this, (signal) => readCredits(this.organizationId, signal), {
    refreshEveryMs: 30_000,
  });

  protected override render(): TemplateResult {
    return html`<section class="card preview" aria-labelledby="preview-heading">
      <div class="card-head">
        <h2 id="preview-heading">Live preview</h2>
        ${
          this.#isShown
            ? html`<button class="button small" type="button" @click=${() => (this.reloads += 1)}>
                ${icon('reload')} Reload
              </button>`
            : nothing
        }
      </div>
      ${this.#renderPreview()}
    </section>`;
  }

  get #isShown(): boolean {
    return this.agent?.public === true && !!this.#key.value && !this.#key.failure;
  }

  #renderPreview(): TemplateResult {
    const { agent } = this;
    const { value: key, failure } = this.#key;
    if (!agent)
      return html`<p class="soft">Once the agent is saved, it answers here, in the widget that your visitors see.</p>`;
    if (!agent.public) return this.#renderPrivate();
    if (failure) return failureBlock(failure, () => void this.#key.load());
    if (key === undefined) return skeleton('Looking for a key for the preview', 4);
    return key === null ? this.#renderNoKey() : this.#renderFrame(agent, key);
  }

  #renderFrame(agent: AgentWithQuestions, key: Key): TemplateResult {
    const address = `/widget-preview?key=${key.publicKey}&agent=${agent.id}&r=${this.revision}-${this.reloads}`;
    return html`
      <p class="hint" role="status">${this.isDirty ? 'It shows what was saved last: save to see your edits.' : ''}</p>
      ${creditNote(this.organizationId, this.#credits.value, agent.creditsPerMessage)}
      ${
        // Another frame instead of another address: that would be a step in the browser's history.
        keyed(
          address,
          html`<iframe
            class="preview-frame"
            title=${`Chat with ${agent.name}`}
            .src=${address}
            @load=${({ currentTarget }: Event) => this.#begin(currentTarget as HTMLIFrameElement)}
          ></iframe>`,
        )
      }
      <p class="hint" role="status">${costWords(this.answers)}</p>
      <p class="hint">
        Called with the key
        <a class="break" href=${`${sectionPath(this.organizationId, 'api-keys')}/${key.id}`}>${key.name}</a>.
        ${
          agent.creditsPerMessage === 0
            ? 'Messages here are counted like any other.'
            : `Messages here cost credits like any other: ${priceWords(agent)}.`
        }
      </p>
    `;
  }

  #renderPrivate(): TemplateResult {
    return html`<div class="stack tight">
      <p>
        This agent is <b>private</b>: a publishable key does not reach it, so the widget can not show it, here or on any
        page.
      </p>
      ${
        this.mayChange
          ? html`<div>
              <button
                class="button"
                type="button"
                @click=${() => this.dispatchEvent(new CustomEvent('preview-publish'))}
              >
                Make it public
              </button>
            </div>`
          : html`<p class="soft">A member or an owner can make it public.</p>`
      }
    </div>`;
  }

  #renderNoKey(): TemplateResult {
    const { hostname } = location;
    return html`<div class="stack tight">
      <p>
        The preview is a page of this server, so it needs an enabled key that allows <code>${hostname}</code> and may
        read agents and write messages. None of your keys does.
      </p>
      ${
        this.mayChange
          ? html`<p class="soft">
                The button makes a key named <b>Dashboard preview</b> that allows only ${hostname}. Its secret is not
                shown, because nothing needs it: rotate the key if you ever want one.
              </p>
              ${this.makingFailure ? failureBlock(this.makingFailure) : nothing}
              <div>
                <button class="button" type="button" aria-busy=${this.isMaking} @click=${this.#makeKey}>
                  Make a preview key
                </button>
              </div>`
          : html`<p class="soft">A member or an owner can make one on this page.</p>`
      }
    </div>`;
  }

  #begin(frame: HTMLIFrameElement): void {
    this.answers = [];
    watchAnswers(frame, (answer) => (this.answers = [...this.answers, answer]));
    void showInline(frame);
  }

  readonly #makeKey = async (): Promise<void> => {
    if (this.isMaking) return;
    this.isMaking = true;
    this.makingFailure = undefined;
    try {
      const key = await (await loadKeys()).createPreviewKey(this.organizationId);
      this.#key.set(key);
      toast({ message: 'The key “Dashboard preview” is made.' });
    } catch (error) {
      this.makingFailure = toApiError(error);
    }
    this.isMaking = false;
  };
}

/** What the last answer took and cost, and all of them. */
function costWords(answers: readonly Reply[]): string {
  const last = answers.at(-1);
  if (last === undefined) return '';
  const { usage, credits, reply } = last;
  const tokens =
    usage !== undefined
      ? `, ${plural(usage.inputTokens, 'token')} read and ${count(usage.outputTokens)} written`
      : reply.generated === true
        ? ', tokens not reported'
        : '';
  const sum = answers.reduce((spent, answer) => spent + answer.credits.spent, 0);
  const all = answers.length === 1 ? '' : ` All ${count(answers.length)} answers here: ${plural(sum, 'credit')}.`;
  return `Last answer: ${plural(credits.spent, 'credit')}${tokens}.${all}`;
}
