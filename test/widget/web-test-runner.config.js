/**
 * The widget's tests, in a real Chromium, against a real HTTP server that a test scripts (`scripted-server.ts`), and with the
 * Lit that visitors get: without what `lit-leftovers.ts` cuts away.
 */
import { browserTests } from '../support/web-test-runner.js';

const { startScriptedServer } = await import('./scripted-server.ts');
const { servePages } = await import('./pages.ts');
const { giveLitThePage } = await import('../../widget/give-lit-the-page.ts');
const server = await startScriptedServer(servePages);
const lit = giveLitThePage('/widget/lit-page.ts');

export default await browserTests({
  files: 'test/widget/**/*.test.ts',
  flags: ['--host-resolver-rules=MAP *.invalid ~NOTFOUND', '--js-flags=--expose-gc'],
  plugins: [
    {
      name: 'postern:lit-of-the-chat',
      transform: ({ path, body }) => lit.transform(body, path)?.code,
    },
    {
      name: 'postern:server-address',
      serve: ({ path }) => (path === '/server-address.js' ? `export const server = '${server.url}';` : undefined),
      resolveImport: ({ source }) => (source === 'server-address' ? '/server-address.js' : undefined),
      serverStop: () => server.close(),
    },
  ],
});
