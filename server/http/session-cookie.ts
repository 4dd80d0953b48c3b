/** The cookie that carries a sealed session: for this host alone, not for scripts, not for what other sites send. */
import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { dayMs } from '../gate/clock.ts';
import { sessionDays } from '../accounts/sessions.ts';

export interface SessionCookie {
  /** The sealed text; undefined when there is none. */
  read(request: Request): string | undefined;
  set(response: Response, sealed: string): void;
  clear(response: Response): void;
}

export function createSessionCookie(publicOrigin: string): SessionCookie {
  const { protocol, port } = new URL(publicOrigin);
  const isSecure = protocol === 'https:';
  // Browsers send a cookie to every port of its host, so two servers on one host need two names.
  const own = port === '' ? 'postern' : `postern-${port}`;
  // A browser takes a name that begins like this only from https, without a domain, for every path.
  const name = isSecure ? `__Host-${own}` : own;
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' };
  return {
    read: ({ headers }) => (headers.cookie === undefined ? undefined : parse(headers.cookie)[name]),
    set: (response, sealed) => void response.cookie(name, sealed, { ...options, maxAge: sessionDays * dayMs }),
    clear: (response) => void response.clearCookie(name, options),
  };
}
