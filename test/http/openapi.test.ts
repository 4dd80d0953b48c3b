/** `/api/openapi.json`: the document is valid, whole, and has every code and every route of the server. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problems } from '../../server/gate/problem.ts';
import { makeOpenapiBuild, readDocument, type OpenapiDocument } from '../support/openapi.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { send } from '../support/requests.ts';
import { listRoutes } from '../support/route-list.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let document: OpenapiDocument;
const build = makeOpenapiBuild();
beforeAll(async () => {
  document = readDocument();
  server = await startTestServer({ builtFolder: build.builtFolder });
});
afterAll(async () => {
  await server.stop();
  build.remove();
});

describe('GET /api/openapi.json', () => {
  test('is the document, for every site, and 304 to who has it', async () => {
    const reply = await send(server, '/api/openapi.json');
    expect(reply.status).toBe(200);
    expect(reply.json()).toEqual(document);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=300',
    });
    const again = await send(server, '/api/openapi.json', { headers: { 'if-none-match': reply.headers.etag! } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('where it was not built, a problem says so', async () => {
    const bare = await startTestServer({ builtFolder: `${build.builtFolder}/nowhere` });
    try {
      const reply = await send(bare, '/api/openapi.json');
      expect(reply.problem()).toMatchObject({ code: 'not_found', detail: 'The document was not built.' });
    } finally {
      await bare.stop();
    }
  });
});

/** Pages and files, for people and browsers. */
const leftOut = /^\/($|sign-in$|forgotten$|setup$|account$|org\/|demo(\/|$)|widget|dashboard\/|api\/docs|llms\.txt$)/;

describe('the document', () => {
  test('is valid OpenAPI 3.1, and its examples fit their schemas', async () => {
    const rules = {
      'no-invalid-media-type-examples': 'error',
      'no-invalid-parameter-examples': 'error',
      'no-invalid-schema-examples': 'error',
      'operation-description': 'off',
      'operation-summary': 'error',
      'security-defined': 'error',
      'tag-description': 'error',
    } as const;
    const config = await createConfig({ extends: ['spec'], rules });
    const found = await lintFromString({ source: JSON.stringify(document), config });
    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
    expect(document.openapi).toBe('3.1.1');
  });

  test('has every route of the server, but pages and files, and no other', () => {
    const routes = listRoutes().filter(({ path }) => !leftOut.test(path));
    const ofServer = routes.flatMap(({ path, methods }) => {
      const written = path.replace('{*path}', '{path}').replaceAll(/:(\w+)/g, '{$1}');
      return methods.map((method) => `${method} ${written}`);
    });
    const isExtra = (method: string, path: string): boolean =>
      // Any method, and a preflight for each that pages call.
      (path.startsWith('/api/v1/authorize') && method !== 'get') ||
      (path.startsWith('/api/v1/') && method === 'options');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => !isExtra(method, path))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...new Set(ofServer)].sort());
  });

  test.each(Object.entries(problems))(
    'has the problem %s, as the table and docs/errors.md',
    (code, { status, title }) => {
      const named = Object.values(document.components.schemas).filter(
        ({ properties }) => (properties as { code?: { const?: string } } | undefined)?.code?.const === code,
      );
      expect(named.length).toBeGreaterThan(0);
      for (const schema of named)
        expect(schema).toMatchObject({ description: title, properties: { status: { const: status } } });
      expect(readRepositoryFile('docs/errors.md')).toContain(`## ${code}\n`);
    },
  );

  test('every code of a problem can be the answer of some call', () => {
    const text = JSON.stringify([document.paths, document.components.responses]);
    const unused = Object.entries(document.components.schemas).filter(
      ([name, { properties }]) =>
        typeof (properties as { code?: { const?: string } } | undefined)?.code?.const === 'string' &&
        !text.includes(`#/components/schemas/${name}"`),
    );
    expect(unused.map(([name]) => name)).toEqual([]);
  });

  test('bodies take no unknown field, but those of clients that others wrote', () => {
    const ofOthers = new Set(['createChatCompletion', 'sendUiMessage']);
    const bodies = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .filter(({ operationId }) => !ofOthers.has(operationId))
      .flatMap(({ requestBody }) => requestBody?.content['application/json'] ?? []);
    expect(bodies.length).toBeGreaterThan(10);
    for (const { schema } of bodies) expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
