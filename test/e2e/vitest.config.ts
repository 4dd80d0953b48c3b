import { defineConfig } from 'vitest/config';

/** What was built, as a process, in a real browser: `npm run test:e2e` builds first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Figures are written once a second; a busy machine may take longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
