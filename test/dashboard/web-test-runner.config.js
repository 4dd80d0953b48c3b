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

export default {
  ...(await browserTests({
    files: 'test/dashboard/elements/**/*.test.ts',
    // Then each element tells its `computedRole` and `computedName`: what a screen reader gets.
    flags: ['--enable-blink-features=ComputedAccessibilityInfo'],
  })),
  testRunnerHtml: page,
};
