/** A client whose types are generated from the served document: strict TypeScript takes it, and it works. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOpenapiBuild } from '../support/openapi.ts';
import { pathInRepository } from '../support/repository.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const run = promisify(execFile);

/** Somebody's own program: it makes a key with a pair that manages keys, and sends a message with it. */
const program = `
import createClient from 'openapi-fetch';
import type { components, paths } from './postern.js';

const [baseUrl = '', pair = '', organizationId = '', agentId = ''] = process.argv.slice(2);
const clientOf = (credentials: string) =>
  createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${credentials}\` } });

const made = await clientOf(pair).POST('/api/org/{organizationId}/api-keys', {
  params: { path: { organizationId } },
  body: { name: 'Made by a client', allowedDomains: 'shop.example', metadata: { plan: 'pro' } },
});
if (made.error) throw new Error(made.error.detail);
const { key, secretKey } = made.data;
const scopes: readonly string[] = key.scopes;

const answered = await clientOf(\`\${key.publicKey}:\${secretKey}\`).POST('/api/v1/agents/{agentId}/messages', {
  params: { path: { agentId } },
  body: { message: 'When do you open?' },
});
if (answered.error) throw new Error(answered.error.code);
// It could be the text of a stream, had it been asked for.
if (typeof answered.data === 'string') throw new Error(answered.data);
const reply: components['schemas']['Reply'] = answered.data;

const refused = await clientOf(key.publicKey).GET('/api/v1/key');
const code = refused.error?.code;
if (code === 'origin_missing') console.log(JSON.stringify({ scopes, text: reply.reply.text, left: reply.credits.remaining, code }));
`;

let server: TestServer;
let folder: string;
const build = makeOpenapiBuild();
beforeAll(async () => {
  server = await startTestServer({ builtFolder: build.builtFolder });
  // Where the client's package is found, as in a project that has installed it.
  const kept = pathInRepository('node_modules/.cache');
  mkdirSync(kept, { recursive: true });
  folder = mkdtempSync(join(kept, 'openapi-client-'));
  const types = await openapiTS(new URL(`${server.url}/api/openapi.json`));
  writeFileSync(join(folder, 'postern.d.ts'), astToString(types));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(async () => {
  await server.stop();
  build.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What strict TypeScript says of it; nothing, and it is compiled. */
function compile(text: string): readonly string[] {
  const path = join(folder, 'program.ts');
  writeFileSync(path, text);
  const compiler = ts.createProgram([path], {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    skipLibCheck: true,
  });
  const found = ts
    .getPreEmitDiagnostics(compiler)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  if (found.length === 0) compiler.emit();
  return found;
}

test('it makes a key, sends a message and reads the reply', async () => {
  expect(compile(program)).toEqual([]);
  const organizationId = await server.createOrganization(10);
  const agent = await server.createAgent(organizationId);
  const manager = await server.createKey(organizationId, { scopes: ['keys:manage'] });
  const pair = `${manager.publicKey}:${manager.secretKey}`;
  const ran = await run(process.execPath, [join(folder, 'program.js'), server.url, pair, organizationId, agent.id]);
  expect(JSON.parse(ran.stdout)).toEqual({
    scopes: ['agents:read', 'messages:write'],
    text: 'We open at nine. Every day.',
    left: 9,
    code: 'origin_missing',
  });
});

test('the types refuse a field of another kind, a code that this call has not, a field that an answer has not, a path', () => {
  const mistakes = [
    ["allowedDomains: 'shop.example'", 'allowedDomains: 7'],
    ["code === 'origin_missing'", "code === 'body_too_large'"],
    ['key.scopes', 'key.permissions'],
    ["'/api/v1/key'", "'/api/v1/keys'"],
  ] as const;
  let text = program;
  for (const [right, wrong] of mistakes) {
    expect(text).toContain(right);
    text = text.replace(right, wrong);
  }
  expect(compile(text).length).toBeGreaterThanOrEqual(mistakes.length);
});
