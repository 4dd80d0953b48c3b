/**
 * The OpenAPI document, put together from the table of operations, the schemas that check requests, the types of answers and
 * the table of problems. It is made when the server is built.
 */
import { problems, type ProblemCode } from '../../gate/problem.ts';
import { builtInScopes } from '../../gate/scope.ts';
import { describeOperation, isOfKeys, ref, type Part } from './describe-operation.ts';
import { headers, pageHeaders, type HeaderName } from './headers.ts';
import type { Method, Operation } from './operation.ts';
import { orgOperations } from './org-operations.ts';
import { otherOperations } from './other-operations.ts';
import { describeProblem, describeProblems, problemName } from './problem-schemas.ts';
import { v1Operations } from './v1-operations.ts';
import { makeWireSchemas, type Schemas } from './wire-schemas.ts';

const operations: readonly Operation[] = [...v1Operations, ...orgOperations, ...otherOperations];

const tags: Readonly<Record<string, string>> = {
  Chat: 'Agents and conversations, for pages and programs that have a key.',
  'Protect your own API': 'The verdict on a visitor’s key, for an API of your own or the proxy in front of it.',
  Keys: 'An organization’s keys.',
  'Usage and credits': 'What the keys did, and what it cost.',
  Agents: 'What answers an organization’s visitors.',
  Conversations: 'What visitors asked and were answered.',
  Members: 'Who belongs to an organization, and who changed what.',
  Webhooks: 'Where an organization is told what happened.',
  Sessions: 'Signing in, for pages of the server itself.',
  'The server': 'What is asked about the server itself.',
  Preflights: 'What a browser asks by itself before a page’s call.',
};

const description = `Publishable keys work from allowed web origins only; key pairs work from anywhere.

Everything is JSON in UTF-8. Times are ISO 8601 in UTC. Ids are opaque texts. An unknown field of a body is an error. Every refusal is a
problem (RFC 9457): look at its \`code\`. An answer may get further fields in a later version.

A path that nobody knows is \`NotFound\`, a method that a path does not have \`MethodNotAllowed\`; every \`GET\` answers \`HEAD\` too. Paths are
matched exactly. Answers outside \`/api/v1\` also have ${pageHeaders.map((name) => `\`${name}\``).join(', ')}, which say nothing to a program.`;

const securitySchemes = {
  publishableKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'pk_…',
    description: 'A publishable call: the `Origin` that the browser sends is checked.',
  },
  keyPair: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'pk_…:sk_…',
    description: `A secret call, from anywhere. Where a scope is named the key must have it: ${builtInScopes.map((name) => `\`${name}\``).join(', ')}.`,
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'postern',
    description:
      'The cookie of a person who is signed in, sent by pages of the server itself. Its name has the port where there is one (`postern-3000`), and begins with `__Host-` over https. A change also needs the server’s own `Origin`.',
  },
  metricsToken: { type: 'http', scheme: 'bearer', description: 'The server’s `METRICS_TOKEN`.' },
};

const preflightHeaders = [
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Max-Age',
] as const;

/** What a browser asks before a page's call. Anybody may. */
function preflightOf({ path, id }: Operation): Operation {
  return {
    method: 'options',
    path,
    id: `${id}Preflight`,
    tag: 'Preflights',
    summary: 'May a page call this? Every page may',
    caller: { kind: 'anyone' },
    refusedHeaders: preflightHeaders,
    answers: { 204: { description: 'The methods and headers that are allowed. No body.', headers: preflightHeaders } },
  };
}

const anyMethods: readonly Method[] = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** One row for each method. */
function describedOperations(): readonly (Operation & { readonly method: Method })[] {
  const isPreflighted = (operation: Operation): boolean => isOfKeys(operation) && operation.method !== 'any';
  return [...operations, ...operations.filter(isPreflighted).map(preflightOf)].flatMap((operation) => {
    const { method, id } = operation;
    if (method !== 'any') return [{ ...operation, method }];
    return anyMethods.map((one) => {
      const suffix = one === 'get' ? '' : `By${one.charAt(0).toUpperCase()}${one.slice(1)}`;
      return { ...operation, method: one, id: `${id}${suffix}` };
    });
  });
}

function answerTypes(): readonly string[] {
  const named = operations.flatMap(({ answers, conflict }) => [
    ...(conflict === undefined ? [] : [conflict]),
    ...Object.values(answers).flatMap(({ type, events = {}, lines = [] }) => [
      ...(type === undefined ? [] : [type]),
      ...Object.values(events),
      ...lines,
    ]),
  ]);
  return [...new Set([...named, 'ProblemDocument'])];
}

/** Many operations are refused alike: each answer stands once, under a name. */
function shareRefusals() {
  const responses: Record<string, Part> = {};
  const names = new Map<string, string>();
  return {
    responses,
    take: (status: number, response: Part): Part => {
      const text = JSON.stringify(response);
      const others = Object.keys(responses).filter((name) => name.startsWith(`Refused${status}`)).length;
      const name = names.get(text) ?? `Refused${status}${others === 0 ? '' : `-${others + 1}`}`;
      names.set(text, name);
      responses[name] = response;
      return { $ref: `#/components/responses/${name}` };
    },
  };
}

const conflictTypes = operations.flatMap(({ conflict }) => conflict ?? []);

/** They stand in a problem each. */
function withoutConflicts(wire: Schemas): Schemas {
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !conflictTypes.includes(name)));
}

/** A conflict that says more, under a name of its own. */
function describeConflicts(wire: Schemas): Schemas {
  return Object.fromEntries(
    conflictTypes.map((type) => [`${type}Problem`, describeProblem(wire, 'conflict', wire[type])]),
  );
}

const ofKeyCalls = [
  'X-Content-Type-Options',
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
] as const satisfies readonly HeaderName[];

/** `version`: of Postern. */
export function makeDocument(version: string): Part {
  const wire = makeWireSchemas(answerTypes());
  const paths: Record<string, Record<string, Part>> = {};
  const shared = shareRefusals();
  for (const operation of describedOperations()) {
    (paths[operation.path] ??= {})[operation.method] = describeOperation(operation, shared.take);
  }
  const unknown = (code: ProblemCode, own: readonly HeaderName[] = []): Part => ({
    description: problems[code].title,
    headers: Object.fromEntries([
      ...[...own, 'X-Request-Id', 'Cache-Control'].map(
        (name) => [name, { $ref: `#/components/headers/${name}` }] as const,
      ),
      // Under `/api/v1` alone.
      ...ofKeyCalls.map(
        (name) => [name, { description: headers[name].description, schema: headers[name].schema }] as const,
      ),
    ]),
    content: { 'application/problem+json': { schema: ref(problemName(code)) } },
  });
  return {
    openapi: '3.1.1',
    info: {
      title: 'Postern',
      version,
      summary: 'A gate for public API keys.',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    tags: Object.entries(tags).map(([name, what]) => ({ name, description: what })),
    paths,
    components: {
      securitySchemes,
      headers,
      responses: {
        ...shared.responses,
        NotFound: unknown('not_found', ['Vary']),
        MethodNotAllowed: unknown('method_not_allowed', ['Allow', 'X-Should-Retry']),
      },
      schemas: { ...withoutConflicts(wire), ...describeProblems(wire), ...describeConflicts(wire) },
    },
  };
}
