import { html, nothing, type TemplateResult } from 'lit';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { field } from '../../components/field.ts';
import type { DetailFields } from './detail-fields.ts';

/** That visitors are told who answers, and in whose words. */
export function disclosureFields({ draft, problems, readOnly, change }: DetailFields): TemplateResult {
  const flip = async (isWanted: boolean): Promise<void> => {
    if (isWanted || (await askToHide())) change({ disclosure: isWanted });
  };
  return html`<div class="public-switch">
      <ui-switch
        .checked=${draft.disclosure}
        .label=${'Say that no human answers'}
        .disabled=${readOnly}
        .reason=${'You are a viewer here.'}
        @switch-change=${({ detail }: CustomEvent<boolean>) => void flip(detail)}
      ></ui-switch>
      <p>
        <b>${draft.disclosure ? 'Says that no human answers' : 'Does not say that no human answers'}</b>
        <span class="soft">
          ${
            draft.disclosure
              ? 'The chat tells its visitors, before they write, that an automatic assistant answers and may be wrong.'
              : 'Your page must tell its visitors beside the chat: in the EU that is a duty.'
          }
        </span>
      </p>
    </div>
    ${
      draft.disclosure
        ? field({
            id: 'agent-disclosure',
            label: 'In your words',
            isOptional: true,
            hint: 'Left empty, the chat says it in the language of the visitor.',
            error: problems.get('disclosureText'),
            control: (wiring) =>
              html`<input
                id=${wiring.id}
                type="text"
                autocomplete="off"
                maxlength=${limits.disclosureText}
                aria-describedby=${wiring.describedBy}
                aria-invalid=${wiring.invalid}
                ?readonly=${readOnly}
                .value=${draft.disclosureText}
                @input=${({ currentTarget }: InputEvent) =>
                  change({ disclosureText: (currentTarget as HTMLInputElement).value })}
              />`,
          })
        : nothing
    }`;
}

/** Twice, since it is a duty: first why, then who answers for it. */
async function askToHide(): Promise<boolean> {
  const first = await askToConfirm({
    heading: 'Stop saying that no human answers?',
    content:
      'In the EU people must be told that they talk to a machine: a duty since August 2026 (AI Act, article 50). This line is how the chat does it.',
    confirmLabel: 'Go on…',
    cancelLabel: 'Keep the line',
  });
  if (!first) return false;
  return askToConfirm({
    heading: 'Do your visitors learn it elsewhere?',
    content:
      'Switch it off only where your own page says it beside the chat, before the first message. You answer for that: the chat will not say it anywhere.',
    confirmLabel: 'My page says it: switch off',
    cancelLabel: 'Keep the line',
    isDanger: true,
  });
}
