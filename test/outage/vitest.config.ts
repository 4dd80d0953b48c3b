import { defineConfig } from 'vitest/config';

/**
 * A database that is away, hangs, is killed, fills its disk or changes its primary, and what no request may hold up: one file
 * after the other, for each needs the machine for itself.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['../support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    expect: { poll: { timeout: 10_000 } },
  },
});
