/** Reads bodies, queries and ids that a client names; nothing reaches a look-up before it has passed here. */
import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import type { Refusal } from '../core/problem.ts';

export const bodyBytesMax = 64 * 1024;

export function createJsonBody(): RequestHandler {
  return express.json({ limit: bodyBytesMax, type: 'application/json' });
}

/** The body as a schema sees it, or every problem with it. */
export function parseBody<Output>(schema: z.ZodType<Output>, request: Request): { value: Output } | Refusal {
  if (request.is('application/json') === false || request.body === undefined) {
    return {
      code: 'request_invalid',
      fix: 'Send a JSON object with Content-Type: application/json.',
      problems: [{ path: '', message: 'There is no JSON body.' }],
    };
  }
  return parseWith(schema, request.body);
}

const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .regex(/^[a-z]{3}_[0-9a-z]{1,40}$/, 'Not a cursor of this list.')
    .optional(),
});

export function parsePage(request: Request): { value: z.output<typeof pageQuery> } | Refusal {
  return parseWith(pageQuery, request.query);
}

function parseWith<Output>(schema: z.ZodType<Output>, input: unknown): { value: Output } | Refusal {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data };
  return { code: 'request_invalid', problems: result.error.issues.map(toFieldProblem) };
}

function toFieldProblem(issue: z.core.$ZodIssue): { path: string; message: string } {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...issue.path, ...(unknown === undefined ? [] : [unknown])].join('.').slice(0, 200);
  return { path, message: issue.code === 'unrecognized_keys' ? 'This field is not known here.' : issue.message };
}

/** An id as this server makes them; anything else can't be anyone's. */
export function isId(text: string | string[] | undefined, prefix: 'agt' | 'cnv' | 'key' | 'org'): text is string {
  return typeof text === 'string' && text.startsWith(`${prefix}_`) && /^[a-z]{3}_[0-9a-z]{1,40}$/.test(text);
}
