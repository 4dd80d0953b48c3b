/** Reads bodies, queries and ids that a client names; nothing reaches a look-up before it has passed here. */
import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { withoutKeys } from '../gate/key-format.ts';
import { isRefusal, refuse, type FieldProblem, type Refusal } from '../gate/problem.ts';
import type { IdPrefix } from '../records/id.ts';
import { daysQuery, messagePageQuery, pageLimitDefault, pageQuery } from './request-input.ts';

const bodyBytesMax = 64 * 1024;
/** So that a body of nothing but mistakes gets no longer an answer than anyone reads. */
const problemsMax = 50;

export function createJsonBody(bytesMax = bodyBytesMax): RequestHandler {
  return express.json({ limit: bytesMax, type: 'application/json', inflate: false, verify: assertUtf8 });
}

/** Another encoding, or broken text, would be stored with U+FFFD in it, and paid for. */
function assertUtf8(_request: unknown, _response: unknown, body: Buffer, charset: string): void {
  if (!/^utf-?8$/.test(charset) || !isUtf8(body)) throw new Error('The body is not UTF-8.');
}

/** The body as a schema sees it, or every problem with it. `absent`: what no body at all means, where it may be left out. */
export function parseBody<Output>(
  schema: z.ZodType<Output>,
  request: Request,
  absent?: object,
): { value: Output } | Refusal {
  if (absent !== undefined && request.body === undefined && isWithoutBody(request)) return parseWith(schema, absent);
  if (request.is('application/json') === false || request.body === undefined) {
    return refuse('request_invalid', {
      fix: 'Send a JSON object with Content-Type: application/json.',
      problems: [{ path: '', message: 'There is no JSON body.' }],
    });
  }
  return parseWith(schema, request.body);
}

/** As `fetch` and other clients send it: a length of 0 or none, and no type. */
function isWithoutBody({ headers }: Request): boolean {
  return headers['content-type'] === undefined && (headers['content-length'] ?? '0') === '0';
}

/** `?days=1..90`: how many days back, today included. */
export function parseDays(request: Request): { value: number } | Refusal {
  const result = parseWith(daysQuery, request.query);
  return isRefusal(result) ? result : { value: result.value.days };
}

export function parsePage(request: Request): { value: z.output<typeof pageQuery> } | Refusal {
  // Most lists are asked for without a query, and those need not wait for one to be parsed.
  if (!request.url.includes('?')) return { value: { limit: pageLimitDefault } };
  return parseWith(pageQuery, request.query);
}

/** `?limit=1..100&before=`: the newest messages, or those before one. */
export function parseMessagePage(request: Request): { value: z.output<typeof messagePageQuery> } | Refusal {
  return parseWith(messagePageQuery, request.query);
}

/** A query or a body by a schema of the route's own. */
export function parseWith<Output>(schema: z.ZodType<Output>, input: unknown): { value: Output } | Refusal {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data };
  const issues = result.error.issues.slice(0, problemsMax);
  return refuse('request_invalid', { problems: issues.flatMap(toFieldProblems).slice(0, problemsMax) });
}

/** What was sent is told back only where it can not be a key that somebody put into the wrong place. */
function toFieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const pathOf = (more: readonly string[]): string => withoutKeys([...issue.path, ...more].join('.')).slice(0, 200);
  if (issue.code !== 'unrecognized_keys') return [{ path: pathOf([]), message: withoutKeys(issue.message) }];
  return issue.keys
    .slice(0, problemsMax)
    .map((name) => ({ path: pathOf([name]), message: 'This field is not known here.' }));
}

/** An id as this server makes them; anything else can't be anyone's. */
export function isId(text: string | string[] | undefined, prefix: IdPrefix): text is string {
  return typeof text === 'string' && text.startsWith(`${prefix}_`) && /^[a-z]{3}_[0-9a-z]{1,40}$/.test(text);
}
