import { createHash } from 'node:crypto';
import type { Router } from 'express';
import { problems } from '../../../gate/problem.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';

const style = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:52rem;margin:2rem auto;padding:0 1rem}
dt{margin-top:1.25rem}dd{margin:0}
code{font:600 1em ui-monospace,monospace;overflow-wrap:anywhere}
small{opacity:.75}
:target{outline:2px solid;outline-offset:.5rem;border-radius:.25rem}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const entries = Object.entries(problems).map(
  ([code, { status, title }]) => `<dt id="${code}"><code>${code}</code> <small>${status}</small></dt><dd>${title}</dd>`,
);

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Postern: errors</title>
<style>${style}</style>
<h1>Errors</h1>
<p>Every refusal is a problem document (RFC 9457) with one of these codes. Its <code>fix</code> says what to change, and where;
<code>docs/errors.md</code> says more about each.</p>
<dl>${entries.join('\n')}</dl>
</html>
`;

/** `/api/docs`: where the `type` of every problem points to. */
export function createDocsRoutes(answers: ProblemAnswers): Router {
  const routes = createExactRouter();
  routes
    .route('/api/docs')
    .get((_request, response) => {
      response.setHeader('Content-Security-Policy', `default-src 'none'; style-src 'sha256-${styleHash}'`);
      response.type('html').send(page);
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}
