/**
 * The demo's panel: sites in frames, the key's domains beside them, and secret calls in a second tab. What it shows comes
 * from the server (its explanation) and from the pages in the frames (what the browser really got).
 */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { parseOrigin } from '../../server/core/origin.ts';
import type { AskAgain, BrowserVerdict } from '../messages.ts';
import { explain, PanelError, readKey, saveDomains, type DemoKey, type Explanation } from './api.ts';
import { copyButton } from './copy.ts';
import { hostOf } from './pattern-words.ts';
import { siteCard } from './site-card.ts';

const askAgain: AskAgain = 'postern-demo:ask-again';
const firstNames = ['shop.example', 'blog.example', 'example', 'evil', 'shop.evil'];
const sitesMax = 20;
/** From a frame's load until it is clear that its page says nothing. */
const silenceMs = 5_000;

const tabs = [
  ['pages', 'Web pages'],
  ['secret', 'Secret calls'],
] as const;
type Tab = (typeof tabs)[number][0];

function isBrowserVerdict(data: unknown): data is BrowserVerdict {
  const type: BrowserVerdict['type'] = 'postern-demo:verdict';
  return (data as Partial<BrowserVerdict> | null)?.type === type;
}

function originOf(name: string): string {
  const { protocol, port } = location;
  return `${protocol}//${name}.localhost${port === '' ? '' : `:${port}`}`;
}

export class Panel extends LitElement {
  static override readonly properties = {
    tab: { state: true },
    key: { state: true },
    domains: { state: true },
    sites: { state: true },
    explanations: { state: true },
    browser: { state: true },
    trouble: { state: true },
    siteProblem: { state: true },
    news: { state: true },
  };

  declare tab: Tab;
  declare key: DemoKey | undefined;
  declare domains: readonly string[];
  /** Origins, in the order in which they are shown. */
  declare sites: readonly string[];
  declare explanations: ReadonlyMap<string, Explanation>;
  declare browser: ReadonlyMap<string, BrowserVerdict | 'silent'>;
  declare trouble: string;
  declare siteProblem: string;
  /** What changed, for a screen reader. */
  declare news: string;
  /** Only the newest change may write. */
  #turn = 0;

