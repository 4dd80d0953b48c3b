import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, Router } from 'express';
import type { Clock } from '../../../gate/clock.ts';
import { refuse, type Refusal } from '../../../gate/problem.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';
import { isFromThisMachine } from '../../this-machine.ts';

interface MetricsRouteParts {
  readonly metrics: { readonly contentType: string; present(): Promise<string> };
  readonly clock: Clock;
  /** Undefined: they are for this machine alone. */
  readonly token: string | undefined;
  readonly answers: ProblemAnswers;
}

/** They cost milliseconds, and nobody reads them more often. */
const freshMs = 1_000;

/** `/metrics`, for Prometheus. It names no key and nobody, but tells a stranger how busy the server is. */
export function createMetricsRoutes({ metrics, clock, token, answers }: MetricsRouteParts): Router {
  const mayRead = token === undefined ? checkMachine : checkToken(token);
  let last: { readonly atMs: number; readonly text: Promise<string> } | undefined;

  function present(): Promise<string> {
    const nowMs = clock();
    // A clock that was set back must not hold them for hours.
    if (last === undefined || Math.abs(nowMs - last.atMs) >= freshMs) last = { atMs: nowMs, text: metrics.present() };
    return last.text;
  }

  const routes = createExactRouter();
  routes
    .route('/metrics')
    .get(async (request, response) => {
      const refusal = mayRead(request);
      if (refusal !== undefined) return answers.answer(response, refusal);
      const text = await present();
      response.set({ 'Cache-Control': 'no-store', 'Content-Type': metrics.contentType });
      response.end(text);
    })
    .all(answers.methodNotAllowed('GET'));
  return routes;
}

function checkMachine(request: Request): Refusal | undefined {
  if (isFromThisMachine(request)) return undefined;
  return refuse('forbidden', {
    detail: 'Only the server’s own machine may read its figures.',
    fix: 'Ask 127.0.0.1 with no proxy between, or set METRICS_TOKEN and send it as "Authorization: Bearer TOKEN".',
  });
}

function checkToken(token: string): (request: Request) => Refusal | undefined {
  const expected = digest(token);
  const fix = 'Send the header "Authorization: Bearer TOKEN" with the METRICS_TOKEN of this server.';
  return ({ headers: { authorization } }) => {
    if (authorization === undefined) {
      return refuse('credentials_missing', { detail: 'The figures need a token.', fix });
    }
    const [, given = ''] = /^bearer (.+)$/i.exec(authorization) ?? [];
    if (timingSafeEqual(digest(given), expected)) return undefined;
    return refuse('key_invalid', { detail: 'This is not the token of the figures.', fix });
  };
}

/** Of one length, so that the comparison takes the same time for every text. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
