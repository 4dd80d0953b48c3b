/**
 * Refuses what has too many header lines: Node drops those past some thousand, so one that is dropped could look absent. And
 * what does not say which host it asks, as HTTP/1.1 must.
 */
import type { Request, RequestHandler } from 'express';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { ProblemAnswers } from './errors.ts';

const headerLinesMax = 100;

export function createHeaderGuard(answers: Pick<ProblemAnswers, 'answer'>): RequestHandler {
  return (request, response, next) => {
    const refusal = check(request);
    if (refusal === undefined) {
      next();
      return;
    }
    response.setHeader('Connection', 'close');
    answers.answer(response, refusal);
  };
}

function check({ rawHeaders, headers, httpVersion }: Request): Refusal | undefined {
  if (rawHeaders.length > 2 * headerLinesMax)
    return refuse('headers_too_many', { fix: `Send at most ${headerLinesMax} header lines.` });
  if (headers.host === undefined && httpVersion !== '1.0')
    return refuse('request_invalid', { problems: [{ path: '', message: 'The header Host is missing.' }] });
  return undefined;
}
