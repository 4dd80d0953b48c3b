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
  path === '/widget-preview'
    ? {
        // A chat that takes what it is told, and does nothing by itself.
        body: `<!doctype html><title>Chat</title><body><postern-chat></postern-chat><script>customElements.define('postern-chat', class extends HTMLElement { reset() {} })</script>`,
        type: 'html',
      }
    : path === '/dashboard/widget.json'
      ? { body: JSON.stringify({ path: '/widget/0.1.0/widget-1.js', integrity: 'sha384-x' }), type: 'json' }
      : undefined;

export default {
  ...(await browserTests({
    files: 'test/dashboard/elements/**/*.test.ts',
    // Then each element tells its `computedRole` and `computedName`: what a screen reader gets.
    flags: ['--enable-blink-features=ComputedAccessibilityInfo'],
    plugins: [{ name: 'postern:widget-preview', serve: previewed }],
  })),
  testRunnerHtml: page,
};
