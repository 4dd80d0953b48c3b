/**
 * CORS for everything that is called with a key, before authentication, so that a page can read a refusal and say why. Any
 * page may read: no cookie means anything here, and the refusal itself is the gate. The options are fixed on purpose.
 */
import cors from 'cors';
import type { RequestHandler } from 'express';

export function createCors(): RequestHandler {
  return cors({
    origin: '*',
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    credentials: false,
    maxAge: 7_200,
    optionsSuccessStatus: 204,
  });
}
