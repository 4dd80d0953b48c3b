import { html, type TemplateResult } from 'lit';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import {
  isOwnDirty,
  ownFieldNames,
  ownProblemsOf,
  toOwnDraft,
  toOwnPatch,
  type OwnDraft,
  type OwnProblems,
} from '../../components/own-draft.ts';
import { ownFields } from '../../components/own-fields.ts';
import { KeyDraftPart } from './key-draft-part.ts';

/** `<key-own>`: what a key means to an API of the organization's own. */
export class KeyOwn extends KeyDraftPart<OwnDraft> {
  protected override readonly savedWords = 'Saved.';

  protected override draftOf(key: Key): OwnDraft {
    return toOwnDraft(key);
  }

  protected override patchOf(draft: OwnDraft, key: Key): KeyPatch {
    return toOwnPatch(draft, key);
  }

  protected override problemsOf(draft: OwnDraft): OwnProblems {
    return ownProblemsOf(draft);
  }

  protected override differs(draft: OwnDraft, key: Key): boolean {
    return isOwnDirty(draft, key);
  }

  protected override render(): TemplateResult {
    return html`<section class="card" aria-labelledby="own-heading">
      <form class="stack" novalidate @submit=${this.save}>
        <div>
          <h2 id="own-heading">For your own API</h2>
          <p class="soft">
            ${this.mayChange ? 'Your API is told all of this when it asks about the key.' : this.reason}
          </p>
        </div>
        ${ownFields({
          draft: this.shown,
          problems: this.problems,
          failure: this.failure,
          isDisabled: !this.mayChange,
          edit: (change) => this.edit(change),
        })}
        ${this.renderEnd('Save', ownFieldNames)}
      </form>
    </section>`;
  }
}
