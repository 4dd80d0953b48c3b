/// <reference types="mocha" />
/** What the widget's tests share: a scene on the scripted server, an element on the page, and waiting for what happens. */
import type { PosternChat } from '../../widget/element.ts';
import type { PosternEventMap } from '../../widget/events.ts';
import { agentAnswer, AGENT_ID, KEY } from './answers.ts';
import type { Asked, Script } from './scripted-server.ts';
import { until } from '../support/in-browser.ts';
import { server } from 'server-address';
import '../../widget/index.ts';

export { browser, consoleErrors, focused, until } from '../support/in-browser.ts';
export { server };

export interface Scene {
  readonly api: string;
  script(script: Script): Promise<void>;
  go(gate: string): Promise<void>;
  asked(): Promise<readonly Asked[]>;
  /** What was asked of `/messages`. */
  sent(): Promise<readonly Asked[]>;
}

let scenes = 0;

export async function createScene(script: Script = {}): Promise<Scene> {
  const api = `${server}/s/${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${++scenes}`;
  const tell = async (method: string, path: string, body: string | null = null) => {
    await fetch(`${api}/${path}`, { method, body });
  };
  const scene: Scene = {
    api,
    script: (next) => tell('PUT', 'script', JSON.stringify(next)),
    go: (gate) => tell('POST', `go/${gate}`),
    asked: async () => (await (await fetch(`${api}/asked`)).json()) as readonly Asked[],
    sent: async () => (await scene.asked()).filter(({ path }) => path.endsWith('/messages')),
  };
  await scene.script({ agent: [agentAnswer], ...script });
  return scene;
}

export type Attributes = Readonly<Record<string, string>>;

const mounted = new Set<Element>();

export function mount(scene: Scene, attributes: Attributes = {}): PosternChat {
  const chat = document.createElement('postern-chat');
  const all = { 'public-key': KEY, agent: AGENT_ID, api: scene.api, lang: 'en', ...attributes };
  for (const [name, value] of Object.entries(all)) chat.setAttribute(name, value);
  document.body.append(chat);
  mounted.add(chat);
  return chat;
}

export async function mountOpen(scene: Scene, attributes: Attributes = {}): Promise<PosternChat> {
  const chat = mount(scene, attributes);
  chat.open();
  await until(() => one(chat, '.message.agent .body:not(.plain)') ?? one(chat, '.trouble'));
  return chat;
}

/** As it looks when what moves once has moved. */
export async function settle(chat: PosternChat): Promise<void> {
  await chat.updateComplete;
  const animations = all(chat, '*').flatMap((element) => element.getAnimations());
  for (const animation of animations) {
    if (animation.effect?.getComputedTiming().iterations === 1) animation.finish();
  }
}

/** After each test: nothing on the page, nothing in storage. */
export function clean(): void {
  for (const element of mounted) element.remove();
  mounted.clear();
  sessionStorage.clear();
  localStorage.clear();
}

export function one(chat: Element, selector: string): HTMLElement | null {
  return chat.shadowRoot?.querySelector<HTMLElement>(selector) ?? null;
}

export function all(chat: Element, selector: string): HTMLElement[] {
  return [...(chat.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])];
}

export function texts(chat: Element, selector: string): string[] {
  return all(chat, selector).map((found) => found.innerText.trim());
}

/** Runs `act`, and answers how long the page was at work without a pause for a frame, at most. */
export async function longestBlock(act: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let lastAtMs = performance.now();
  let isOver = false;
  const tick = (channel: MessageChannel) => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lastAtMs);
    lastAtMs = now;
    if (!isOver) channel.port1.postMessage(null);
  };
  const channel = new MessageChannel();
  channel.port2.onmessage = () => tick(channel);
  tick(channel);
  await act();
  isOver = true;
  tick(channel);
  return longestMs;
}

/** The next of these events. */
export function next<Name extends keyof PosternEventMap>(
  target: EventTarget,
  name: Name,
): Promise<PosternEventMap[Name]> {
  return new Promise((resolve) => {
    target.addEventListener(name, (event) => resolve(event as PosternEventMap[Name]), { once: true });
  });
}

export function say(chat: PosternChat, text: string): void {
  const field = input(chat);
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  press(field, { key: 'Enter' });
}

export function press(target: Element, init: KeyboardEventInit): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
}

export function input(chat: Element): HTMLTextAreaElement {
  return one(chat, '.composer textarea') as HTMLTextAreaElement;
}

/** What the owner is told comes with the file that is fetched later. */
export async function isTold(): Promise<void> {
  await import('../../widget/rich-text.ts');
  await new Promise((resolve) => requestIdleCallback(resolve));
}
