/**
 * `/api/docs`: the reference, drawn from `/api/openapi.json` by a script of this server, and the list of errors, where the `type` of every
 * problem points to. Guides and errors are there without the script too.
 */
import { join } from 'node:path';
import type { Router } from 'express';
import { problems } from '../../../gate/problem.ts';
import { answerBuiltFile } from '../../built-file.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { escapeHtml } from '../../escape-html.ts';
import { createExactRouter } from '../../exact-router.ts';
import type { Guides } from '../../guides.ts';

/** The viewer draws its arrows with `data:` images. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

interface DocsParts {
  /** The built script and style sheet. */
  readonly folder: string;
  readonly guides: Guides;
  readonly answers: ProblemAnswers;
}

export function createDocsRoutes({ folder, guides, answers }: DocsParts): Router {
  const page = createPage(guides);
  const routes = createExactRouter();
  routes
    .route('/api/docs')
    .get((_request, response) => {
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('Cache-Control', 'no-cache');
      response.type('html').send(page);
    })
    .all(answers.methodNotAllowed('GET'));
  routes
    .route(['/api/docs/reference.js', '/api/docs/reference.css'])
    .get(async (request, response, next) => {
      const file = join(folder, request.path.slice('/api/docs/'.length));
      const isThere = await answerBuiltFile(request, response, file, () => {
        response.setHeader('Cache-Control', 'no-cache');
      });
      if (!isThere) next();
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}

function createPage({ list }: Guides): string {
  const guides = list.map(
    ({ file, title, summary }) =>
      `<li><a href="/api/docs/${file}" title="${escapeHtml(summary)}">${escapeHtml(title)}</a>`,
  );
  const errors = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `<div id="${code}"><dt><code>${code}</code><span class="status">${status}</span><dd>${title}</div>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Postern: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/reference.css">
<script type="module" src="/api/docs/reference.js"></script>
<div class="page">
<header>
<h1>Postern’s API</h1>
<p class="lead">Every call of this server, its answers and its errors. A page sends <code>Authorization: Bearer pk_…</code> and is answered on the
domains that its key allows. A server sends <code>Authorization: Bearer pk_…:sk_…</code>, from anywhere.</p>
<ul class="links">
<li><a href="/api/openapi.json">OpenAPI document</a>
<li><a href="#errors">Errors</a>
<li><a href="/llms.txt">llms.txt</a>
</ul>
<h2>Guides</h2>
<nav aria-label="Guides">
<ul class="links">
${guides.join('\n')}
</ul>
</nav>
<h2>Reference</h2>
</header>
<div id="reference"><p class="state">A script draws the reference, and it did not run here. The same is in
<a href="/api/openapi.json">the OpenAPI document</a> and in <a href="/api/docs/http.md">the guide to the HTTP interface</a>.</p></div>
<section aria-labelledby="errors">
<h2 id="errors">Errors</h2>
<p class="lead">Every refusal is a problem document (RFC 9457) with one of these codes. Its <code>fix</code> says what to change, and where.
<a href="/api/docs/errors.md">The guide to errors</a> says more about each.</p>
<dl class="errors">
${errors.join('\n')}
</dl>
</section>
</div>
</html>
`;
}
