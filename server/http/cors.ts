/**
 * CORS for everything that is called with a key, before authentication, so that a page can read a refusal and say why. Any
 * page may read: no cookie means anything here, and the refusal itself is the gate. The options are fixed on purpose.
 * A preflight allows the headers that were asked for: what a page's libraries add to every request (tracing, CSRF) is
 * never read here. No cache keeps an answer, and no browser takes it for another type. `guard` refuses requests with too many
 * headers, preflights too.
 */
import cors from 'cors';
import type { RequestHandler } from 'express';
import type { ServerResponse } from 'node:http';

const exposedHeaders = ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Should-Retry'];

export function createCors(guard: RequestHandler): RequestHandler {
  const addCorsHeaders = cors({
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders,
    credentials: false,
    maxAge: 7_200,
    preflightContinue: true,
  });
  return (request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    addCorsHeaders(request, response, () => {
      void guard(request, response, () => {
        if (request.method !== 'OPTIONS') next();
        else response.setHeader('Content-Length', '0').writeHead(204).end();
      });
    });
  };
}

/** Lets any page read this one answer: for a refusal that a proxy passes on to the page. */
export function letPagesRead(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', exposedHeaders.join(','));
}
