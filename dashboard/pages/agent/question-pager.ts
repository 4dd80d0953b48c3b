import { html, nothing, type TemplateResult } from 'lit';
import { count } from '../../components/number-words.ts';
import type { QuestionPage } from './question-pages.ts';

/** From one page of questions to the next. `found`: on all of them. */
export function questionPager(
  { entries, first, page, pages }: QuestionPage,
  found: number,
  turn: (page: number) => void,
): TemplateResult {
  const step = (words: string, to: number): TemplateResult => {
    const isHeld = to < 0 || to >= pages;
    return html`<button
      class="button small"
      type="button"
      aria-disabled=${isHeld ? 'true' : nothing}
      @click=${() => isHeld || turn(to)}
    >
      ${words}
    </button>`;
  };
  return html`<nav class="row between" aria-label="Pages of questions">
    ${step('Previous', page - 1)}
    <span class="soft" role="status">${count(first + 1)}–${count(first + entries.length)} of ${count(found)}</span>
    ${step('Next', page + 1)}
  </nav>`;
}
