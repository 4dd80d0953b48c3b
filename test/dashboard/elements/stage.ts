/// <reference types="mocha" />
/**
 * A page with the dashboard's frame around the element that is tested: where toasts, announcements and questions go. What is
 * looked for is looked for as a screen reader finds it: by role and name, as Chromium computes them, and only what can be reached.
 */
import type Axe from 'axe-core';
import { html, render, type TemplateResult } from 'lit';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import '../../../node_modules/axe-core/axe.js';
import { Dashboard } from '../../../dashboard/app.ts';
import type { Toast } from '../../../dashboard/components/toast.ts';
import { registerElements, type ElementClass } from '../../../dashboard/register-elements.ts';
import { leaveFreely, navigate, startRouter } from '../../../dashboard/router.ts';
import { routes } from '../../../dashboard/routes.ts';
import { setSession } from '../../../dashboard/session.ts';
import { browser, focused, until } from '../../support/in-browser.ts';
import { now } from './samples.ts';
import { server } from './server.ts';

export { browser, focused, until };

/** Its file is no module: it leaves itself on the window. */
declare const axe: typeof Axe;

declare global {
  interface Element {
    /** With the flag of the runner's configuration. */
    readonly computedRole: string;
    readonly computedName: string;
  }
}

/** What a screen reader was told. */
export let said: string[] = [];
export let toasts: Toast[] = [];
/** The paths that the router was led to. */
export let visited: string[] = [];
/** What would be lost, as the router asked, and what it is answered. */
export const leaving = { asked: [] as string[], answer: true as boolean | Promise<boolean> };
let isRouting = false;
let clock: SinonFakeTimers | undefined;
const address = location.href;

addEventListener('dashboard-announce', (event) => said.push((event as CustomEvent<string>).detail));
addEventListener('dashboard-toast', (event) => toasts.push((event as CustomEvent<Toast>).detail));
registerElements(Dashboard.elements);

beforeEach(() => {
  server.reset();
  said = [];
  toasts = [];
  visited = [];
  Object.assign(leaving, { asked: [], answer: true });
});

afterEach(() => {
  clock?.uninstall();
  clock = undefined;
  leaveFreely();
  Reflect.deleteProperty(navigator, 'onLine');
  for (const element of document.querySelectorAll('body > :not(script)')) element.remove();
  setSession(undefined);
  history.replaceState(null, '', address);
  server.expectNoSurprise();
});

/** The real router with the real table of pages; where it leads is written down and not drawn. */
export function startTestRouter(): void {
  if (isRouting) return;
  isRouting = true;
  startRouter({
    routes,
    show: ({ url, isNavigation }) => {
      if (isNavigation) visited.push(url.pathname + url.search + url.hash);
    },
    askToLeave: (warning) => {
      leaving.asked.push(warning);
      return Promise.resolve(leaving.answer);
    },
  });
}

let dashboard: Dashboard | undefined;

/**
 * The whole dashboard at an address, while nothing is known of who looks at it. It listens for as long as its tab is there, so
 * there is one for a file; it stands beside the body, which is emptied after each test.
 */
export async function openDashboard(path: string): Promise<Dashboard> {
  registerElements({ 'postern-dashboard': Dashboard });
  if (dashboard) {
    dashboard.view = 'starting';
    await navigate(path, { replace: true });
  } else {
    history.replaceState(null, '', path);
    dashboard = new Dashboard();
    document.documentElement.append(dashboard);
  }
  return dashboard;
}

/** Takes the connection away, or brings it back, as far as a page is told. */
export function connect(isConnected: boolean): void {
  Object.defineProperty(navigator, 'onLine', { value: isConnected, configurable: true });
  dispatchEvent(new Event(isConnected ? 'online' : 'offline'));
}

/** Draws into the frame; again with other values changes what is there. */
export function draw(content: TemplateResult): HTMLElement {
  let frame = document.querySelector<HTMLElement>('body > .stage');
  if (!frame) {
    frame = document.createElement('div');
    frame.className = 'stage';
    document.body.append(frame);
  }
  render(
    html`<main id="content" tabindex="-1">${content}</main>
      <ui-toast-region></ui-toast-region>
      <ui-confirm-dialog></ui-confirm-dialog>
      <ui-session-dialog></ui-session-dialog>`,
    frame,
  );
  return frame.querySelector('main')!;
}

/** One element alone in the frame, with its properties. */
export async function mount<One extends HTMLElement>(
  tag: string,
  elementClass: ElementClass & (new () => One),
  properties: Partial<One> = {},
): Promise<One> {
  registerElements({ [tag]: elementClass });
  const element = Object.assign(document.createElement(tag) as One, properties);
  draw(html`${element}`);
  await drawn();
  return element;
}

const { port1, port2 } = new MessageChannel();
const turns: (() => void)[] = [];
port2.onmessage = () => turns.shift()?.();

/** Everything that was changed is on the screen, and every answer that is there has been read. A stopped clock stands still. */
export async function drawn(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise<void>((resolve) => {
      turns.push(resolve);
      port1.postMessage(null);
    });
  }
}

