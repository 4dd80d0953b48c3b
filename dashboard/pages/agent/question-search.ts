import { html, nothing, type TemplateResult } from 'lit';
import { count } from '../../components/number-words.ts';

interface QuestionSearch {
  readonly wanted: string;
  readonly found: number;
  readonly all: number;
  readonly search: (wanted: string) => void;
}

/** Searches as one types; Enter does not save the form around it. */
export function questionSearch({ wanted, found, all, search }: QuestionSearch): TemplateResult {
  return html`<div class="question-search">
    <input
      type="search"
      aria-label="Search the questions and answers"
      placeholder="Search"
      .value=${wanted}
      @input=${({ currentTarget }: InputEvent) => search((currentTarget as HTMLInputElement).value)}
      @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && event.preventDefault()}
    />
    <span class="soft" role="status">${wanted.trim() === '' ? nothing : `${count(found)} of ${count(all)}`}</span>
  </div>`;
}
