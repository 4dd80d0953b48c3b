import { defineConfig } from 'vitest/config';

/** The clients that docs/models.md names, as they are, in a real browser: `npm run test:clients` installs them first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
