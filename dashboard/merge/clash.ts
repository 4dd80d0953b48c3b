/** Something that somebody else saved meanwhile, and that what is to be saved here would take back or pass over. */
export interface Clash {
  readonly id: string;
  /** What they did: “old.example was removed.” */
  readonly words: string;
  /** The choice that leaves it as they saved it. */
  readonly keepLabel: string;
  /** The choice that does as the person here wants. */
  readonly mineLabel: string;
}

/** A change that is brought together with what somebody else saved. */
export interface Merge<Patch> {
  readonly clashes: readonly Clash[];
  /** What is left to be sent. `mine`: the clashes where the person's own wish counts. */
  readonly resolve: (mine: ReadonlySet<string>) => Patch;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
