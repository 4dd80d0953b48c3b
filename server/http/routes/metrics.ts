import { Router } from 'express';
import type { ProblemAnswers } from '../errors.ts';

export interface MetricsRouteParts {
  readonly metrics: { readonly contentType: string; present(): Promise<string> };
  readonly answers: ProblemAnswers;
}

/** `/metrics`, for Prometheus. Whoever reaches the server may read it: it names no key and nobody. */
export function createMetricsRoutes({ metrics, answers }: MetricsRouteParts): Router {
  const routes = Router();
  routes
    .route('/metrics')
    .get(async (_request, response) => {
      const text = await metrics.present();
      response.set({ 'Cache-Control': 'no-store', 'Content-Type': metrics.contentType });
      response.end(text);
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}
