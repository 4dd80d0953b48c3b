import { html, nothing, type TemplateResult } from 'lit';
import { sectionPath, type Section } from '../route.ts';
import { icon, type IconName } from './icons.ts';

export const sections: readonly (readonly [Section, string, IconName])[] = [
  ['api-keys', 'API Keys', 'key'],
  ['usage', 'Usage', 'usage'],
  ['agents', 'Agents', 'agent'],
  ['conversations', 'Conversations', 'conversation'],
  ['members', 'Members', 'members'],
  ['webhooks', 'Webhooks', 'bell'],
  ['audit', 'Audit log', 'audit'],
  ['general', 'General', 'sliders'],
];

/** The organization's pages; the one that is looked at is `aria-current`. */
export function sectionNavigation(organizationId: string, current: Section | undefined): TemplateResult {
  return html`<nav class="sections" aria-label="Settings">
    <ul>
      ${sections.map(
        ([section, words, picture]) =>
          html`<li>
            <a href=${sectionPath(organizationId, section)} aria-current=${section === current ? 'page' : nothing}>
              ${icon(picture)} ${words}
            </a>
          </li>`,
      )}
    </ul>
  </nav>`;
}
