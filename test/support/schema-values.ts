/** Values of a JSON Schema, as far as the schemas of request bodies and queries go, and what is wrong with each field of one. */
import fc, { type Arbitrary } from 'fast-check';
import type { JsonSchema } from './openapi.ts';

interface Facts extends JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Facts[];
  readonly items?: Facts;
  readonly properties?: Readonly<Record<string, Facts>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

const lettersMax = 12;

/** Values that fit. */
export function valuesOf(schema: JsonSchema): Arbitrary<unknown> {
  const facts = schema as Facts;
  if (facts.enum !== undefined) return fc.constantFrom(...facts.enum);
  if (facts.anyOf !== undefined) return fc.oneof(...facts.anyOf.map(valuesOf));
  switch (facts.type) {
    case 'object': {
      const fields = Object.entries(facts.properties ?? {}).map(([name, field]) => [name, valuesOf(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(facts.required ?? [])] });
    }
    case 'array':
      return fc.array(valuesOf(facts.items ?? {}), { maxLength: Math.min(facts.maxItems ?? 3, 3) });
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.ceil(facts.minimum ?? 0), max: facts.maximum ?? 1_000 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case undefined:
    default:
      return textsOf(facts);
  }
}

function textsOf({ format, pattern, minLength = 0, maxLength = lettersMax }: Facts): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('2026-12-01'), max: new Date('2027-12-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  // What may not follow is rare enough.
  if (pattern !== undefined)
    return fc.stringMatching(new RegExp(pattern.replaceAll(/\(\?![^)]*\)/g, '')), { maxLength: 60 });
  return fc.string({ minLength, maxLength: Math.min(maxLength, Math.max(lettersMax, minLength)) });
}

interface Broken {
  readonly what: string;
  readonly body: unknown;
}

/** For each field: missing, of another kind, too long; and one that nobody knows. */
export function breakBody(schema: JsonSchema, good: Readonly<Record<string, unknown>>): readonly Broken[] {
  const { properties = {}, required = [] } = schema as Facts;
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([field]) => field !== name));
  return [
    ...required.map((name) => ({ what: `without ${name}`, body: without(name) })),
    ...Object.keys(properties).flatMap((name) => [
      { what: `${name} is an object`, body: { ...good, [name]: { $gt: '' } } },
      { what: `${name} is too long`, body: { ...good, [name]: 'x'.repeat(41_000) } },
    ]),
    { what: 'an unknown field', body: { ...good, nobodyKnows: 1 } },
    { what: 'a list', body: [good] },
    { what: 'nothing', body: null },
  ];
}
