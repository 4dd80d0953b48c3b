/**
 * Which page the address names. Links stay plain `<a href>`: a click on one that leads to a page of the dashboard is
 * taken over, any other goes its own way. Each entry of the history carries its position, so that a Back which unsaved
 * edits hold up can be taken back itself.
 */
import { matchRoute, type Route, type RouteMatch } from './route.ts';

export interface Place {
  /** Undefined: there is no such page. */
  readonly match: RouteMatch | undefined;
  readonly url: URL;
  /** False for the first page, where the browser has the focus in hand. */
  readonly isNavigation: boolean;
}

interface RouterOptions {
  readonly routes: readonly Route[];
  readonly show: (place: Place) => void;
  /** Says what would be lost; true: leave all the same. */
  readonly askToLeave: (warning: string) => Promise<boolean>;
}

interface NavigateOptions {
  /** Takes the place of the present entry in the history. */
  readonly replace?: boolean;
}

interface Guard {
  readonly isUnsaved: () => boolean;
  readonly warning: string;
}

const guards = new Set<Guard>();
let options: RouterOptions | undefined;
let position = 0;
let isAsking = false;
let shownPath = '';
let takeQuery: ((query: URLSearchParams) => void) | undefined;

const match = (pathname: string): RouteMatch | undefined => matchRoute(options?.routes ?? [], pathname);
const findHold = (): Guard | undefined => [...guards].find(({ isUnsaved }) => isUnsaved());

/** Begins to listen and shows the page of the present address. */
export function startRouter(given: RouterOptions): void {
  options = given;
  position = positionOf(history.state) ?? 0;
  // What a page kept there stays after a reload.
  history.replaceState({ ...(history.state as object | null), position }, '');
  document.addEventListener('click', takeClick);
  addEventListener('popstate', (event) => void takePop(event));
  addEventListener('beforeunload', (event) => {
    if (findHold()) event.preventDefault();
  });
  show(false);
}

/** Goes to a path of the dashboard, unless unsaved edits hold the person and they choose to stay. */
export async function navigate(path: string, { replace = false }: NavigateOptions = {}): Promise<void> {
  if (!(await mayLeave())) return;
  if (!replace) position += 1;
  history[replace ? 'replaceState' : 'pushState']({ position }, '', path);
  show(true);
  scrollTo(0, 0);
}

/** Shows the present address again, after something changed that decides what is there. */
export function showAgain(): void {
  show(true);
}

/** Holds up leaving while `isUnsaved` answers true; the returned function ends that. */
export function guardLeaving(
  isUnsaved: () => boolean,
  warning = 'What you changed here is not saved and will be lost.',
): () => void {
  const guard = { isUnsaved, warning };
  guards.add(guard);
  return () => guards.delete(guard);
}

export function isUnsaved(): boolean {
  return findHold() !== undefined;
}

/** Nothing holds the person any more. */
export function leaveFreely(): void {
  guards.clear();
}

/** A path that leads to a page of the dashboard, or `fallback`: text from outside can not send anybody elsewhere. */
export function ownPath(text: string | null, fallback: string): string {
  if (!text?.startsWith('/')) return fallback;
  // Such as `//`.
  if (!URL.canParse(text, location.origin)) return fallback;
  const url = new URL(text, location.origin);
  if (url.origin !== location.origin || !match(url.pathname)) return fallback;
  return url.pathname + url.search + url.hash;
}

/** Writes behind the `?` what a page shows of itself: the same page, and the same entry of the history. */
export function rewriteQuery(query: Readonly<Record<string, string | undefined>>): void {
  const url = new URL(location.href);
  url.search = String(
    new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => !!entry[1])),
  );
  shownPath = url.pathname + url.search;
  history.replaceState(history.state, '', url);
}

/**
 * A page that has several views under one path stays, with all that is typed, when only what stands behind the `?` changes. The
 * returned function ends that.
 */
export function stayOnPath(take: (query: URLSearchParams) => void): () => void {
  takeQuery = take;
  return () => {
    if (takeQuery === take) takeQuery = undefined;
  };
}

/** Keeps something with the present entry of the history: there when somebody comes Back to it, or loads it again. */
export function keepInEntry(kept: Readonly<Record<string, number>>): void {
  history.replaceState({ ...(history.state as object | null), ...kept }, '');
}

export function keptInEntry(name: string): number | undefined {
  const kept = (history.state as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof kept === 'number' ? kept : undefined;
}

function show(isNavigation: boolean): void {
  const url = new URL(location.href);
  shownPath = url.pathname + url.search;
  options?.show({ match: match(url.pathname), url, isNavigation });
}

async function mayLeave(): Promise<boolean> {
  const hold = findHold();
  if (!hold) return true;
  if (isAsking) return false;
  isAsking = true;
  const leave = (await options?.askToLeave(hold.warning)) ?? true;
  isAsking = false;
  if (leave) guards.clear();
  return leave;
}

function takeClick(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (event.defaultPrevented || !isPlain || !link || link.hasAttribute('download')) return;
  if (link.href === '' || (link.target !== '' && link.target !== '_self')) return;
  const url = new URL(link.href);
  const isSamePlace = url.pathname + url.search === shownPath;
  if (url.origin !== location.origin || !match(url.pathname) || (isSamePlace && url.hash !== '')) return;
  event.preventDefault();
  if (isOnShownPath(url) && takeQuery) {
    if (isSamePlace) return;
    position += 1;
    history.pushState({ position }, '', url);
    return showQuery(url, takeQuery);
  }
  void navigate(url.pathname + url.search + url.hash, { replace: isSamePlace });
}

async function takePop({ state }: PopStateEvent): Promise<void> {
  const reached = positionOf(state);
  // Only what stands behind the # changed: the browser made that entry.
  if (location.pathname + location.search === shownPath) {
    if (reached === undefined) history.replaceState({ position: (position += 1) }, '');
    else position = reached;
    return;
  }
  const url = new URL(location.href);
  if (isOnShownPath(url) && takeQuery) {
    position = reached ?? 0;
    return showQuery(url, takeQuery);
  }
  const steps = (reached ?? 0) - position;
  if (findHold() && steps !== 0) {
    history.go(-steps);
    if (await mayLeave()) history.go(steps);
    return;
  }
  position = reached ?? 0;
  show(true);
}

function isOnShownPath({ pathname }: URL): boolean {
  return pathname === shownPath.split('?', 1)[0];
}

function showQuery(url: URL, take: (query: URLSearchParams) => void): void {
  shownPath = url.pathname + url.search;
  take(url.searchParams);
}

function positionOf(state: unknown): number | undefined {
  const { position: known } = (state ?? {}) as { position?: unknown };
  return typeof known === 'number' ? known : undefined;
}
