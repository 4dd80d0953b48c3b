import { defineConfig } from 'vitest/config';

/** The tests of the built widget on customers' pages; they drive a browser of their own. */
export default defineConfig({
  test: { root: '.', include: ['test/widget/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
