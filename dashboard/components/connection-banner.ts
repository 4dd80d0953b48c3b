import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';

/** `<ui-connection-banner>`: says that the browser is offline, for as long as it is. One for the whole dashboard. */
export class ConnectionBanner extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('online', this.#look);
    addEventListener('offline', this.#look);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('online', this.#look);
    removeEventListener('offline', this.#look);
  }

  protected override render(): TemplateResult {
    return html`<div role="status">
      ${
        navigator.onLine
          ? nothing
          : html`<p class="connection">
              ${icon('offline')} You are offline. What you see may be old, and changes can not be saved.
            </p>`
      }
    </div>`;
  }

  readonly #look = (): void => this.requestUpdate();
}
