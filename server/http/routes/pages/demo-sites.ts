/**
 * The demo's customer pages: real sites on real origins, told apart by the host. They stand before everything else, so on
 * these hosts there is no API: their pages call the server's own origin, as a customer's page would.
 */
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { parseOrigin } from '../../../gate/origin.ts';
import { isRefusal, refuse } from '../../../gate/problem.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { answerBuiltFile, readBuiltFile } from '../../built-file.ts';
import { createExactRouter } from '../../exact-router.ts';

interface DemoSiteParts {
  /** The built pages: one HTML file each, and what they load. */
  readonly folder: string;
  readonly publicOrigin: string;
  /** The tag that a customer pastes, for the agent with a model where that is asked for; undefined while the server starts. */
  readonly snippet: (isWithModel: boolean) => string | undefined;
  readonly headerGuard: RequestHandler;
  readonly answers: ProblemAnswers;
}

export const demoNotBuilt = refuse('not_found', {
  detail: 'The demo was not built.',
  fix: 'Run npm run build on the server; npm start does it by itself.',
});

export const demoStarting = refuse('store_unavailable', {
  detail: 'The server is starting.',
  retryAfterSeconds: 1,
});

export function createDemoSites({
  folder,
  publicOrigin,
  snippet,
  headerGuard,
  answers,
}: DemoSiteParts): RequestHandler {
  // What a careful customer would send; the panel alone may frame the page.
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${publicOrigin}`,
    `connect-src ${publicOrigin}`,
    "style-src 'self'",
    "img-src 'self' data:",
    `frame-ancestors ${publicOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

  const site = createExactRouter();
  site.use(headerGuard, (request, response, next) => {
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-cache');
    if (request.method === 'GET' || request.method === 'HEAD') next();
    else answers.methodNotAllowed('GET')(request, response, next);
  });
  site.get('/', async (request, response) => {
    const tag = snippet(request.query.agent === 'model');
    if (tag === undefined) return answers.answer(response, demoStarting);
    const page = await readBuiltFile(join(folder, `${pageOf(request.hostname)}.html`));
    if (page === undefined) return answers.answer(response, demoNotBuilt);
    const html = page.toString('utf8').replaceAll('{{host}}', request.hostname).replace('<!-- the tag -->', tag);
    response.type('html').send(html);
  });
  site.get(/^\/[\w-]+\.(css|js)$/, async (request, response, next) => {
    if (!(await answerBuiltFile(request, response, join(folder, request.path)))) next();
  });
  site.use(answers.notFound);

  return (request, response, next) => {
    // Old clients send no Host at all.
    const host = (request.hostname as string | undefined) ?? '';
    if (isDemoSite(host, publicOrigin)) site(request, response, next);
    else next();
  };
}

/** A host below `.localhost` is a customer's, unless it is the server's own. Anything but a host's name is nobody's. */
function isDemoSite(host: string, publicOrigin: string): boolean {
  const isName = !isRefusal(parseOrigin(`http://${host}`));
  return isName && host.endsWith('.localhost') && host !== new URL(publicOrigin).hostname;
}

function pageOf(host: string): string {
  if (host === 'example.localhost') return 'company';
  if (host === 'shop.example.localhost') return 'shop';
  if (host === 'blog.example.localhost') return 'blog';
  return /(^|\.)evil\.localhost$/.test(host) ? 'copy' : 'yours';
}
