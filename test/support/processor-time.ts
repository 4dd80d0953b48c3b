/** Processor time of this process, which unlike the wall clock a busy machine does not stretch. */
export async function measureProcessorMs(run: () => unknown, attempts = 3): Promise<number> {
  let least = Infinity;
  // The least of a few: what else the process did meanwhile, such as compiling, is no part of it.
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
