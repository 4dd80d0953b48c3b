/** The built widget as its server serves it, and small customer pages with the tag on them. */
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '../../dist/widget');

/** `/page?html=…&policy=…` is a page; `/widget.js` and `/widget/…` are the built files. */
export function servePages(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
  response.setHeader('access-control-allow-origin', '*');
  if (pathname === '/page') {
    const policy = searchParams.get('policy');
    if (policy) response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', 'text/html; charset=utf-8').end(searchParams.get('html'));
    return;
  }
  const file = join(dist, pathname === '/widget.js' ? pathname : pathname.replace(/^\/widget\//, '/'));
  if (!/^\/widget[./]/.test(pathname) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  const type = file.endsWith('.js') ? 'text/javascript' : 'application/json';
  response.setHeader('content-type', type).end(readFileSync(file));
}