  constructor() {
    super();
    this.tab = 'pages';
    this.key = undefined;
    this.domains = [];
    this.sites = firstNames.map(originOf);
    this.explanations = new Map();
    this.browser = new Map();
    this.trouble = '';
    this.siteProblem = '';
    this.news = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('message', this.#hear);
    void this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('message', this.#hear);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      <header class="top">
        <p class="mark">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 30V14a12 12 0 0 1 24 0v16h-7V17a5 5 0 0 0-10 0v13z" />
          </svg>
          Postern <span>demo</span>
        </p>
        <div role="tablist" aria-label="Ways to use the key" @keydown=${this.#steer}>
          ${tabs.map(
            ([id, words]) =>
              html`<button
                role="tab"
                type="button"
                id=${`tab-${id}`}
                aria-controls=${`part-${id}`}
                aria-selected=${this.tab === id}
                tabindex=${this.tab === id ? 0 : -1}
                @click=${() => this.#show(id)}
              >
                ${words}
              </button>`,
          )}
        </div>
      </header>
      <p class="unseen" role="status">${this.news}</p>
      ${
        this.trouble === ''
          ? nothing
          : html`<div class="trouble" role="alert">
              <p>${this.trouble}</p>
              <button class="quiet" type="button" @click=${() => void this.#begin()}>Try again</button>
            </div>`
      }
      ${this.key ? this.#renderTabs(this.key) : this.trouble === '' ? html`<p class="loading">Reading the demo key…</p>` : nothing}
    `;
  }

  #renderTabs(key: DemoKey): TemplateResult {
    return html`<main>
      <div id="part-pages" role="tabpanel" aria-labelledby="tab-pages" ?hidden=${this.tab !== 'pages'}>
        <div class="intro">
          <h1>Which sites may use this key?</h1>
          <p>
            These are real sites on real origins of this machine. All carry the same script tag with the same
            publishable key, also those that copied it. Change the list and watch.
          </p>
        </div>
        <aside aria-label="The key">
          <section class="card">
            <demo-domain-editor
              .domains=${this.domains}
              .defaults=${key.defaultDomains}
              .origins=${this.sites}
              @domains-change=${(event: CustomEvent<readonly string[]>) => void this.#change(event.detail)}
            ></demo-domain-editor>
          </section>
          <section class="card">
            <div class="row">
              <h2>The tag on every page</h2>
              ${copyButton(key.snippet, 'the tag')}
            </div>
            <pre tabindex="0"><code>${key.snippet}</code></pre>
          </section>
        </aside>
        <div class="sites">
          ${repeat(
            this.sites,
            (origin) => origin,
            (origin, index) => this.#renderSite(origin, index),
          )}
          ${this.#renderAddSite()}
        </div>
      </div>
      <div id="part-secret" role="tabpanel" aria-labelledby="tab-secret" ?hidden=${this.tab !== 'secret'}>
        <demo-secret-calls .key=${key} .domains=${this.domains} .isShown=${this.tab === 'secret'}></demo-secret-calls>
      </div>
    </main>`;
  }

  #renderSite(origin: string, index: number): TemplateResult {
    return siteCard({
      origin,
      domains: this.domains,
      explanation: this.explanations.get(origin),
      browser: this.browser.get(origin),
      remove: index < firstNames.length ? undefined : () => (this.sites = this.sites.filter((site) => site !== origin)),
      allow: (host) => this.#allow(host),
      loaded: () => this.#awaitWord(origin),
    });
  }

  #renderAddSite(): TemplateResult {
    return html`<form class="add" @submit=${this.#addSite}>
      <h2>Another site</h2>
      <p>Every name under <code>.localhost</code> is this machine, and the demo puts a page there.</p>
      <label for="site">Name</label>
      <div class="field">
        <input
          id="site"
          type="text"
          placeholder="help.evil"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          aria-describedby="site-problem"
          aria-invalid=${this.siteProblem === '' ? nothing : 'true'}
        />
        <span>.localhost</span>
        <button class="main" type="submit">Show</button>
      </div>
      <p id="site-problem" class="hint problem" role="alert">${this.siteProblem}</p>
    </form>`;
  }

  readonly #addSite = (event: SubmitEvent): void => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('site') as HTMLInputElement;
    const name = input.value
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/(\.localhost)?(:\d+)?\/?$/, '');
    const origin = originOf(name);
    this.siteProblem = '';
    if (typeof parseOrigin(origin) === 'string' || origin === location.origin) {
      this.siteProblem = 'Write a name of letters, digits, hyphens and dots, such as help.evil.';
    } else if (this.sites.includes(origin)) {
      this.siteProblem = 'This site is shown already.';
    } else if (this.sites.length >= sitesMax) {
      this.siteProblem = `No more than ${sitesMax} sites at a time.`;
    }
    if (this.siteProblem !== '') {
      input.focus();
      return;
    }
    input.value = '';
    this.sites = [...this.sites, origin];
    void this.#explainAll();
  };

  async #begin(): Promise<void> {
    try {
      this.trouble = '';
      this.key = await readKey();
      this.domains = this.key.allowedDomains;
      await this.#explainAll();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #change(domains: readonly string[]): Promise<void> {
    const turn = ++this.#turn;
    const before = this.domains;
    this.domains = [...new Set(domains)];
    try {
      const saved = await saveDomains(this.domains);
      if (turn !== this.#turn) return;
      this.trouble = '';
      this.domains = saved;
      this.browser = new Map();
      for (const { contentWindow, src } of this.querySelectorAll('iframe')) {
        contentWindow?.postMessage(askAgain, new URL(src).origin);
      }
      await this.#explainAll();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.domains = before;
      this.#fail(error);
    }
  }

  /** The button that asked for it goes away; the focus stays with the site. */
  #allow(host: string): void {
    this.querySelector<HTMLElement>(`[data-host="${host}"] header a`)?.focus();
    void this.#change([...this.domains, host]);
  }

  async #explainAll(): Promise<void> {
    const turn = ++this.#turn;
    const before = this.explanations;
    try {
      const explained = await explain(this.sites);
      if (turn !== this.#turn) return;
      this.explanations = new Map(explained.map((explanation) => [explanation.origin, explanation]));
      const changed = explained.filter(({ origin, allowed }) => before.get(origin)?.allowed !== allowed);
      this.news = changed
        .map(({ origin, allowed }) => `${hostOf(origin)}: ${allowed ? 'allowed' : 'refused'}.`)
        .join(' ');
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.trouble = error instanceof PanelError ? error.message : 'Something went wrong in this page. Load it again.';
  }

  readonly #hear = ({ source, origin, data }: MessageEvent): void => {
    const isFrame = [...this.querySelectorAll('iframe')].some(({ contentWindow }) => contentWindow === source);
    if (isFrame && isBrowserVerdict(data)) this.browser = new Map(this.browser).set(origin, data);
  };

  #awaitWord(origin: string): void {
    setTimeout(() => {
      if (!this.browser.has(origin)) this.browser = new Map(this.browser).set(origin, 'silent');
    }, silenceMs);
  }

  #show(tab: Tab): void {
    this.tab = tab;
    scrollTo(0, 0);
  }

  readonly #steer = ({ key }: KeyboardEvent): void => {
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
    this.#show(this.tab === 'pages' ? 'secret' : 'pages');
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-selected=true]')?.focus());
  };
}
