import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { AgentWithQuestions, Reply } from '../../../server/http/wire.ts';
import { icon } from '../../components/icons.ts';
import { count, plural } from '../../components/number-words.ts';
import { ChatFrame, viewerWords, type ShownAgent } from '../../install/chat-frame.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { priceWords } from './price-words.ts';

/**
 * `<agent-preview>`: the agent in the real widget: what a visitor sees. Its words are those on the screen; what it answers is
 * what was saved.
 *
 * @prop {string} organizationId
 * @prop {AgentWithQuestions | undefined} agent - As it is saved; undefined before that.
 * @prop {ShownAgent} shown - As it is on the screen.
 * @prop {boolean} mayChange
 * @prop {boolean} isDirty - There are edits that its answers do not have.
 */
export class AgentPreview extends LightElement {
  static readonly elements = { 'chat-frame': ChatFrame };
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) agent: AgentWithQuestions | undefined;
  @property({ attribute: false }) shown: ShownAgent | undefined;
  @property({ attribute: false }) mayChange = false;
  @property({ attribute: false }) isDirty = false;
  /** How often the person loaded it again. */
  @state() reloads = 0;
  /** What was answered here. */
  @state() answers: readonly Reply[] = [];

  protected override render(): TemplateResult {
    const { agent } = this;
    return html`<section class="card preview" aria-labelledby="preview-heading">
      <div class="card-head">
        <h2 id="preview-heading">Live preview</h2>
        <button class="button small" type="button" @click=${this.#reload}>${icon('reload')} Reload</button>
      </div>
      <p class="hint" role="status">${this.#renderState()}</p>
      ${keyed(
        this.reloads,
        html`<chat-frame
          .organizationId=${this.organizationId}
          .agentId=${this.mayChange ? agent?.id : undefined}
          .agent=${this.shown}
          .readOnly=${!this.mayChange}
          @chat-answer=${({ detail }: CustomEvent<Reply>) => (this.answers = [...this.answers, detail])}
        ></chat-frame>`,
      )}
      <p class="hint" role="status">${tokenWords(this.answers)}</p>
      ${
        agent
          ? html`<p class="hint">
              Answers here need no key and cost no credits. On a page: ${priceWords(agent)}.
              ${agent.public ? nothing : html`It is <b>private</b>: no page reaches it before you make it public.`}
            </p>`
          : nothing
      }
    </section>`;
  }

  #renderState(): string {
    if (!this.mayChange) return viewerWords;
    if (!this.agent) return 'Once the agent is saved, it answers here.';
    return this.isDirty ? 'It answers from what was saved last: save to have your edits in its answers.' : '';
  }

  readonly #reload = (): void => {
    this.reloads += 1;
    this.answers = [];
  };
}

/** What the last answer took of a language model, and how many there were. */
function tokenWords(answers: readonly Reply[]): string {
  const last = answers.at(-1);
  if (last?.reply.generated !== true) return '';
  const tokens = last.usage
    ? `${plural(last.usage.inputTokens, 'token')} read and ${count(last.usage.outputTokens)} written`
    : 'tokens not reported';
  return `Last answer: ${tokens}.`;
}
