/** Gives every request an id, and writes one line when it is over. */
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { problems } from '../core/problem.ts';
import { randomBase36 } from '../core/key-format.ts';

/** Ids that are unique among processes and cost a counter: `7k2m9x4q1a-1f`. */
export function createRequestIds(): () => string {
  const prefix = randomBase36(10);
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

export function createRequestLog(logger: Logger, nextId: () => string): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const { locals } = response;
    locals.requestId = nextId();
    response.setHeader('X-Request-Id', locals.requestId);
    response.once('close', () => {
      const { verdict, problemCode, failure } = locals;
      const key = verdict?.key;
      const status = response.statusCode;
      // JSON leaves out what is undefined.
      const line = {
        requestId: locals.requestId,
        method: request.method,
        path: pathOf(request.originalUrl),
        status,
        code: problemCode,
        keyId: key?.id,
        organizationId: key?.organizationId ?? locals.member?.organizationId,
        userId: locals.userId,
        isAborted: response.writableFinished ? undefined : true,
        durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
      };
      if (failure !== undefined) logger.error({ ...line, err: failure }, 'request');
      else if (problemCode !== undefined && problems[problemCode].status >= 500) logger.error(line, 'request');
      else logger.info(line, 'request');
    });
    next();
  };
}

/** Without the query, no longer than a log line can bear, and plain, so that a key in it is found and cut out. */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = (end === -1 ? url : url.slice(0, end)).slice(0, 200);
  return path.includes('%') ? decoded(path) : path;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%.?.?/g, '%');
  }
}
