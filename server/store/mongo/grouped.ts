/**
 * Joins the changes of one document. MongoDB makes them one after the other, and those that come at once stand in each other's way. So
 * while one is under way the others wait a moment, and then go as one change, whose guard is that of all of them together. Where it
 * doesn't hold, what is there is read, and tells who gets nothing and how many can be tried at once. What is too much for the
 * document is tried in smaller parts. So nobody is refused because of a neighbour.
 */
import type { MongoConnection } from './connection.ts';
import { tooLong } from './connection.ts';
import { isTooLarge } from './queries.ts';

/** A larger one would be a large filter. */
const groupMax = 100;
/** Then the next group goes beside one that is slow. Within the time that each has, that makes twenty of a document at most. */
const patienceMs = 100;

type Items<Item> = readonly [Item, ...Item[]];

interface GroupedChange<Item, Found, Result> {
  /** Of the document. */
  readonly nameOf: (item: Item) => string;
  /** No two with the same one go together; null: it may go with any. */
  readonly idOf: (item: Item) => string | null;
  /** One guarded change for all of them; undefined: the guard did not hold, and nothing is changed. */
  readonly change: (name: string, items: Items<Item>, found: Found | undefined) => Promise<Result | undefined>;
  readonly find: (name: string) => Promise<Found>;
  /** Of one that needs no change, or can't have it; undefined: it is worth a try, alone at least. */
  readonly resultOf: (item: Item, found: Found) => Result | undefined;
  /** By what was found. */
  readonly fit: (items: readonly Item[], found: Found) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function grouped<Item, Found, Result>(
  run: MongoConnection['run'],
  { nameOf, idOf, change, find, resultOf, fit }: GroupedChange<Item, Found, Result>,
): (item: Item) => Promise<Result> {
  type Group = readonly Waiting<Item, Result>[];
  const waiting = new Map<string, Waiting<Item, Result>[]>();

  const itemsOf = (group: Group) => group.map(({ item }) => item);

  /** As many as can be tried at once. */
  function pick(group: Group, found?: Found): Group {
    const ids = new Set<string>();
    const picked: Waiting<Item, Result>[] = [];
    for (const one of group) {
      const id = idOf(one.item);
      if (id !== null && ids.has(id)) continue;
      if (found !== undefined && !fit(itemsOf([...picked, one]), found)) continue;
      if (id !== null) ids.add(id);
      picked.push(one);
    }
    return picked;
  }

  async function changeAll(name: string, group: Group, isInTime: () => boolean): Promise<void> {
    let open = group;
    let found: Found | undefined;
    let most = groupMax;
    while (isInTime()) {
      const picked = pick(open, found).slice(0, most);
      const [one, ...others] = itemsOf(picked);
      try {
        const result = one === undefined ? undefined : await change(name, [one, ...others], found);
        if (result !== undefined) {
          for (const { resolve } of picked) resolve(result);
          open = open.filter((one) => !picked.includes(one));
        }
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        most = Math.ceil(picked.length / 2);
        if (picked.length > 1) continue;
        for (const { reject } of picked) reject(error);
        open = open.filter((one) => !picked.includes(one));
      }
      if (open.length === 0) return;
      const seen = await find(name);
      open = open.filter(({ item, resolve }) => {
        const known = resultOf(item, seen);
        if (known !== undefined) resolve(known);
        return known === undefined;
      });
      if (open.length === 0) return;
      // What stood in the way is gone since, or was a neighbour: once more.
      found = seen;
    }
    throw tooLong();
  }

  async function send(name: string): Promise<void> {
    for (let group = take(name); group.length > 0; group = take(name)) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([sendGroup(name, group), patience]);
      clearTimeout(timer);
    }
    waiting.delete(name);
  }

  async function sendGroup(name: string, group: Group): Promise<void> {
    try {
      await run((isInTime) => changeAll(name, group, isInTime), group[0]?.since);
    } catch (error) {
      // Those that were answered already stay so.
      for (const { reject } of group) reject(error);
    }
  }

  function take(name: string): Group {
    return waiting.get(name)?.splice(0, groupMax) ?? [];
  }

  return (item) =>
    new Promise((resolve, reject) => {
      const name = nameOf(item);
      const one = { item, since: performance.now(), resolve, reject };
      const others = waiting.get(name);
      if (others !== undefined) return void others.push(one);
      waiting.set(name, [one]);
      setImmediate(() => void send(name));
    });
}
