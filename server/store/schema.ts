/**
 * How what a store keeps is laid out. The number goes up with a change that an older program would read wrongly. It is
 * written at the first start, as a record of its own, and checked whenever a store is opened.
 */
export const schemaVersion = 1;

/** Throws when a newer program laid the store out, or one that nobody knows. */
export function assertKnownSchema(found: unknown): void {
  if (Number.isInteger(found) && Number(found) >= 1 && Number(found) <= schemaVersion) return;
  const version = typeof found === 'number' ? `schema version ${found}` : 'a schema version that can not be read';
  throw new Error(
    `The store has ${version}, and this program knows ${schemaVersion}. Start the newer program again, or use a backup from before it ran.`,
  );
}
