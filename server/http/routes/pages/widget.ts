/**
 * The built widget: `/widget.js`, the same address for ever and fresh within minutes, and `/widget/<version>/<file>`, where
 * a name never changes its content. Every site may fetch both, as the build compressed them. What else the build made is not
 * served.
 */
import { join } from 'node:path';
import type { RequestHandler, Router } from 'express';
import { answerBuiltFile } from '../../built-file.ts';
import { createExactRouter } from '../../exact-router.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { refuse } from '../../../gate/problem.ts';

/** A version's folder and a script in it; neither the manifest nor the library, which are for programs on this machine. */
const versionedScript = /^\/widget\/\d+\.\d+\.\d+(?:[A-Za-z.-][0-9A-Za-z.-]*)?\/[\w-]+\.js$/;

/** What Helmet says of pages, and what means nothing on a script that other sites run. */
const ofPages = [
  'Content-Security-Policy',
  'Cross-Origin-Opener-Policy',
  'Origin-Agent-Cluster',
  'Referrer-Policy',
  'X-DNS-Prefetch-Control',
  'X-Download-Options',
  'X-Frame-Options',
  'X-Permitted-Cross-Domain-Policies',
  'X-XSS-Protection',
];

export function createWidgetRoutes(folder: string, answers: ProblemAnswers): Router {
  const forEveryone: RequestHandler = (request, response, next) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method === 'GET' || request.method === 'HEAD') next();
    else answers.methodNotAllowed('GET')(request, response, next);
  };
  const file =
    (fileOf: (path: string) => string, cacheControl: string): RequestHandler =>
    async (request, response, next) => {
      const isThere = await answerBuiltFile(request, response, join(folder, fileOf(request.path)), () => {
        for (const name of ofPages) response.removeHeader(name);
        response.setHeader('Cache-Control', cacheControl);
      });
      if (!isThere) next();
    };

  const routes = createExactRouter();
  routes.all(
    '/widget.js',
    forEveryone,
    file((path) => path, 'public, max-age=300'),
    (_request, response) =>
      answers.answer(
        response,
        refuse('not_found', {
          detail: 'The widget was not built.',
          fix: 'Run npm run build on the server; npm start does it by itself.',
        }),
      ),
  );
  routes.all(
    versionedScript,
    forEveryone,
    file((path) => path.slice('/widget'.length), 'public, max-age=31536000, immutable'),
  );
  return routes;
}
