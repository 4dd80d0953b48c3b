import { Router } from 'express';

/** Matches paths exactly: case matters, and a trailing slash is another path. So a proxy's rule means what it says. */
export function createExactRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}
