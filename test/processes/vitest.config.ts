import { defineConfig } from 'vitest/config';

/** Several processes of what was built, on one database: `npm run build` first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['../support/global-setup.ts'],
    // Three busy processes are as much as two cores take.
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
