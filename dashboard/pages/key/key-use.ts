import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import type { OriginUsage } from '../../../server/http/wire.ts';
import { ChatInstall } from '../../install/chat-install.ts';
import { CheckPage } from '../../install/check-page.ts';
import { KeyPart } from './key-part.ts';

/** `<key-use>`: the way into a web page, and a command to paste. The secret is in neither: it is known only when it is made. */
export class KeyUse extends KeyPart {
  static readonly elements = { 'chat-install': ChatInstall, 'check-page': CheckPage };
  /** Pages that called with this key. */
  @property({ attribute: false }) seen: readonly OriginUsage[] = [];

  protected override render(): TemplateResult {
    const command = `curl ${location.origin}/api/v1/key -H "Authorization: Bearer ${this.key.publicKey}:$POSTERN_SECRET_KEY"`;
    return html`<chat-install
        .organizationId=${this.organizationId}
        .key=${this.key}
        .mayChange=${this.mayChange}
      ></chat-install>
      <check-page
        .organizationId=${this.organizationId}
        .reason=${this.reason}
        .seen=${newestOf(this.seen)}
      ></check-page>
      <section class="card stack tight" aria-labelledby="use-heading">
        <div class="row between">
          <h2 id="use-heading">On a server</h2>
          <ui-copy-button .text=${command} what="the command"></ui-copy-button>
        </div>
        <pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
        <p class="hint">The secret stays on the server, in its environment. In a page, every visitor could read it.</p>
      </section>`;
  }
}

/** The origin that called last; '': none did. */
function newestOf(seen: readonly OriginUsage[]): string {
  return seen.toSorted((one, other) => other.lastSeenAt.localeCompare(one.lastSeenAt))[0]?.origin ?? '';
}
