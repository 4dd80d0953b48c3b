import { html, type TemplateResult } from 'lit';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import {
  noteFieldNames,
  noteFields,
  toNotesDraft,
  toNotesPatch,
  type NotesDraft,
} from '../../components/note-fields.ts';
import { KeyDraftPart } from './key-draft-part.ts';

/** `<key-notes>`: what people of the organization write down about a key. */
export class KeyNotes extends KeyDraftPart<NotesDraft> {
  protected override readonly savedWords = 'Saved.';

  protected override draftOf(key: Key): NotesDraft {
    return toNotesDraft(key);
  }

  protected override patchOf(draft: NotesDraft, key: Key): KeyPatch {
    return toNotesPatch(draft, key);
  }

  /** The server says them. */
  protected override problemsOf(): Record<string, never> {
    return {};
  }

  protected override render(): TemplateResult {
    return html`<section class="card" aria-labelledby="notes-heading">
      <form class="stack" novalidate @submit=${this.save}>
        <div>
          <h2 id="notes-heading">Tags and notes</h2>
          <p class="soft">
            ${this.mayChange ? 'For people of this organization alone: no visitor and no call with the key is told.' : this.reason}
          </p>
        </div>
        ${noteFields({
          draft: this.shown,
          failure: this.failure,
          isDisabled: !this.mayChange,
          edit: (change) => this.edit(change),
        })}
        ${this.renderEnd('Save', noteFieldNames)}
      </form>
    </section>`;
  }
}
