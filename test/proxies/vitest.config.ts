import { defineConfig } from 'vitest/config';

/** Real proxies in front of a real server: `npm run test:proxies`. Each is had once, which may take a minute. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
