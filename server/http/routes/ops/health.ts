import type { Router } from 'express';
import type { Store } from '../../../store/port.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';
import { refuse } from '../../../gate/problem.ts';
import { answerJson } from '../../present.ts';
import type * as Wire from '../../wire.ts';

/** `/healthz`: this process lives. `/readyz`: it may be sent requests: it has started, is not stopping, the store answers. */
export function createHealthRoutes(parts: {
  readonly store: Pick<Store, 'ping'>;
  readonly isServing: () => boolean;
  /** Which version of Postern this is. */
  readonly version: string;
  readonly answers: ProblemAnswers;
}): Router {
  const { store, isServing, version, answers } = parts;
  const routes = createExactRouter();
  routes
    .route('/healthz')
    .get((_request, response) => {
      response.setHeader('Cache-Control', 'no-store');
      answerJson<Wire.Liveness>(response, { status: 'ok', version });
    })
    .all(answers.methodNotAllowed('GET'));
  routes
    .route('/readyz')
    .get(async (_request, response) => {
      if (!isServing()) {
        return answers.answer(
          response,
          refuse('store_unavailable', {
            detail: 'The server is starting or stopping.',
            retryAfterSeconds: 1,
          }),
        );
      }
      await store.ping();
      response.setHeader('Cache-Control', 'no-store');
      answerJson<Wire.Health>(response, { status: 'ok' });
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}
