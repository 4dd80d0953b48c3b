import { defineConfig } from 'vitest/config';

/** What was built, as a process, in a real browser: `npm run test:e2e` builds first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
