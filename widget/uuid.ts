/** A UUID of version 4. `crypto.randomUUID` is missing on plain http pages, where a key may be allowed too. */
export function createUuid(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID();
  const random = (): number => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
  // An 8 becomes 8 to b (the variant); 4 stays, which is the version.
  return '00000000-0000-4000-8000-000000000000'.replace(/[08]/g, (digit) =>
    (digit === '8' ? 8 | (random() & 3) : random() & 15).toString(16),
  );
}
