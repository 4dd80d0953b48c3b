import { html, type TemplateResult } from 'lit';
import { KeyPart } from './key-part.ts';

/** `<key-status>`: the switch that stops a key at once, and lets it go on. */
export class KeyStatus extends KeyPart {
  protected override render(): TemplateResult {
    const { enabled, status, name } = this.key;
    const words = status === 'expired' ? 'Expired' : enabled ? 'Enabled' : 'Disabled';
    return html`<div class="key-state ${status}">
      <ui-switch
        .checked=${enabled}
        .label=${`${name} is enabled`}
        .disabled=${!this.mayChange}
        .reason=${this.reason}
        @switch-change=${({ detail }: CustomEvent<boolean>) => this.#switch(detail)}
      ></ui-switch>
      <b>${words}</b>
    </div>`;
  }

  #switch(enabled: boolean): void {
    const { name } = this.key;
    void this.changeAtOnce({
      patch: { enabled },
      undo: { enabled: !enabled },
      message: enabled ? `“${name}” is enabled.` : `“${name}” is disabled. Its requests are refused from now on.`,
    });
  }
}
