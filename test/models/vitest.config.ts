import { defineConfig } from 'vitest/config';

/** Real servers of models as upstreams: `npm run test:models`. Each is had once; where llama.cpp is built here, that takes some minutes. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 1_200_000,
  },
});
