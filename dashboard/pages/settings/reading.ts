import { html, nothing, type TemplateResult } from 'lit';
import { failureBlock } from '../../components/failure-block.ts';
import { Switch } from '../../components/switch.ts';
import { ownersOnly, SettingsPart } from './settings-part.ts';

const label = 'Write down who reads conversations';

/** `<settings-reading>`: whether reading conversations is in the audit log. */
export class ReadingSettings extends SettingsPart {
  static readonly elements = { 'ui-switch': Switch };

  protected override render(): TemplateResult {
    return html`<section class="card" aria-labelledby="reading-heading">
      <div class="setting">
        <div>
          <h2 id="reading-heading">${label}</h2>
          <p class="hint">Opening and downloading conversations is then in the audit log. Deleting them always is.</p>
        </div>
        <ui-switch
          .checked=${this.settings.auditReading}
          .label=${label}
          .disabled=${!this.mayChange}
          .reason=${ownersOnly}
          @switch-change=${({ detail }: CustomEvent<boolean>) =>
            void this.change(
              { auditReading: detail },
              detail
                ? 'Who reads conversations is written down now.'
                : 'Who reads conversations is not written down any more.',
            )}
        ></ui-switch>
      </div>
      ${this.failure ? failureBlock(this.failure) : nothing}
    </section>`;
  }
}
