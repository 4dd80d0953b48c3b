import type { Page } from './page.ts';
import type { ElementClass } from './register-elements.ts';

export type Section = 'api-keys' | 'usage' | 'agents' | 'conversations' | 'members' | 'webhooks' | 'audit' | 'general';

/** A page and the paths that lead to it. */
export interface Route {
  /** `:name` stands for one part of the path, an id. */
  readonly path: string;
  readonly tag: `page-${string}`;
  /** Who may be here: anybody, who is signed in, or who belongs to the organization in the path. */
  readonly needs: 'nothing' | 'session' | 'organization';
  /** The entry of the navigation that it belongs to. */
  readonly section?: Section;
  /** The page's class, from a module that is fetched when somebody goes there. */
  readonly load: () => Promise<ElementClass & (new () => Page)>;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that fits. */
export function matchRoute(routes: readonly Route[], pathname: string): RouteMatch | undefined {
  for (const route of routes) {
    const params = matchPath(route.path, pathname);
    if (params) return { route, params };
  }
  return undefined;
}

export function sectionPath(organizationId: string, section: Section): string {
  return `/org/${encodeURIComponent(organizationId)}/settings/${section}`;
}

function matchPath(path: string, pathname: string): Readonly<Record<string, string>> | undefined {
  const wanted = path.split('/');
  const given = (pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname).split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== text) return undefined;
      continue;
    }
    // An id has no other signs, so nothing needs to be decoded.
    if (!/^[\w-]{1,100}$/.test(text)) return undefined;
    params[part.slice(1)] = text;
  }
  return params;
}
