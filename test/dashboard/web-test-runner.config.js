/** The dashboard's elements, in a real Chromium with the real styles; `elements/server.ts` answers in place of the server. */
import { browserTests } from '../support/web-test-runner.js';

const page = (script) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Test</title>
    <link rel="stylesheet" href="/dashboard/styles/index.css" />
  </head>
  <body><script type="module" src="${script}"></script></body>
</html>`;

/** Where the preview of an agent leads. What it shows is tested with the whole server, in `test/e2e`. */
const previewed = ({ path }) =>
  path === '/widget-preview' ? { body: '<!doctype html><title>Chat</title>', type: 'html' } : undefined;

export default {
  ...(await browserTests({
    files: 'test/dashboard/elements/**/*.test.ts',
    // Then each element tells its `computedRole` and `computedName`: what a screen reader gets.
    flags: ['--enable-blink-features=ComputedAccessibilityInfo'],
    plugins: [{ name: 'postern:widget-preview', serve: previewed }],
  })),
  testRunnerHtml: page,
};