/** Stops the clock; `tickAsync` of what it answers lets it go on. */
export function stopClock(at = now): SinonFakeTimers {
  clock = useFakeTimers({
    now: Date.parse(at),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
  return clock;
}

export type RoleName = keyof typeof selectors;

const selectors = {
  alert: '[role=alert]',
  button: 'button',
  cell: '[role=cell], td',
  checkbox: 'input[type=checkbox]',
  combobox: 'select, [role=combobox]',
  dialog: 'dialog',
  group: 'fieldset, details, [role=group]',
  heading: 'h1, h2, h3',
  image: 'svg, [role=img]',
  link: 'a',
  list: 'ul, ol, [role=list]',
  navigation: 'nav',
  progressbar: 'progress',
  radio: 'input[type=radio]',
  row: '[role=row], tr',
  searchbox: 'input[type=search]',
  spinbutton: 'input[type=number]',
  status: '[role=status]',
  switch: '[role=switch]',
  textbox: 'input, textarea',
} as const;

/** What can be reached with this role, in the order of the page. A text is the whole name. */
export function all(role: RoleName, name?: string | RegExp, within: ParentNode = document): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(selectors[role])].filter(
    (element) =>
      element.checkVisibility() &&
      element.computedRole === role &&
      (name === undefined ||
        (typeof name === 'string' ? element.computedName === name : name.test(element.computedName))),
  );
}

/** The one of them; an error tells which there are. */
export function get(role: RoleName, name?: string | RegExp, within: ParentNode = document): HTMLElement {
  const [found, another] = all(role, name, within);
  if (found && !another) return found;
  const there = all(role, undefined, within).map(({ computedName }) => computedName);
  throw new Error(`${found ? 'More than one' : 'No'} ${role} “${String(name)}” among: ${there.join(' | ')}`);
}

export const has = (role: RoleName, name?: string | RegExp): boolean => all(role, name).length > 0;

/** As soon as it is there. */
export async function came(role: RoleName, name?: string | RegExp): Promise<HTMLElement> {
  const startedAt = performance.now();
  while (!has(role, name) && performance.now() - startedAt < 4000) await new Promise(requestAnimationFrame);
  return get(role, name);
}

export async function press(name: string | RegExp, within?: ParentNode): Promise<void> {
  get('button', name, within).click();
  await drawn();
}

/** Everything between spaces is one space. */
export function textOf(element: Element | null | undefined): string {
  return element instanceof HTMLElement ? element.innerText.replace(/\s+/g, ' ').trim() : '';
}

export const seen = (): string => textOf(document.querySelector('main'));

/** What is read out because it is wrong. */
export const alerts = (): readonly string[] => all('alert').map(textOf).filter(Boolean);

/** What is read out when it changes. */
export const statuses = (): readonly string[] => all('status').map(textOf).filter(Boolean);

/** Writes into a field, as one who types or pastes does. */
export async function write(name: string | RegExp, text: string, role: RoleName = 'textbox'): Promise<void> {
  fill(get(role, name) as HTMLInputElement, text);
  await drawn();
}

export function fill(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

export const valueOf = (name: string | RegExp, role: RoleName = 'textbox'): string =>
  (get(role, name) as HTMLInputElement).value;

/** Chooses in a `<select>`, or ticks a radio button or a checkbox. */
export async function choose(
  role: 'combobox' | 'radio' | 'checkbox',
  name: string | RegExp,
  value = '',
): Promise<void> {
  const control = get(role, name);
  if (control instanceof HTMLSelectElement) {
    control.value = value;
    control.dispatchEvent(new Event('change', { bubbles: true }));
  } else control.click();
  await drawn();
}

/** Sends the form around what has the focus, or the only one. */
export async function submit(within: ParentNode = document): Promise<void> {
  within.querySelector('form')!.requestSubmit();
  await drawn();
}

/** What an element tells its user from now on. */
export function heard<Detail>(element: EventTarget, name: string): Detail[] {
  const details: Detail[] = [];
  element.addEventListener(name, (event) => details.push((event as CustomEvent<Detail>).detail));
  return details;
}

/** How the thing that has the focus is called: `button “Save”`; nothing has it: `body`. */
export function focus(): string {
  const element = focused();
  if (!element || element === document.body) return 'body';
  return `${element.computedRole} “${element.computedName}”`;
}

/** What axe finds in what is shown, in light and in dark; the frame of a whole page is not there. */
export async function violations(): Promise<readonly string[]> {
  await drawn();
  const found: string[] = [];
  for (const colours of ['light', 'dark']) {
    document.documentElement.style.colorScheme = colours;
    await drawn();
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().iterations === 1) animation.finish();
    }
    const { violations: broken } = await axe.run(document, {
      rules: Object.fromEntries(
        ['page-has-heading-one', 'region', 'heading-order'].map((rule) => [rule, { enabled: false }]),
      ),
    });
    for (const { id, nodes } of broken) {
      found.push(
        ...nodes.map(({ target, failureSummary }) => `${colours} ${id}: ${target.join()} ${failureSummary ?? ''}`),
      );
    }
  }
  document.documentElement.style.colorScheme = '';
  return found;
}
