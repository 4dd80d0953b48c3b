import { isSame, type Clash, type Merge } from './clash.ts';

/** How a field is called, and a value of it in words. */
interface FieldWords {
  readonly name: (field: string) => string;
  readonly value: (value: unknown, field: string) => string;
}

/** Field by field: one that only one of both changed is no clash, and neither is one that both made the same. */
export function mergeFields<Patch extends object>(
  base: object,
  patch: Patch,
  current: object,
  { name, value }: FieldWords,
): Merge<Patch> {
  const of = (record: object, field: string): unknown => (record as Record<string, unknown>)[field];
  const wanted = Object.entries(patch).filter(([field, mine]) => !isSame(mine, of(current, field)));
  const clashing = wanted.filter(([field]) => !isSame(of(base, field), of(current, field))).map(([field]) => field);
  const clashes = clashing.map((field): Clash => {
    const theirs = value(of(current, field), field);
    return {
      id: field,
      words: `${name(field)} was changed to ${theirs}.`,
      keepLabel: `Keep ${theirs}`,
      mineLabel: `Use mine: ${value(of(patch, field), field)}`,
    };
  });
  return {
    clashes,
    resolve: (mine) =>
      Object.fromEntries(wanted.filter(([field]) => !clashing.includes(field) || mine.has(field))) as Patch,
  };
}
