/**
 * The built widget: `/widget.js`, the same address for ever and fresh within minutes, and `/widget/<version>/<file>`, where
 * a name never changes its content. Every site may fetch both, as the build compressed them. What else the build made is not
 * served.
 */
import type { ServerResponse } from 'node:http';
import type { RequestHandler, Router } from 'express';
import serveCompressed from 'express-static-gzip';
import { createExactRouter } from '../exact-router.ts';
import type { ProblemAnswers } from '../errors.ts';

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
  const files = (cacheControl: string): RequestHandler => {
    const setHeaders = (response: ServerResponse) => {
      for (const name of ofPages) response.removeHeader(name);
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
      response.setHeader('Cache-Control', cacheControl);
    };
    return serveCompressed(folder, {
      enableBrotli: true,
      orderPreference: ['br', 'gz'],
      index: false,
      serveStatic: { redirect: false, cacheControl: false, setHeaders },
    }) as RequestHandler;
  };

  const routes = createExactRouter();
  routes.all('/widget.js', forEveryone, files('public, max-age=300'), (_request, response) =>
    answers.answer(response, {
      code: 'not_found',
      detail: 'The widget was not built.',
      fix: 'Run npm run build on the server; npm start does it by itself.',
    }),
  );
  const immutable = files('public, max-age=31536000, immutable');
  routes.all(versionedScript, forEveryone, (request, response, next) => {
    request.url = request.url.slice('/widget'.length);
    immutable(request, response, next);
  });
  return routes;
}
