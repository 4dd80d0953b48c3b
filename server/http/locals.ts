/** What the layers of one request leave for each other in `response.locals`. */
import type { ProblemCode } from '../core/problem.ts';
import type { Accepted, Verdict } from '../core/verdict.ts';

declare global {
  // Express's own way to type `response.locals`.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Locals {
      requestId: string;
      /** Set by `require-key`: whatever came of the credentials. */
      verdict?: Verdict;
      /** Set by `errors`: what was answered instead. */
      problemCode?: ProblemCode;
      /** Set by `errors`: what broke, for the log. */
      failure?: unknown;
    }
  }
}

/** The accepted call; only for routes behind `require-key`. */
export function callerOf(response: { locals: Express.Locals }): Accepted {
  const { verdict } = response.locals;
  if (verdict?.outcome !== 'accepted') throw new Error('This route is not behind require-key.');
  return verdict;
}
