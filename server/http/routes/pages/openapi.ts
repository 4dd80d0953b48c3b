/** `/api/openapi.json`: the OpenAPI document as the build made it, for every site and every program. */
import { join } from 'node:path';
import type { Router } from 'express';
import { refuse } from '../../../gate/problem.ts';
import { answerBuiltFile } from '../../built-file.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';

export function createOpenapiRoutes(folder: string, answers: ProblemAnswers): Router {
  const routes = createExactRouter();
  routes
    .route('/api/openapi.json')
    .get(async (request, response) => {
      const isThere = await answerBuiltFile(request, response, join(folder, 'openapi.json'), () => {
        response.setHeader('Access-Control-Allow-Origin', '*');
        response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
        response.setHeader('Cache-Control', 'public, max-age=300');
      });
      if (isThere) return;
      const fix = 'Run npm run build on the server; npm start does it by itself.';
      answers.answer(response, refuse('not_found', { detail: 'The document was not built.', fix }));
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}
