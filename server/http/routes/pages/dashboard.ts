/**
 * The dashboard's page, the same for every address of the app, and what it loads. And the frame that shows an agent with the
 * real widget.
 */
import { join } from 'node:path';
import express, { type Router } from 'express';
import { isPublicKey } from '../../../gate/key-format.ts';
import { isId } from '../../body.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { answerBuiltFile } from '../../built-file.ts';
import { createExactRouter } from '../../exact-router.ts';
import { createOwnHost } from '../../own-host.ts';
import { refuse } from '../../../gate/problem.ts';

interface DashboardParts {
  /** The built app. */
  readonly folder: string;
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
  "img-src 'self' data:",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const pages = ['/', '/sign-in', '/setup', '/account', '/org/{*page}'];

export function createDashboardRoutes({ folder, publicOrigin, answers }: DashboardParts): Router {
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
    .get(onOwnHost, (request, response) => {
      const { key, agent } = request.query;
      if (typeof key !== 'string' || !isPublicKey(key) || typeof agent !== 'string' || !isId(agent, 'agt')) {
        answers.answer(response, refuse('not_found', { detail: 'There is nothing to show for this key and agent.' }));
        return;
      }
      response.setHeader('Content-Security-Policy', previewPolicy);
      response.setHeader('X-Frame-Options', 'SAMEORIGIN');
      response.setHeader('Cache-Control', 'no-store');
      response.type('html').send(previewPage(key, agent));
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}

/** Both texts are of letters, digits and underscores. */
function previewPage(publicKey: string, agentId: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Preview</title>
<script async src="/widget.js" data-key="${publicKey}" data-agent="${agentId}"></script>
</html>
`;
}
