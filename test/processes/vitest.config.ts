import { defineConfig } from 'vitest/config';

/** Several processes of what was built, on one database: `npm run build` first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['../support/global-setup.ts'],
    // Both databases at once: much of the time is waiting for disks.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
