/**
 * A collection's one table of fields, and the schema that it makes. A table that lacks a field of the type that it keeps, has
 * one too many, or has one of another kind doesn't compile. Reading stays a literal in `mapping.ts`, which doesn't compile without a
 * field either: a loop over the table takes four times as long, and every call of a key reads one.
 */
import { Schema } from 'mongoose';

/** The fields of what is kept, each by its kind; of a part and of a list of parts, their fields. */
type Fields<Kept> = { readonly [Name in keyof Kept]-?: Field<NonNullable<Kept[Name]>> };

type Field<Value> = [Value] extends [string]
  ? StringConstructor
  : [Value] extends [number]
    ? NumberConstructor
    : [Value] extends [boolean]
      ? BooleanConstructor
      : Value extends readonly (infer Item)[]
        ? readonly [Field<Item>]
        : Fields<Value>;

type AnyField = StringConstructor | NumberConstructor | BooleanConstructor | readonly [AnyField] | AnyFields;
interface AnyFields {
  readonly [name: string]: AnyField;
}

const strict = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  minimize: false,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
} as const;
/** A part of a document has no id of its own but a field of that name. */
const part = { ...strict, _id: false, id: false } as const;

export function schemaOf<Kept>(fields: Fields<Kept>): Schema {
  return toSchema(fields, strict);
}

function toSchema(fields: AnyFields, options: typeof strict | typeof part): Schema {
  return new Schema(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, toType(field)])), options);
}

function toType(field: AnyField): object {
  if (typeof field === 'function') return field;
  // A list that is absent stays so.
  if (isList(field)) return { type: [toType(field[0])], default: undefined };
  return toSchema(field, part);
}

function isList(field: readonly [AnyField] | AnyFields): field is readonly [AnyField] {
  return Array.isArray(field);
}
