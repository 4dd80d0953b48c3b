import { defineConfig } from 'vitest/config';

/** A checkout and the package as somebody gets them: `npm run test:package` builds, packs and installs for minutes. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
