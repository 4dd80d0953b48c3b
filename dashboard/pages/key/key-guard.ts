import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { builtInScopes, type Scope } from '../../../server/gate/scope.ts';
import { choice } from '../../components/choice.ts';
import { guardCodes } from './guard-code.ts';
import { KeyPart } from './key-part.ts';

const ours: ReadonlySet<Scope> = new Set<Scope>(builtInScopes);

/** `<key-guard>`: code that asks about each call to an API of one's own, ready to paste. No secret is in it. */
export class KeyGuard extends KeyPart {
  /** The id of what the code is for. */
  @state() chosen = 'express';

  protected override render(): TemplateResult {
    const guard = guardCodes.find(({ id }) => id === this.chosen);
    const scope = this.key.scopes.find((one) => !ours.has(one));
    const code = guard?.code({ server: location.origin, organizationId: this.organizationId, scope }) ?? '';
    return html`<section class="card stack" aria-labelledby="guard-heading">
      <div class="row between">
        <h2 id="guard-heading">Protect your own API</h2>
        <ui-copy-button .text=${code} what="the code"></ui-copy-button>
      </div>
      <p class="soft">
        Your API asks about each call: this key is then let in by its own domains, scopes and limits there too.
      </p>
      ${choice({
        name: 'guard',
        legend: 'What your API is behind',
        options: guardCodes.map(({ id, name }) => ({ value: id, words: name })),
        value: this.chosen,
        choose: (value) => (this.chosen = value),
      })}
      <pre tabindex="0" aria-label="Code"><code>${code}</code></pre>
      ${guard?.needsPair ? this.#pairHint : nothing}
    </section>`;
  }

  get #pairHint(): TemplateResult {
    return this.key.scopes.includes('keys:verify')
      ? html`<p class="hint">
          <code>POSTERN_CREDENTIAL</code> is this key’s pair, or that of another key that may verify
          (<code>keys:verify</code>).
        </p>`
      : html`<p class="hint">
          <code>POSTERN_CREDENTIAL</code> is the pair of a key that may verify (<code>keys:verify</code>). This one may
          not, and needs not: make one for your API alone.
        </p>`;
  }
}
