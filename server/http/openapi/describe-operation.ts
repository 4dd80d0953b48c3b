/** One operation as the document has it: its parameters, its body by the schema that checks it, and every answer. */
import { z } from 'zod';
import { changedFaqInput, faqInput } from '../../agents/faq-source.ts';
import { problems, type ProblemCode } from '../../gate/problem.ts';
import { codesOf, securityOf, whoMay } from './callers.ts';
import { answerExamples, requestExamples } from './examples.ts';
import type { HeaderName } from './headers.ts';
import type { Answer, Caller, Operation } from './operation.ts';
import { problemName } from './problem-schemas.ts';
import type { Schema } from './wire-schemas.ts';

/** A part of the document that is no schema. */
export type Part = Readonly<Record<string, unknown>>;

/** Called with a key, from pages too. */
export const isOfKeys = ({ path }: Operation): boolean => path.startsWith('/api/v1/');
const isCounted = ({ kind }: Caller): boolean => ['key', 'member', 'proxy'].includes(kind);

/** Those that can come with an answer. */
function headersOf(operation: Operation, codes: readonly ProblemCode[], own: readonly HeaderName[] = []): Part {
  const { caller } = operation;
  const isProblem = codes.length > 0;
  const isProxied = caller.kind === 'proxy';
  const { status } = isProblem && codes[0] !== undefined ? problems[codes[0]] : { status: 200 };
  const isRetried = codes.some((code) => ['rate_limited', 'server_busy', 'store_unavailable'].includes(code));
  const names: HeaderName[] = ['X-Request-Id', 'Cache-Control'];
  if (isOfKeys(operation)) names.push('X-Content-Type-Options');
  if (isOfKeys(operation) && (!isProxied || isProblem)) names.push(...forPages);
  if (isOfKeys(operation) && !isProxied) names.push('Vary');
  if (isOfKeys(operation) && isProblem && !isProxied) names.push('X-Should-Retry');
  if (isCounted(caller) || codes.includes('rate_limited')) names.push('RateLimit', 'RateLimit-Policy');
  if (codes.includes('sign_in_required')) names.push('Set-Cookie');
  if (isProxied && isProblem) names.push('Postern-Code', 'Postern-Status');
  if (status === 401 || codes.includes('scope_missing')) names.push('WWW-Authenticate');
  if (isRetried || codes.includes('conflict')) names.push('Retry-After');
  return Object.fromEntries([...names, ...own].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const forPages = ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'] as const;

/** Puts an answer where others find it, and gives what refers to it. */
type ShareRefusal = (status: number, response: Part) => Part;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

function describeAnswer(operation: Operation, status: number, answer: Answer): Part {
  const { type, events, lines, texts = {} } = answer;
  const content: Record<string, Part> = {};
  if (type !== undefined) content['application/json'] = { schema: ref(type), ...answerExamples(operation.id, status) };
  if (events !== undefined) content['text/event-stream'] = { schema: describeStream(events) };
  if (lines !== undefined) content['text/event-stream'] = { schema: describeLines(lines) };
  for (const [mediaType, what] of Object.entries(texts)) {
    const schema = mediaType === 'application/json' ? { type: 'object' } : { type: 'string', description: what };
    content[mediaType] = { schema };
  }
  return {
    description: answer.description,
    headers: headersOf(operation, [], answer.headers),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

function describeStream(events: Readonly<Record<string, string>>): Schema {
  const lines = Object.entries(events).map(([name, type]) => `\`event: ${name}\`, \`data:\` a \`${type}\` as JSON`);
  return {
    type: 'string',
    description: `Server-sent events: ${lines.join('; ')}.`,
    'x-events': Object.fromEntries(Object.entries(events).map(([name, type]) => [name, ref(type)])),
  };
}

function describeLines(types: readonly string[]): Schema {
  const words = types.map((type) => `a \`${type}\``).join(' or ');
  return {
    type: 'string',
    description: `Server-sent events without names: each \`data:\` ${words} as JSON; \`[DONE]\` is the last one of an answer that is whole.`,
    'x-lines': { anyOf: types.map(ref) },
  };
}

/** All problems of one status. */
function describeRefusals(operation: Operation, status: number, codes: readonly ProblemCode[]): Part {
  const { conflict } = operation;
  const schemas = codes.map((code) =>
    ref(code === 'conflict' && conflict !== undefined ? `${conflict}Problem` : problemName(code)),
  );
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join(' '),
    headers: headersOf(operation, codes, operation.refusedHeaders),
    content: {
      'application/problem+json': {
        schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas },
        ...answerExamples(operation.id, status),
      },
    },
  };
}

function describeAnswers(operation: Operation, share: ShareRefusal): Part {
  const codes = codesOf(operation);
  const statuses = new Set(codes.map((code) => problems[code].status));
  // A proxy may have asked for any other status to become 403.
  const isAnyCode = (status: number): boolean => status === 403 && operation.caller.kind === 'proxy';
  return Object.fromEntries([
    ...Object.entries(operation.answers).map(
      ([status, answer]) => [status, describeAnswer(operation, Number(status), answer)] as const,
    ),
    ...[...statuses].map((status) => {
      const some = codes.filter((code) => isAnyCode(status) || problems[code].status === status);
      return [String(status), share(status, describeRefusals(operation, status, some))] as const;
    }),
  ]);
}

/** As it is sent. What a program may write that the schema does not show stands here. */
function describeBody(schema: z.ZodType): Schema {
  const described = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (![faqInput, changedFaqInput].some((faq) => faq === zodSchema)) return;
      const list = { ...jsonSchema };
      for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name);
      const markdown = {
        type: 'string',
        description:
          'Markdown: every heading with text below it is a question, lines of `Also asked:` below it are other wordings.',
      } as const;
      jsonSchema.anyOf = [list, markdown];
    },
  });
  delete described.$schema;
  return described as Schema;
}

/** A query is text; the numbers in it are shown as numbers. So what the schema makes of it is described. */
function describeQuery(query: z.ZodObject): readonly Part[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'output' }) as Schema;
  const { required = [] } = z.toJSONSchema(query, { io: 'input' }) as Schema;
  return Object.entries(properties).map(([name, { description: what, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description: what,
    schema,
  }));
}

function describeParameters({ path, query, requestHeaders = {} }: Operation): readonly Part[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...(query === undefined ? [] : describeQuery(query)),
    ...Object.entries(requestHeaders).map(([name, what]) => ({
      name,
      in: 'header',
      description: what,
      schema: { type: 'string' },
    })),
  ];
}

export function describeOperation(operation: Operation, share: ShareRefusal): Part {
  const { id, tag, summary, caller, body } = operation;
  const who = caller.kind === 'member' ? whoMay[caller.role] : undefined;
  const text = [operation.description, who].filter((part) => part !== undefined).join(' ');
  const parameters = describeParameters(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text !== '' && { description: text }),
    security: securityOf(caller),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        required: operation.isBodyOptional !== true,
        content: { 'application/json': { schema: describeBody(body), ...requestExamples(id) } },
      },
    }),
    responses: describeAnswers(operation, share),
  };
}
