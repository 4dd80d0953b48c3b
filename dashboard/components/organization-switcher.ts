import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import type { SessionOrganization } from '../../server/http/wire.ts';
import { sectionPath, type Section } from '../route.ts';
import { navigate } from '../router.ts';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';

/** By its first letter. `auto` of a select would be the first organization's. */
const rightToLeft = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * `<ui-organization-switcher>`: the organization's name, and with several a native select that goes to the same section of
 * another one.
 *
 * @prop {SessionOrganization[]} organizations
 * @prop {SessionOrganization} current
 * @prop {Section} section
 */
export class OrganizationSwitcher extends LightElement {
  @property({ attribute: false }) organizations!: readonly SessionOrganization[];
  @property({ attribute: false }) current!: SessionOrganization;
  @property({ attribute: false }) section!: Section;

  protected override render(): TemplateResult {
    const { organizations, current } = this;
    if (organizations.length < 2) return html`<span class="organization">${current.name}</span>`;
    return html`<span class="organization-select">
      <select aria-label="Organization" dir=${rightToLeft.test(current.name) ? 'rtl' : 'ltr'} @change=${this.#switch}>
        ${organizations.map(
          ({ id, name }) => html`<option value=${id} dir="auto" .selected=${id === current.id}>${name}</option>`,
        )}
      </select>
      ${icon('chevron')}
    </span>`;
  }

  /** It shows the old name again if unsaved edits keep the person here. */
  readonly #switch = async ({ currentTarget }: Event): Promise<void> => {
    const select = currentTarget as HTMLSelectElement;
    await navigate(sectionPath(select.value, this.section));
    select.value = this.current.id;
  };
}
