import { html, nothing, type TemplateResult } from 'lit';
import { field } from '../components/field.ts';
import { wordsOn } from './accent.ts';
import type { Looks } from './looks.ts';

const usualAccent = '#4f46e5';

/** The widget's own languages, each by its own name. */
const languages = [
  ['', 'The page’s'],
  ['en', 'English'],
  ['de', 'Deutsch'],
  ['es', 'Español'],
  ['fr', 'Français'],
  ['pt', 'Português'],
  ['ja', '日本語'],
  ['zh', '中文'],
  ['ar', 'العربية'],
] as const;

type Change = (change: Partial<Looks>) => void;

/** How the chat looks and begins, as a form. */
export function looksFields(looks: Looks, change: Change): TemplateResult {
  return html`<div class="install-looks">
      ${accentField(looks, change)} ${text(looks, change, 'label', 'Words beside the button', 'Questions?')}
      ${selectOf(looks, change, 'position', 'Side', [
        ['', 'Right (left in Arabic)'],
        ['start', 'Left (right in Arabic)'],
      ])}
      ${selectOf(looks, change, 'theme', 'Theme', [
        ['', 'The visitor’s'],
        ['light', 'Light'],
        ['dark', 'Dark'],
      ])}
      ${selectOf(looks, change, 'lang', 'Language', languages)}
      ${text(looks, change, 'avatar', 'Picture', 'https://…/picture.png')}
      ${selectOf(looks, change, 'opening', 'Opens', [
        ['', 'When it is clicked'],
        ['interaction', 'When it is clicked; nothing is fetched before'],
        ['open', 'At once, except on a small screen'],
      ])}
    </div>
    ${field({
      id: 'install-greeting',
      label: 'Another greeting',
      isOptional: true,
      hint: 'Instead of the agent’s. A line each, for every page or after the beginning of a path: “/pricing Questions about prices?”. The first one that fits.',
      control: ({ id, describedBy }) =>
        html`<textarea
          id=${id}
          rows="2"
          aria-describedby=${describedBy}
          .value=${looks.greeting}
          @input=${({ currentTarget }: Event) => change({ greeting: (currentTarget as HTMLTextAreaElement).value })}
        ></textarea>`,
    })}
    ${check('Remember the conversation beyond the tab', looks.remember, (remember) => change({ remember }))}
    ${check('No button where the key may not be used', looks.hideWhenBlocked, (hideWhenBlocked) => change({ hideWhenBlocked }))}`;
}

function accentField({ accent }: Looks, change: Change): TemplateResult {
  const { colour, contrast } = wordsOn(accent || usualAccent);
  return field({
    id: 'install-accent',
    label: 'Accent',
    hint: html`Words on it are ${colour}, ${contrast.toFixed(1)} : 1 (AA needs 4.5).`,
    control: ({ id, describedBy }) =>
      html`<div class="row">
        <input
          id=${id}
          type="color"
          aria-describedby=${describedBy}
          .value=${accent || usualAccent}
          @input=${({ currentTarget }: Event) => change({ accent: (currentTarget as HTMLInputElement).value })}
        />
        ${
          accent === ''
            ? nothing
            : html`<button class="button small" type="button" @click=${() => change({ accent: '' })}>
                The usual one
              </button>`
        }
      </div>`,
  });
}

/** The picture is fetched by the chat beside the form, so half an address is none yet. */
function text(
  looks: Looks,
  change: Change,
  name: 'label' | 'avatar',
  label: string,
  placeholder: string,
): TemplateResult {
  const take = ({ currentTarget }: Event): void => change({ [name]: (currentTarget as HTMLInputElement).value });
  return field({
    id: `install-${name}`,
    label,
    isOptional: true,
    control: ({ id }) =>
      html`<input
        id=${id}
        placeholder=${placeholder}
        .value=${looks[name]}
        @input=${name === 'avatar' ? nothing : take}
        @change=${take}
      />`,
  });
}

function selectOf(
  looks: Looks,
  change: Change,
  name: 'position' | 'theme' | 'lang' | 'opening',
  label: string,
  options: readonly (readonly [value: string, words: string])[],
): TemplateResult {
  return field({
    id: `install-${name}`,
    label,
    control: ({ id }) =>
      html`<select
        id=${id}
        @change=${({ currentTarget }: Event) => change({ [name]: (currentTarget as HTMLSelectElement).value })}
      >
        ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === looks[name]}>${words}</option>`)}
      </select>`,
  });
}

function check(words: string, isChecked: boolean, set: (isChecked: boolean) => void): TemplateResult {
  return html`<label class="check">
    <input
      type="checkbox"
      .checked=${isChecked}
      @change=${({ currentTarget }: Event) => set((currentTarget as HTMLInputElement).checked)}
    />
    <span>${words}</span>
  </label>`;
}
