/**
 * The dashboard's page, the same for every address of the app, and what it loads. And the frame that shows an agent with the
 * real widget.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type Router } from 'express';
import type { ProblemAnswers } from '../../errors.ts';
import { answerBuiltFile } from '../../built-file.ts';
import { createExactRouter } from '../../exact-router.ts';
import { answerJson } from '../../present.ts';
import type * as Wire from '../../wire.ts';
import { createOwnHost } from '../../own-host.ts';
import { refuse } from '../../../gate/problem.ts';

interface DashboardParts {
  /** The built app. */
  readonly folder: string;
  readonly widgetFolder: string;
  readonly publicOrigin: string;
  readonly answers: ProblemAnswers;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const previewPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  'img-src https: http: data:',
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const pages = ['/', '/sign-in', '/forgotten', '/setup', '/account', '/org/{*page}'];

/** No key is like that: what the chat asks for is answered by the page around the frame. */
const noKey = `pk_${'0'.repeat(32)}`;

const previewPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Preview</title>
<script async src="/widget.js" data-key="${noKey}" data-agent="agt_preview"></script>
</html>
`;

export function createDashboardRoutes({ folder, widgetFolder, publicOrigin, answers }: DashboardParts): Router {
  const onOwnHost = createOwnHost(publicOrigin, answers);

  const routes = createExactRouter();
  routes
    .route(pages)
    .get(onOwnHost, async (request, response) => {
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('Cache-Control', 'no-cache');
      response.setHeader('Referrer-Policy', 'no-referrer');
      if (await answerBuiltFile(request, response, join(folder, 'index.html'))) return;
      answers.answer(
        response,
        refuse('not_found', {
          detail: 'The dashboard was not built.',
          fix: 'Run npm run build on the server; npm start does it by itself.',
        }),
      );
    })
    .all(answers.methodNotAllowed('GET'));
  routes.use(
    '/dashboard/assets',
    express.static(`${folder}/assets`, { index: false, redirect: false, immutable: true, maxAge: '1y' }),
  );

  routes
    .route('/widget-preview')
    .get(onOwnHost, (_request, response) => {
      response.setHeader('Content-Security-Policy', previewPolicy);
      response.setHeader('X-Frame-Options', 'SAMEORIGIN');
      response.setHeader('Cache-Control', 'no-store');
      response.type('html').send(previewPage);
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/dashboard/widget.json')
    .get(async (_request, response) => {
      const manifest = await readFile(join(widgetFolder, 'manifest.json'), 'utf8').catch(() => undefined);
      if (manifest === undefined) return answers.answer(response, refuse('not_found'));
      const { pinned } = JSON.parse(manifest) as {
        readonly pinned: { readonly file: string; readonly integrity: string };
      };
      answerJson<Wire.PinnedWidget>(response, { path: `/widget/${pinned.file}`, integrity: pinned.integrity });
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}
