import { ApiError } from '../ui/api-error.ts';
import type { Page } from './page.ts';
import { registerElements } from './register-elements.ts';
import type { RouteMatch } from './route.ts';

/** Fetches a page's script if it is not there yet, and makes the page. Throws an `ApiError`. */
export async function loadPage({ route }: RouteMatch): Promise<Page> {
  const PageClass = await route.load().catch((error: unknown) => {
    reportError(error);
    const detail = 'This page could not be fetched. The server may be out of reach, or have a new version: load again.';
    throw new ApiError({ status: 0, code: 'unexpected', detail });
  });
  registerElements({ [route.tag]: PageClass });
  return new PageClass();
}
