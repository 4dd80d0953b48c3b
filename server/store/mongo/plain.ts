/**
 * The collections without mongoose's documents and casts, for what every message does. So nothing here looks at what a value is: what
 * goes in is made field by field, and what came from outside is `textOf` before it stands in a filter.
 */
import type { Model, mongo } from 'mongoose';

export function plain<Kept extends object>(model: Model<Kept>): mongo.Collection<Kept> {
  return model.collection as unknown as mongo.Collection<Kept>;
}

/** The value itself. An object in its place could be an operator, and throws. */
export function textOf<Value extends string>(value: Value): Value {
  if (typeof value !== 'string') throw new TypeError('Cast to string failed: a value that is no text is in its place.');
  return value;
}
