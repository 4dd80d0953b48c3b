/** The guides as Markdown under `/api/docs/`, and `/llms.txt`, which lists them. Any page and any program may read them. */
import { createHash } from 'node:crypto';
import type { RequestHandler, Response, Router } from 'express';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';
import type { Guides } from '../../guides.ts';
import { createLlmsText } from '../../llms-text.ts';

const folder = '/api/docs/';

export function createGuideRoutes(guides: Guides, docsUrl: string, answers: ProblemAnswers): Router {
  const llmsText = createLlmsText(guides, docsUrl);
  const llmsEtag = `"${createHash('sha256').update(llmsText).digest('base64url')}"`;

  const forEveryone: RequestHandler = (request, response, next) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method === 'GET' || request.method === 'HEAD') next();
    else answers.methodNotAllowed('GET')(request, response, next);
  };
  const send = (response: Response, mediaType: string, etag: string, text: string): void => {
    response.setHeader('Cache-Control', 'public, no-cache');
    response.setHeader('ETag', etag);
    response.type(`${mediaType}; charset=utf-8`).send(text);
  };

  const routes = createExactRouter();
  routes.all('/llms.txt', forEveryone, (_request, response) => send(response, 'text/plain', llmsEtag, llmsText));
  routes.all(`${folder}{*file}`, (request, response, next) => {
    // The path as it came, looked up in a closed list: no spelling of it leads to a file on the disk.
    const file = guides.files.get(request.path.slice(folder.length));
    if (file === undefined) return next();
    return forEveryone(request, response, () => send(response, file.mediaType, file.etag, file.text));
  });
  return routes;
}
