/**
 * The JSON Schema of every type of `wire.ts` that an answer has, made from the types themselves. Comments become
 * descriptions. It needs TypeScript, so it runs when the server is built and not in the server.
 */
import { join } from 'node:path';
import { createGenerator, type Config } from 'ts-json-schema-generator';

export interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export type Schemas = Readonly<Record<string, Schema>>;

const server = join(import.meta.dirname, '../..');

const settings: Config = {
  path: join(server, 'http/wire.ts'),
  tsconfig: join(server, 'tsconfig.json'),
  skipTypeCheck: true,
  expose: 'export',
  jsDoc: 'extended',
  // An answer may get a field more in a later version.
  additionalProperties: true,
};

/** The named types and all that they name. */
export function makeWireSchemas(names: Iterable<string>): Schemas {
  const generator = createGenerator(settings);
  const found: Record<string, Schema> = {};
  for (const name of names) Object.assign(found, generator.createSchema(name).definitions);
  const finished = Object.entries(found).map(([name, schema]) => [name, finish(unwrap(schema, found))] as const);
  return Object.fromEntries(finished.filter(([name]) => !isInstance(name)));
}

/** `Listing<Key>`, of which a type with a name of its own is the alias. */
const isInstance = (name: string): boolean => name.includes('<');

function unwrap(schema: Schema, all: Schemas): Schema {
  const name = decodeURIComponent(schema.$ref?.replace('#/definitions/', '') ?? '');
  return isInstance(name) ? (all[name] ?? schema) : schema;
}

/** Names stand elsewhere in the document, and every plain number of an answer is a whole one. */
function finish(schema: Schema): Schema {
  const text = JSON.stringify(schema, (name, value: unknown) => {
    if (name === '$ref' && typeof value === 'string') return value.replace('#/definitions/', '#/components/schemas/');
    return name === 'type' && value === 'number' ? 'integer' : value;
  });
  return JSON.parse(text) as Schema;
}
