import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import type { UnansweredQuestion } from '../../../server/http/wire.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { listUnanswered } from '../../api.ts';
import { badge } from '../../components/badge.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { count } from '../../components/number-words.ts';
import { skeleton } from '../../components/skeleton.ts';
import { Resource } from '../../controllers/resource.ts';
import { sectionPath } from '../../route.ts';

const days = 30;
/** The others come once these are answered. */
const shownMax = 10;

/**
 * `<agent-unanswered>`: what visitors asked and the agent had no answer to, each with a way to add one.
 *
 * @prop {string} organizationId
 * @prop {string} agentId
 * @prop {number} revision - Of what is saved: with another one it is read again.
 * @prop {boolean} readOnly
 * @prop {boolean} hasQuestions - There is a question that can get another wording.
 *
 * @fires {CustomEvent<UnansweredQuestion>} wording-wanted - The question that is another wording of one that is there.
 * @fires {CustomEvent<string>} answer-wanted - The question that should get an answer.
 */
export class UnansweredQuestions extends LightElement {
  @property() organizationId = '';
  @property() agentId = '';
  @property({ type: Number }) revision = 0;
  @property({ attribute: false }) readOnly = false;
  @property({ attribute: false }) hasQuestions = false;
  readonly #questions = new Resource(this, (signal) => listUnanswered(this.organizationId, this.agentId, days, signal));

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('revision') && changed.get('revision') !== undefined) void this.#questions.refresh();
  }

  protected override render(): TemplateResult {
    const { value, failure } = this.#questions;
    return html`<section class="card stack tight" aria-labelledby="unanswered-heading">
      <h2 id="unanswered-heading">Asked, not answered <span class="soft">last ${days} days</span></h2>
      ${
        value
          ? this.#renderList(value)
          : failure
            ? failureBlock(failure, () => void this.#questions.load())
            : skeleton('Loading what was not answered', 2)
      }
    </section>`;
  }

  #renderList(questions: readonly UnansweredQuestion[]): TemplateResult {
    if (questions.length === 0) return html`<p class="soft">No question without an answer in what is kept.</p>`;
    // What is answered by now needs nobody any more.
    const inOrder = [...questions].sort((a, b) => Number(a.answeredNow) - Number(b.answeredNow));
    const rest = inOrder.length - shownMax;
    return html`<ul class="unanswered-list">
        ${inOrder.slice(0, shownMax).map((question) => this.#renderQuestion(question))}
      </ul>
      ${rest > 0 ? html`<p class="soft">And ${count(rest)} more.</p>` : nothing}`;
  }

  #renderQuestion(asked: UnansweredQuestion): TemplateResult {
    const { question, count, lastAskedAt, conversationIds, answeredNow } = asked;
    const [newest] = conversationIds;
    return html`<li>
      <div class="unanswered-question">
        <p dir="auto">${question}</p>
        <p class="soft">
          ${count === 1 ? 'Once' : `${count} times`}, <ui-time .at=${lastAskedAt}></ui-time>
          ${
            newest === undefined
              ? nothing
              : html`· <a href=${`${sectionPath(this.organizationId, 'conversations')}/${newest}`}>Read it</a>`
          }
        </p>
      </div>
      ${
        answeredNow
          ? badge('good', 'Answered now')
          : this.readOnly
            ? nothing
            : html`<div class="row">
                ${this.#renderButton('answer-wanted', 'Add an answer', `Add an answer to “${question}”`, question)}
                ${
                  this.hasQuestions
                    ? this.#renderButton(
                        'wording-wanted',
                        'Add as another wording',
                        `Add as another wording: “${question}”`,
                        asked,
                      )
                    : nothing
                }
              </div>`
      }
    </li>`;
  }

  #renderButton(event: string, words: string, label: string, detail: unknown): TemplateResult {
    return html`<button
      class="button small"
      type="button"
      aria-label=${label}
      @click=${() => this.dispatchEvent(new CustomEvent(event, { detail }))}
    >
      ${words}
    </button>`;
  }
}
