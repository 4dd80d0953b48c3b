/** What people of the organization write down about a key: what is typed, what of it is to be saved, and its fields. */
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Key, KeyPatch } from '../../server/http/wire.ts';
import type { ApiError } from '../../ui/api-error.ts';
import { field } from './field.ts';

export interface NotesDraft {
  /** As typed, with commas between them. */
  readonly tags: string;
  readonly notes: string;
}

/** Where each part of it stands in a key. */
export const noteFieldNames = ['tags', 'notes'] as const;

type NotesPart = Pick<Key, (typeof noteFieldNames)[number]>;

/** As the server makes a key that nothing is said of. */
export const newKeyNotes: NotesPart = { tags: [], notes: '' };

const notesLengthMax = 2_000;

export function toNotesDraft({ tags, notes }: NotesPart): NotesDraft {
  return { tags: tags.join(', '), notes };
}

/** Only what differs from the key. */
export function toNotesPatch(draft: NotesDraft, key: NotesPart): Pick<KeyPatch, keyof NotesPart> {
  const tags = draft.tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return {
    ...(tags.join() !== key.tags.join() && { tags }),
    ...(draft.notes.trim() !== key.notes && { notes: draft.notes.trim() }),
  };
}

interface NoteFields {
  readonly draft: NotesDraft;
  readonly failure: ApiError | undefined;
  readonly isDisabled: boolean;
  readonly edit: (change: Partial<NotesDraft>) => void;
}

export function noteFields({ draft, failure, isDisabled, edit }: NoteFields): TemplateResult {
  const type =
    (name: keyof NotesDraft) =>
    ({ currentTarget }: InputEvent): void =>
      edit({ [name]: (currentTarget as HTMLInputElement | HTMLTextAreaElement).value });
  return html`${field({
    id: 'key-tags',
    label: 'Tags',
    hint: 'With commas between them: production, customer. The list of keys shows those with the same tag together.',
    error: failure?.problemAt('tags'),
    control: ({ id, describedBy, invalid }) =>
      html`<input
        id=${id}
        type="text"
        autocomplete="off"
        ?disabled=${isDisabled}
        aria-describedby=${describedBy}
        aria-invalid=${invalid}
        .value=${live(draft.tags)}
        @input=${type('tags')}
      />`,
  })}
  ${field({
    id: 'key-notes',
    label: 'Notes',
    hint: 'Who asked for it, and when it may go, say. It is no place for secrets.',
    error: failure?.problemAt('notes'),
    control: ({ id, describedBy, invalid }) =>
      html`<textarea
        id=${id}
        rows="4"
        dir="auto"
        maxlength=${notesLengthMax}
        ?disabled=${isDisabled}
        aria-describedby=${describedBy}
        aria-invalid=${invalid}
        .value=${live(draft.notes)}
        @input=${type('notes')}
      ></textarea>`,
  })}`;
}
