/**
 * Reads what a request shows of itself from its raw headers: Node joins two Origin headers with a comma and silently keeps
 * the first of two Authorization headers, so `request.headers` can't tell.
 */
import type { Request } from 'express';
import type { Call } from '../keys/checks.ts';

export const headerLinesMax = 100;

export function readCall(request: Request): Call {
  const { rawHeaders, method } = request;
  const authorizations: string[] = [];
  const origins: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') authorizations.push(rawHeaders[index + 1] ?? '');
    else if (name.length === 6 && name.toLowerCase() === 'origin') origins.push(rawHeaders[index + 1] ?? '');
  }
  const isRead = method === 'GET' || method === 'HEAD';
  return {
    authorizations,
    origins,
    isSameOriginRead: isRead && request.headers['sec-fetch-site'] === 'same-origin',
    ip: request.ip ?? '',
  };
}
