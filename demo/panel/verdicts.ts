/**
 * Remembers what the panel knows: the key and its domains, the server's explanation for each site, and what the browser
 * got on each page. Changes are saved one after the other; only the newest may write.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { hostOf } from '../../server/gate/domain-hint.ts';
import type { AskAgain, BrowserVerdict } from '../messages.ts';
import type { DemoKey, ExplainedOrigin } from '../../server/http/wire.ts';
import { explain, readKey, saveDomains } from './api.ts';
import { toApiError } from '../../ui/api-error.ts';
import { originOf } from './site-names.ts';

const askAgain: AskAgain = 'postern-demo:ask-again';
/** The shop and the site that copied its tag come first, side by side. */
const firstNames = ['shop.example', 'evil', 'blog.example', 'example', 'shop.evil'];
/** From a frame's load until it is clear that its page says nothing. */
const silenceMs = 5_000;

export class Verdicts implements ReactiveController {
  key: DemoKey | undefined;
  domains: readonly string[] = [];
  /** Origins, in the order in which they are shown. */
  sites: readonly string[] = firstNames.map(originOf);
  explanations: ReadonlyMap<string, ExplainedOrigin> = new Map();
  browser: ReadonlyMap<string, BrowserVerdict | 'silent'> = new Map();
  /** A sentence, or nothing. */
  trouble = '';
  /** What changed, for a screen reader. */
  news = '';
  readonly #host: ReactiveControllerHost;
  readonly #frames: () => Iterable<HTMLIFrameElement>;
  /** What the server has, as far as it said. */
  #saved: readonly string[] = [];
  #saving: Promise<unknown> = Promise.resolve();
  #changes = 0;
  #questions = 0;

  constructor(host: ReactiveControllerHost, frames: () => Iterable<HTMLIFrameElement>) {
    this.#host = host;
    this.#frames = frames;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('message', this.#hear);
    void this.begin();
  }

  hostDisconnected(): void {
    removeEventListener('message', this.#hear);
  }

  /** Reads everything anew. */
  async begin(): Promise<void> {
    const change = ++this.#changes;
    this.#set({ trouble: '' });
    try {
      const key = await readKey();
      if (change !== this.#changes) return;
      this.#saved = key.allowedDomains;
      this.#set({ key, domains: this.#saved });
      await this.#explain();
    } catch (error) {
      this.#fail(error);
    }
  }

  async change(wanted: readonly string[]): Promise<void> {
    const change = ++this.#changes;
    this.#set({ domains: [...new Set(wanted)] });
    const saving = this.#saving.then(() => saveDomains(wanted));
    this.#saving = saving.catch(() => undefined);
    try {
      const domains = await saving;
      this.#saved = domains;
      if (change !== this.#changes) return;
      this.#set({ domains, trouble: '', browser: new Map() });
      for (const { contentWindow, src } of this.#frames()) contentWindow?.postMessage(askAgain, new URL(src).origin);
      await this.#explain();
    } catch (error) {
      if (change !== this.#changes) return;
      this.#set({ domains: this.#saved });
      this.#fail(error);
    }
  }

  add(origin: string): void {
    this.#set({ sites: [...this.sites, origin] });
    this.#explain().catch((error: unknown) => this.#fail(error));
  }

  canRemove(origin: string): boolean {
    return this.sites.indexOf(origin) >= firstNames.length;
  }

  remove(origin: string): void {
    this.#set({ sites: this.sites.filter((site) => site !== origin) });
  }

  /** A frame has loaded: its page should say something soon. */
  loaded(origin: string): void {
    setTimeout(() => {
      if (!this.browser.has(origin)) this.#set({ browser: new Map(this.browser).set(origin, 'silent') });
    }, silenceMs);
  }

  async #explain(): Promise<void> {
    const question = ++this.#questions;
    const explained = await explain(this.sites);
    if (question !== this.#questions) return;
    const changed = explained.filter(({ origin, allowed }) => this.explanations.get(origin)?.allowed !== allowed);
    const news = changed.map(({ origin, allowed }) => `${hostOf(origin)}: ${allowed ? 'allowed' : 'refused'}.`);
    this.#set({ explanations: new Map(explained.map((one) => [one.origin, one])), news: news.join(' ') });
  }

  readonly #hear = ({ source, origin, data }: MessageEvent): void => {
    const isFrame = [...this.#frames()].some(({ contentWindow }) => contentWindow === source);
    if (isFrame && isBrowserVerdict(data)) this.#set({ browser: new Map(this.browser).set(origin, data) });
  };

  #fail(error: unknown): void {
    const trouble = toApiError(error).generalProblem([]);
    this.#set({ trouble });
  }

  #set(change: Partial<Verdicts>): void {
    Object.assign(this, change);
    this.#host.requestUpdate();
  }
}

function isBrowserVerdict(data: unknown): data is BrowserVerdict {
  const type: BrowserVerdict['type'] = 'postern-demo:verdict';
  return (data as Partial<BrowserVerdict> | null)?.type === type;
}
