import { html, nothing, type TemplateResult } from 'lit';

const tabs = [
  ['overview', 'Overview'],
  ['domains', 'Domains'],
  ['usage', 'Usage'],
  ['settings', 'Settings'],
] as const;

export type KeyTab = (typeof tabs)[number][0];

/** The one that an address names; the first when it names none. */
export function toTab(text: string | null): KeyTab {
  return tabs.find(([tab]) => tab === text)?.[0] ?? 'overview';
}

/** Links, so that each has an address of its own; `hrefOf` makes it. */
export function keyTabs(current: KeyTab, hrefOf: (tab: KeyTab) => string): TemplateResult {
  return html`<nav class="tabs" aria-label="This key">
    <ul>
      ${tabs.map(
        ([tab, words]) =>
          html`<li><a href=${hrefOf(tab)} aria-current=${tab === current ? 'page' : nothing}>${words}</a></li>`,
      )}
    </ul>
  </nav>`;
}
