import { defineConfig } from 'vitest/config';

/** One journey through each page in the engines that are not Chromium: `npm run test:engines` builds first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two engines, each with processes of its own, are enough for a small machine.
    maxWorkers: 1,
    expect: { poll: { timeout: 15_000 } },
  },
});
