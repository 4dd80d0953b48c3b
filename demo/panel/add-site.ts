/**
 * A field for one more site.
 *
 * @fires {CustomEvent<string>} site-add - The site's origin.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { isRefusal } from '../../server/gate/problem.ts';
import { LightElement } from '../../ui/light-element.ts';
import { readSite } from './site-names.ts';

export class AddSite extends LightElement {
  /** Origins that are shown. */
  @property({ attribute: false }) sites: readonly string[] = [];
  @state() problem = '';

  protected override render(): TemplateResult {
    return html`<form class="add" @submit=${this.#submit}>
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
          aria-invalid=${this.problem === '' ? nothing : 'true'}
        />
        <span>.localhost</span>
        <button class="main" type="submit">Show</button>
      </div>
      <p id="site-problem" class="hint problem" role="alert">${this.problem}</p>
    </form>`;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const input = this.querySelector('input');
    if (!input) return;
    const read = readSite(input.value, this.sites);
    this.problem = isRefusal(read) ? read.problem : '';
    input.focus();
    if (isRefusal(read)) return;
    input.value = '';
    this.dispatchEvent(new CustomEvent('site-add', { detail: read.origin }));
  };
}
