/**
 * The longest processor time between two turns of the event loop while something is done: for so long nothing else could run.
 * A busy machine does not stretch it. The least of three attempts, or the first that is within the bound.
 */
export const heldMsMax = 250;

export async function longestHoldMs(
  work: () => Promise<unknown>,
  { prepare, boundMs = heldMsMax }: { readonly prepare?: () => Promise<unknown>; readonly boundMs?: number } = {},
): Promise<number> {
  let least = Infinity;
  for (let attempt = 0; attempt < 3 && least > boundMs; attempt++) {
    await prepare?.();
    let longest = 0;
    let before = process.cpuUsage();
    const note = (): void => {
      const { user, system } = process.cpuUsage(before);
      longest = Math.max(longest, (user + system) / 1_000);
      before = process.cpuUsage();
    };
    const turn = (): void => {
      note();
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    try {
      await work();
    } finally {
      clearImmediate(next);
    }
    // Since the last turn, which is all of it where it let nothing else run.
    note();
    least = Math.min(least, longest);
  }
  return least;
}
