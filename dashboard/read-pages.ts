import type { Listing } from '../server/http/wire.ts';

/** Every page of a list, one after the other. `tell` hears how many items there are so far, while more are to come. */
export async function readPages<Item>(
  read: (cursor: string | null) => Promise<Listing<Item>>,
  tell: (soFar: number) => void = () => undefined,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Listing<Item> = await read(cursor);
    items.push(...page.data);
    cursor = page.nextCursor;
    if (cursor !== null) tell(items.length);
  } while (cursor !== null);
  return items;
}
