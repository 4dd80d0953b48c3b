import type { LitElement } from 'lit';
import type { QuestionEditor } from './question-editor.ts';

/** Puts the focus on the first field of the form that something is wrong with, and opens the question that it is in. */
export async function focusFirstProblem(page: LitElement): Promise<void> {
  await page.updateComplete;
  const questions = page.querySelector<QuestionEditor>('agent-questions');
  await Promise.all([questions?.updateComplete, page.querySelector<LitElement>('agent-suggestions')?.updateComplete]);
  const invalid = page.querySelector<HTMLElement>('form [aria-invalid]');
  if (invalid && questions && isAbove(invalid, questions)) return invalid.focus();
  if (questions?.revealProblem() === true) return;
  (invalid ?? page.querySelector<HTMLElement>('.add-question'))?.focus();
}

function isAbove(element: HTMLElement, other: HTMLElement): boolean {
  const isInside = other.contains(element);
  return !isInside && (element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
