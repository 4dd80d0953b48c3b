/** Counts what is open under each name, up to a maximum; a name with nothing open is forgotten. */
export interface Tally {
  /** One more, until what it returns is called; undefined when there are as many as there may be. */
  enter(name: string): (() => void) | undefined;
}

export function createTally(max: number): Tally {
  const open = new Map<string, number>();
  return {
    enter(name) {
      const count = open.get(name) ?? 0;
      if (count >= max) return undefined;
      open.set(name, count + 1);
      return () => {
        const left = (open.get(name) ?? 1) - 1;
        if (left === 0) open.delete(name);
        else open.set(name, left);
      };
    },
  };
}
