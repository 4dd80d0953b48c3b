import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { changeSettings } from '../../api.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { retentionWords } from '../../components/retention-words.ts';
import { SettingsPart } from './settings-part.ts';

const offered = [0.04, 1, 7, 30, 90, 180, 365] as const;

/** `<settings-retention>`: how long conversations stay. A time that would delete some at once is asked about first. */
export class RetentionSettings extends SettingsPart {
  @state() chosen: number | undefined;

  protected override render(): TemplateResult {
    const { retentionDays } = this.settings;
    const days = [...new Set([...offered, retentionDays])].sort((a, b) => a - b);
    const shown = this.chosen ?? retentionDays;
    return html`<form class="card stack" novalidate aria-labelledby="retention-heading" @submit=${this.#save}>
      <h2 id="retention-heading">Retention</h2>
      ${field({
        id: 'retention',
        label: 'Conversations are deleted when nobody wrote in them for',
        error: this.failure?.problemAt('retentionDays'),
        hint: 'What visitors left for you goes with them.',
        control: ({ id, describedBy, invalid }) =>
          html`<select
            id=${id}
            class="input"
            ?disabled=${!this.mayChange}
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            @change=${({ currentTarget }: Event) => (this.chosen = Number((currentTarget as HTMLSelectElement).value))}
          >
            ${days.map((one) => html`<option value=${one} ?selected=${one === shown}>${retentionWords(one)}</option>`)}
          </select>`,
      })}
      ${
        this.failure && this.failure.code !== 'conflict' && this.failure.generalProblem(['retentionDays']) !== ''
          ? failureBlock(this.failure)
          : nothing
      }
      ${
        this.mayChange
          ? html`<div>
              <button class="button primary" type="submit" aria-busy=${this.isSaving}>Save retention</button>
            </div>`
          : nothing
      }
    </form>`;
  }

  readonly #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const retentionDays = this.chosen;
    if (retentionDays === undefined || retentionDays === this.settings.retentionDays) return;
    const message = `Conversations are kept for ${retentionWords(retentionDays)} now.`;
    if (await this.change({ retentionDays }, message)) return;
    if (this.failure?.code !== 'conflict') return;
    await askToConfirm({
      heading: `Keep conversations for ${retentionWords(retentionDays)} only?`,
      content: this.failure.detail,
      confirmLabel: 'Delete them for good',
      isDanger: true,
      run: async () => this.saved(await changeSettings(this.organizationId, { retentionDays, confirm: true }), message),
    });
    this.failure = undefined;
  };
}
