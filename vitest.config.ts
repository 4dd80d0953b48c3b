import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What the examples import, as it is here. */
const entry = (name: string): string => fileURLToPath(new URL(`server/${name}/index.ts`, import.meta.url));

export default defineConfig({
  resolve: { alias: { 'postern/client': entry('client'), 'postern/express': entry('express') } },
  test: {
    include: ['test/**/*.test.ts'],
    // The tests of the widget and of the dashboard's elements run in a real browser (@web/test-runner), the end-to-end tests drive one, what stops or doubles
    // whole servers needs the machine for itself (`npm run test:faults`), and what builds and installs takes long
    // (`npm run test:package`), what runs proxies of others (`npm run test:proxies`), and what needs clients or models
    // of others (`npm run test:clients`, `npm run test:models`).
    exclude: [
      'test/widget/**',
      'test/dashboard/elements/**',
      'test/e2e/**',
      'test/outage/**',
      'test/processes/**',
      'test/package/**',
      'test/proxies/**',
      'test/engines/**',
      'test/clients/**',
      'test/models/**',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    // Much of the time is waiting for processes, so one more than the cores of a small machine.
    maxWorkers: 3,
    // A worker imports what its files share once: a fifth less time. No file changes what others import.
    isolate: false,
    hookTimeout: 60_000,
    // What is waited for is written once a second at most; a busy machine may take longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
