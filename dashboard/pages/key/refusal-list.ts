import { html, svg, type TemplateResult } from 'lit';
import { problems } from '../../../server/gate/problem.ts';
import type { UsageDay } from '../../../server/http/wire.ts';
import { count } from '../../components/number-words.ts';

/** Most frequent first. */
export function refusalsByCode(days: readonly UsageDay[]): ReadonlyMap<string, number> {
  const byCode = new Map<string, number>();
  for (const [code, requests] of days.flatMap(({ refused }) => Object.entries(refused))) {
    if (requests > 0) byCode.set(code, (byCode.get(code) ?? 0) + requests);
  }
  return new Map([...byCode].sort(([, one], [, other]) => other - one));
}

/** Why requests were refused, in words, each with a link to what the code means and its share as a bar. */
export function refusalList(refusals: ReadonlyMap<string, number>): TemplateResult {
  const most = Math.max(1, ...refusals.values());
  return html`<ul class="refusals">
    ${[...refusals].map(
      ([code, requests]) =>
        html`<li>
          <span class="refusal-words">
            ${titleOf(code)}
            <a href=${`/api/docs#${code === agentNotFound ? 'not_found' : code}`} target="_blank"
              ><code>${code}</code></a
            >
          </span>
          <b class="refusal-count">${count(requests)}</b>
          <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            ${svg`<rect class="ground" width="100" height="4" /><rect class="part" width=${((requests / most) * 100).toFixed(1)} height="4" />`}
          </svg>
        </li>`,
    )}
  </ul>`;
}

/** No problem of its own: the call is answered `not_found`. */
const agentNotFound = 'agent_not_found';

function titleOf(code: string): string {
  if (code === agentNotFound) return 'The page’s tag names an agent that is not there, or not public.';
  return isProblemCode(code) ? problems[code].title : 'Refused.';
}

function isProblemCode(code: string): code is keyof typeof problems {
  return Object.hasOwn(problems, code);
}
