import { html, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { LightElement } from '../../ui/light-element.ts';
import type { SessionOrganization } from '../../server/http/wire.ts';
import { registerElements } from '../register-elements.ts';
import { icon } from './icons.ts';
import { toast } from './toast.ts';

/**
 * `<ui-palette-button>`: opens the palette, by itself or with ⌘K on a Mac and Ctrl+K elsewhere. The palette is fetched when it is
 * first wanted.
 *
 * @prop {SessionOrganization[]} organizations
 * @prop {SessionOrganization} current
 */
export class PaletteButton extends LightElement {
  @property({ attribute: false }) organizations: readonly SessionOrganization[] = [];
  @property({ attribute: false }) current!: SessionOrganization;
  /** Another computer's keyboard has another key for it. */
  @property({ attribute: false }) isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  @state() isOpen = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#takeKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#takeKey);
  }

  protected override render(): TemplateResult {
    const shortcut = this.isMac ? '⌘K' : 'Ctrl K';
    return html`<button
        class="palette-button"
        type="button"
        aria-haspopup="dialog"
        aria-keyshortcuts=${this.isMac ? 'Meta+K' : 'Control+K'}
        aria-label=${`Go to ${shortcut}`}
        @click=${this.#show}
      >
        ${icon('search')} <span class="palette-words">Go to</span> <kbd>${shortcut}</kbd>
      </button>
      <ui-palette
        .open=${this.isOpen}
        .organizations=${this.organizations}
        .current=${this.current}
        @palette-close=${() => (this.isOpen = false)}
      ></ui-palette>`;
  }

  /** Not where a text with links is written, nor over another dialog. On a Mac, Ctrl+K goes on deleting to the line's end. */
  readonly #takeKey = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    if (key.toLowerCase() !== 'k' || altKey || shiftKey || metaKey !== this.isMac || ctrlKey === this.isMac) return;
    if (event.defaultPrevented || (target instanceof HTMLElement && target.isContentEditable)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    void this.#show();
  };

  readonly #show = async (): Promise<void> => {
    try {
      const { Palette } = await import('./palette.ts');
      registerElements({ 'ui-palette': Palette });
      this.isOpen = true;
    } catch {
      toast({ kind: 'problem', message: 'This could not be fetched. Check the connection and try again.' });
    }
  };
}
