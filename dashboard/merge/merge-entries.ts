import { isSame, type Clash, type Merge } from './clash.ts';

/** A list whose entries have names: a domain, a question with its answer. */
export type Entries<Value> = ReadonlyMap<string, Value>;

/**
 * Entry by entry. All that somebody else did to the list is a clash, because the person here has not seen it, but what both
 * did alike. What they added goes last.
 */
export function mergeEntries<Value>(
  base: Entries<Value>,
  mine: Entries<Value>,
  theirs: Entries<Value>,
): Merge<Entries<Value>> {
  const names = [...new Set([...mine.keys(), ...base.keys(), ...theirs.keys()])];
  const isTheirs = (name: string): boolean =>
    !isSame(base.get(name), theirs.get(name)) && !isSame(mine.get(name), theirs.get(name));
  const clashes = names.filter(isTheirs).map((name): Clash => {
    if (!theirs.has(name)) {
      return { id: name, words: `${name} was removed.`, keepLabel: 'Keep removed', mineLabel: 'Put back' };
    }
    if (!base.has(name) && !mine.has(name)) {
      return { id: name, words: `${name} was added.`, keepLabel: 'Keep it', mineLabel: 'Take it out' };
    }
    return { id: name, words: `${name} was changed.`, keepLabel: 'Keep their change', mineLabel: 'Use mine' };
  });
  return {
    clashes,
    resolve: (chosen) => {
      const merged = new Map<string, Value>();
      for (const name of names) {
        const from = isTheirs(name)
          ? chosen.has(name)
            ? mine
            : theirs
          : isSame(base.get(name), mine.get(name))
            ? theirs
            : mine;
        const value = from.get(name);
        if (value !== undefined) merged.set(name, value);
      }
      return merged;
    },
  };
}
