/** The OpenAPI document as the build makes it, in a folder that a server serves it from, and as a test reads it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDocument } from '../../server/http/openapi/document.ts';
import { version } from '../../server/version.ts';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
}

interface Content {
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface OpenapiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface OpenapiHeader {
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface OpenapiResponse {
  readonly headers: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface OpenapiOperation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly OpenapiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, OpenapiResponse | { readonly $ref: string }>>;
}

export interface OpenapiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly headers: Readonly<Record<string, OpenapiHeader>>;
    readonly responses: Readonly<Record<string, OpenapiResponse>>;
  };
}

let made: string | undefined;

function documentText(): string {
  return (made ??= JSON.stringify(makeDocument(version)));
}

export function readDocument(): OpenapiDocument {
  return JSON.parse(documentText()) as OpenapiDocument;
}

/** A build with nothing else in it. */
export function makeOpenapiBuild(): { readonly builtFolder: string; remove(): void } {
  const builtFolder = mkdtempSync(join(tmpdir(), 'postern-openapi-'));
  mkdirSync(join(builtFolder, 'server'));
  writeFileSync(join(builtFolder, 'server/openapi.json'), documentText());
  return { builtFolder, remove: () => rmSync(builtFolder, { recursive: true, force: true }) };
}

/** What a `$ref` names; anything else itself. */
export function resolveRef<Part extends object>(
  document: OpenapiDocument,
  part: Part | { readonly $ref: string },
): Part {
  if (!('$ref' in part) || typeof part.$ref !== 'string') return part as Part;
  const names = part.$ref.slice('#/'.length).split('/');
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document) as Part;
}
