/**
 * A problem as clients of the OpenAI interface read it. They show `message` and `code`, and repeat 408, 409, 429 and 5xx by
 * themselves, unless they are told that it can't help.
 */
import type { ProblemDocument } from '../gate/problem.ts';
import type { OpenAiError } from './wire-openai.ts';

const statusesWorthRepeating = new Set([408, 429, 502, 503]);

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
};

export function isWorthRepeating(status: number): boolean {
  return statusesWorthRepeating.has(status);
}

export function openAiErrorOf({ status, code, detail, fix, problems = [] }: ProblemDocument): OpenAiError {
  const places = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return {
    message: [detail, ...places, fix].filter((sentence) => sentence !== undefined).join(' '),
    type: types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    code,
    param: problems[0]?.path ?? null,
  };
}
