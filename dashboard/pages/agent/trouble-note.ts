import { html, nothing, type TemplateResult } from 'lit';
import type { AgentTrouble } from '../../../server/http/wire.ts';
import { icon } from '../../components/icons.ts';

/** Why visitors of a model agent got no answer in the last hour. */
export function troubleNote(troubles: readonly AgentTrouble[]): TemplateResult | typeof nothing {
  if (troubles.length === 0) return nothing;
  return html`<div class="note warning" role="status">
    ${icon('warning')}
    <p>${troubles.map((trouble, index) => html`${index === 0 ? nothing : html`<br />`}${troubleWords(trouble)}`)}</p>
  </div>`;
}

function troubleWords({ trouble, status, count: times }: AgentTrouble): string {
  const often =
    times === 1 ? 'once' : times === 2 ? 'twice' : times < 100 ? `${times} times` : 'a hundred times or more';
  return `${beginning(trouble, status)} ${often} in the last hour${advice(trouble, status)}`;
}

function beginning(trouble: AgentTrouble['trouble'], status: number | null): string {
  switch (trouble) {
    case 'status':
      return `The model answered ${status ?? 'with an error'}`;
    case 'unreachable':
      return 'The server of the model could not be reached';
    case 'silent':
      return 'The model said nothing for 30 seconds,';
    case 'redirect':
      return `The server of the model answered with a redirect (${status ?? '3xx'})`;
    case 'cut':
      return 'The model broke off in the middle of an answer';
    case 'garbage':
      return 'The answer of the model could not be read';
    case 'too_long':
      return 'The model did not come to an end';
    case 'empty':
      return 'The model gave no text';
    case 'unlisted':
      return 'The model was asked for';
    case 'failed':
      return 'The model gave no answer in time';
  }
}

function advice(trouble: AgentTrouble['trouble'], status: number | null): string {
  if (trouble === 'unlisted') return ', but the operator’s list no longer has it: choose another one.';
  if (trouble === 'redirect') return ': its address in AGENT_UPSTREAMS is not the one that answers.';
  if (status === 401 || status === 403) return ': its key is wrong, or may not use this model.';
  if (status === 404) return ': its address is wrong, or there is no such model.';
  if (status === 402) return ': its account has no money left.';
  if (status === 429) return ': its own limit is reached.';
  if (trouble === 'failed') return ': 90 seconds were too short. Allow fewer tokens, or choose a faster model.';
  if (trouble === 'unreachable') return ': it is down, or its address is wrong.';
  return '. The server’s log has its own words.';
}
