/** The fields of a change that differ from what a record has. A field that is undefined says nothing. */
export function changedFields<Fields extends object>(
  record: Readonly<Fields>,
  change: { readonly [Name in keyof Fields]?: Fields[Name] | undefined },
): Partial<Fields> {
  const isDifferent = ([name, value]: [string, unknown]): boolean =>
    value !== undefined && JSON.stringify(value) !== JSON.stringify(record[name as keyof Fields]);
  return Object.fromEntries(Object.entries(change).filter(isDifferent)) as Partial<Fields>;
}
