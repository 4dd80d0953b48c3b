/**
 * The demo's panel: sites in frames, the key's domains beside them, secret calls and a stolen key in tabs of their own. What it shows comes
 * from the server (its explanation) and from the pages in the frames (what the browser really got).
 */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { LightElement } from '../../ui/light-element.ts';
import type { DemoKey } from '../../server/http/wire.ts';
import { copyButton } from './copy.ts';
import { siteCard, verdictBadge, verdictState } from './site-card.ts';
import { originOf } from './site-names.ts';
import { Verdicts } from './verdicts.ts';

/** The page that lets one choose who answers. */
const choosing = originOf('shop.example');

const tabs = [
  ['pages', 'Web pages'],
  ['secret', 'Secret calls'],
  ['stolen', 'Stolen key'],
] as const;
type Tab = (typeof tabs)[number][0];

export class Panel extends LightElement {
  @state() tab: Tab = 'pages';
  /** Whether the model answers on the shop's page. */
  @state() isModel = false;
  readonly #verdicts = new Verdicts(this, () => this.querySelectorAll('iframe'));

  protected override render(): TemplateResult {
    const { key, trouble, news } = this.#verdicts;
    return html`
      <header class="top">
        <p class="mark">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 30V14a12 12 0 0 1 24 0v16h-7V17a5 5 0 0 0-10 0v13z" />
          </svg>
          Postern <span>demo</span>
        </p>
        <nav aria-label="From here">
          <a href="/">Open the dashboard</a>
          <a href="/api/docs/embedding.md">Use it on my site</a>
        </nav>
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
      ${key && this.tab === 'pages' ? this.#renderStrip() : nothing}
      <p class="unseen" role="status">${news}</p>
      ${
        trouble === ''
          ? nothing
          : html`<div class="trouble" role="alert">
              <p>${trouble}</p>
              <button class="quiet" type="button" @click=${() => void this.#verdicts.begin()}>Try again</button>
            </div>`
      }
      ${key ? this.#renderTabs(key) : trouble === '' ? html`<p class="loading">Reading the demo key…</p>` : nothing}
    `;
  }

  #renderTabs(key: DemoKey): TemplateResult {
    const { domains, sites } = this.#verdicts;
    return html`<main>
      <div id="part-pages" role="tabpanel" aria-labelledby="tab-pages" ?hidden=${this.tab !== 'pages'}>
        <div class="intro">
          <h1>A public key that only your own sites can use</h1>
          <p>
            Postern answers a publishable key only from the web domains that you allow. These are real sites on real
            origins, all with the shop's script tag. One has copied it.
          </p>
          <ol class="steps">
            <li>Ask the <b>shop</b> something in its chat.</li>
            <li>Look at the <b>copy</b>: the same tag, and no chat.</li>
            <li>Remove <code>*.example.localhost</code> from the list: the shop is refused too.</li>
          </ol>
        </div>
        <aside aria-label="The key">
          <section class="card">
            <demo-domain-editor
              .domains=${domains}
              .defaults=${key.defaultDomains}
              .origins=${sites}
              @domains-change=${({ detail }: CustomEvent<readonly string[]>) => void this.#verdicts.change(detail)}
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
            sites,
            (origin) => origin,
            (origin) => this.#renderSite(origin),
          )}
          <demo-add-site
            .sites=${sites}
            @site-add=${({ detail }: CustomEvent<string>) => this.#verdicts.add(detail)}
          ></demo-add-site>
        </div>
      </div>
      <div id="part-secret" role="tabpanel" aria-labelledby="tab-secret" ?hidden=${this.tab !== 'secret'}>
        <demo-secret-calls .key=${key} .domains=${domains} .isShown=${this.tab === 'secret'}></demo-secret-calls>
      </div>
      <div id="part-stolen" role="tabpanel" aria-labelledby="tab-stolen" ?hidden=${this.tab !== 'stolen'}>
        <demo-stolen-key .key=${key}></demo-stolen-key>
      </div>
    </main>`;
  }

  /** All verdicts at a glance, also where the sites themselves are out of sight. */
  #renderStrip(): TemplateResult {
    const { sites, explanations } = this.#verdicts;
    return html`<nav class="strip" aria-label="Verdicts">
      <ul>
        ${repeat(
          sites,
          (origin) => origin,
          (origin) => {
            const { hostname } = new URL(origin);
            return html`<li>
              <a href=${`#site-${hostname}`}>
                <code>${hostname.replace(/\.localhost$/, '')}</code>
                ${verdictBadge(verdictState(explanations.get(origin)))}
              </a>
            </li>`;
          },
        )}
      </ul>
    </nav>`;
  }

  #renderSite(origin: string): TemplateResult {
    const { key, domains, explanations, browser } = this.#verdicts;
    const { model } = key?.modelAgent ?? {};
    return siteCard({
      origin,
      domains,
      explanation: explanations.get(origin),
      browser: browser.get(origin),
      answering:
        model === undefined || origin !== choosing
          ? undefined
          : { model, isModel: this.isModel, choose: (isModel) => (this.isModel = isModel) },
      remove: this.#verdicts.canRemove(origin) ? () => this.#verdicts.remove(origin) : undefined,
      allow: (host) => this.#allow(host),
      loaded: () => this.#verdicts.loaded(origin),
    });
  }

  /** The button that asked for it goes away; the focus stays with the site. */
  #allow(host: string): void {
    this.querySelector<HTMLElement>(`[data-host="${host}"] header a`)?.focus();
    void this.#verdicts.change([...this.#verdicts.domains, host]);
  }

  #show(tab: Tab): void {
    this.tab = tab;
    scrollTo(0, 0);
  }

  readonly #steer = (event: KeyboardEvent): void => {
    const { key } = event;
    const at = tabs.findIndex(([id]) => id === this.tab);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[key];
    const [tab] = (to === undefined ? undefined : tabs.at(to % tabs.length)) ?? [];
    if (tab === undefined) return;
    event.preventDefault();
    this.#show(tab);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-selected=true]')?.focus());
  };
}
