/**
 * The built widget: `/widget.js`, the same address for ever and fresh within minutes, and `/widget/<version>/<file>`, where
 * a name never changes its content. Every site may fetch both. What else the build made is not served.
 */
import compression from 'compression';
import express, { type Router, type RequestHandler } from 'express';
import type { ProblemAnswers } from '../errors.ts';
import { createExactRouter } from '../exact-router.ts';

/** A version's folder and a script in it; neither the manifest nor the library, which are for programs on this machine. */
const versionedScript = /^\/widget\/\d+\.\d+\.\d+(?:[A-Za-z.-][0-9A-Za-z.-]*)?\/[\w-]+\.js$/;

export function createWidgetRoutes(folder: string, answers: ProblemAnswers): Router {
  const forEveryone: RequestHandler = (request, response, next) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method === 'GET' || request.method === 'HEAD') next();
    else answers.methodNotAllowed('GET')(request, response, next);
  };
  const files = (cacheControl: string): RequestHandler =>
    express.static(folder, {
      index: false,
      redirect: false,
      cacheControl: false,
      setHeaders: (response) => response.setHeader('Cache-Control', cacheControl),
    });

  const compress = compression();
  const routes = createExactRouter();
  routes.all('/widget.js', forEveryone, compress, files('public, max-age=300'), (_request, response) =>
    answers.answer(response, {
      code: 'not_found',
      detail: 'The widget was not built.',
      fix: 'Run npm run build on the server; npm start does it by itself.',
    }),
  );
  const immutable = files('public, max-age=31536000, immutable');
  routes.all(versionedScript, forEveryone, compress, (request, response, next) => {
    request.url = request.url.slice('/widget'.length);
    immutable(request, response, next);
  });
  return routes;
}
