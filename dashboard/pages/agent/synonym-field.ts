import { html, type TemplateResult } from 'lit';
import { field } from '../../components/field.ts';
import type { DetailFields } from './detail-fields.ts';

/** What the search takes for the same, beside what it knows of the language. */
export function synonymField({ draft, problems, readOnly, change }: DetailFields): TemplateResult {
  return field({
    id: 'agent-synonyms',
    label: 'Words that mean the same',
    isOptional: true,
    hint: html`A group in each line, between commas: <i>shipping, delivery</i> or <i>refund, money back</i>. Common ones
      are known already.`,
    error: problems.get('synonyms'),
    control: (wiring) =>
      html`<textarea
        id=${wiring.id}
        rows="3"
        aria-describedby=${wiring.describedBy}
        aria-invalid=${wiring.invalid}
        ?readonly=${readOnly}
        .value=${draft.synonyms}
        @input=${({ currentTarget }: InputEvent) => change({ synonyms: (currentTarget as HTMLTextAreaElement).value })}
      ></textarea>`,
  });
}
