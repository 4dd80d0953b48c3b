/** Which of an agent's questions are on the screen. */
import type { DraftQuestion } from './draft.ts';

const questionsPerPage = 20;

export interface QuestionPage {
  readonly entries: readonly DraftQuestion[];
  /** Position of the first one, from 0. */
  readonly first: number;
  readonly page: number;
  readonly pages: number;
}

/** Those with the text in their question, another wording of it or their answer, and the one that is open; all of them for no text. */
export function searchQuestions(
  questions: readonly DraftQuestion[],
  wanted: string,
  openId?: number,
): readonly DraftQuestion[] {
  const text = wanted.trim().toLowerCase();
  if (text === '') return questions;
  return questions.filter(
    ({ id, question, aliases, answer }) =>
      id === openId || [question, ...aliases, answer].some((words) => words.toLowerCase().includes(text)),
  );
}

/** A page that is past the end is the last one. */
export function pageOf(questions: readonly DraftQuestion[], wantedPage: number): QuestionPage {
  const pages = Math.max(1, Math.ceil(questions.length / questionsPerPage));
  const page = Math.min(wantedPage, pages - 1);
  const first = page * questionsPerPage;
  return { entries: questions.slice(first, first + questionsPerPage), first, page, pages };
}

/** The page on which the question at a position is. */
export function pageAt(position: number): number {
  return Math.max(0, Math.floor(position / questionsPerPage));
}
