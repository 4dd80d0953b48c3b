/** Refuses what has too many header lines: Node drops those past some thousand, so one that is dropped could look absent. */
import type { RequestHandler } from 'express';
import type { ProblemAnswers } from './errors.ts';

const headerLinesMax = 100;

export function createHeaderGuard(answers: ProblemAnswers): RequestHandler {
  return (request, response, next) => {
    if (request.rawHeaders.length <= 2 * headerLinesMax) {
      next();
      return;
    }
    response.setHeader('Connection', 'close');
    answers.answer(response, { code: 'headers_too_many', fix: `Send at most ${headerLinesMax} header lines.` });
  };
}
