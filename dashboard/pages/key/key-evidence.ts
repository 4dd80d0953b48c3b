import { html, nothing, svg, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { scriptCallsMin } from '../../../server/gate/looks-scripted.ts';
import type { AddressGroupUsage, DayEvidence } from '../../../server/http/wire.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { percent } from '../../../ui/percent.ts';
import { icon } from '../../components/icons.ts';
import { count, plural } from '../../components/number-words.ts';
import { skeleton } from '../../components/skeleton.ts';
import { dayOfOneGroup, evidenceState, lastAddressedDay, type EvidenceState } from './evidence-state.ts';
import type { UsageReading } from './usage-reading.ts';

/** Groups below this share of a day's calls are many visitors, and no one's doing. */
const shownShareMin = 0.02;
const leastShare = `${shownShareMin * 100} %`;
const shownAtOnce = 5;
/** A smaller one may have its equals. */
const namedShareMin = 0.5;

/**
 * `<key-evidence>`: whether scripts use a key, and how much of it one machine does.
 *
 * @prop {UsageReading} reading - What was read, and how that goes. A failure is told where the usage is shown.
 */
export class KeyEvidence extends LightElement {
  @property({ attribute: false }) reading!: UsageReading;

  protected override render(): TemplateResult | typeof nothing {
    const { days, usage, failure, isLoading } = this.reading;
    if (!usage && failure) return nothing;
    return html`<section class="card stack" aria-labelledby="evidence-heading" aria-busy=${isLoading}>
      <div>
        <h2 id="evidence-heading">Evidence</h2>
        <p class="soft">
          A script can say that it comes from your page. What every browser sends, and where calls come from, tell it
          from visitors.
        </p>
      </div>
      ${
        usage
          ? html`${renderVerdict(evidenceState(usage, days), usage.evidence.days, days)}
            ${renderGroups(usage.evidence.days)}`
          : skeleton('Loading the evidence', 3)
      }
    </section>`;
  }
}

function renderVerdict(state: EvidenceState, lastDays: readonly DayEvidence[], days: number): TemplateResult {
  if (state.kind === 'nothing') {
    return html`<p>
      Nothing counted in ${days} days. Calls with the publishable key alone are counted here within a second.
    </p>`;
  }
  if (state.kind === 'untold') {
    return html`<p>
      <b>Whether browsers sent them can’t be told.</b> Browsers say it to https addresses only. It is also unknown of
      calls that your own API asks about.
    </p>`;
  }
  const { kind, calls, withoutBrowserHeaders, period } = state;
  const share = percent(withoutBrowserHeaders, calls);
  if (kind === 'scripts') {
    return html`<div class="note warning evidence-verdict">
      ${icon('warning')}
      <div class="failure-words stack tight">
        <p>
          <b>Looks like scripts: ${share} of ${count(calls)} calls came without what every browser sends</b>, ${period}.
        </p>
        <p>What you can do:</p>
        <ul>
          <li><a href="#budget-heading">Lower the budget</a>: no script can spend more than that.</li>
          <li>Make another key, put its publishable key into your page, and disable this one.</li>
          <li>Take publishable scopes away that your page does not need.</li>
        </ul>
        <p>Other domains don’t help: a script says any origin.</p>
      </div>
    </div>`;
  }
  const words = `${share} of ${plural(calls, 'call')} ${period} came without what every browser sends.`;
  if (kind === 'few') {
    return html`<p>${words} Fewer than ${scriptCallsMin} calls are too few to tell anything.</p>`;
  }
  const day = dayOfOneGroup(lastDays);
  if (!day) return html`<p><b>No sign of scripts.</b> ${words} A script can imitate a browser’s headers.</p>`;
  return html`<p>
    <b>${busiestShare(day)} of ${day.name}’s calls came from one address group</b>: one machine, or a proxy that this
    server isn’t told to trust. So it can’t be told whether scripts use the key. ${words} A script can imitate a
    browser’s headers.
  </p>`;
}

function busiestShare({ groups: [busiest], addressedCalls }: DayEvidence): string {
  return percent(busiest?.calls ?? 0, addressedCalls);
}

function renderGroups(days: readonly DayEvidence[]): TemplateResult | typeof nothing {
  const day = lastAddressedDay(days);
  if (!day) return nothing;
  const { addressedCalls, groups, name } = day;
  const shown = groups.filter(({ calls }) => calls / addressedCalls >= shownShareMin);
  const [busiest] = shown;
  const ofCalls = `of ${name}’s ${plural(addressedCalls, 'call')}`;
  return html`<div class="stack tight">
    <h3>Busiest address groups ${name}</h3>
    ${
      busiest
        ? html`<p>
              ${
                busiest.calls / addressedCalls >= namedShareMin
                  ? `One address group made ${busiestShare(day)} ${ofCalls}.`
                  : `${plural(shown.length, 'address group')} made ${leastShare} or more ${ofCalls}${shown.length > 1 ? ' each' : ''}.`
              }
            </p>
            ${groupList(shown.slice(0, shownAtOnce), addressedCalls)}
            ${renderMore(shown.slice(shownAtOnce), addressedCalls)}
            ${
              dayOfOneGroup([day])
                ? html`<div class="note">
                    <p>
                      If a proxy stands in front of the server, see that the server trusts it
                      (<code>TRUST_PROXY</code>): until then all visitors are one group.
                    </p>
                  </div>`
                : nothing
            }`
        : html`<p>No address group made ${leastShare} or more ${ofCalls}.</p>`
    }
    <p class="hint">
      A group is an IPv4 address or an IPv6 network of 64 bits. No address is kept: an id stands for one on one day, for
      all keys of this organization. When the day after has ended, nobody can find out for which.
    </p>
  </div>`;
}

function renderMore(groups: readonly AddressGroupUsage[], addressedCalls: number): TemplateResult | typeof nothing {
  if (groups.length === 0) return nothing;
  return html`<details class="more-groups">
    <summary>${plural(groups.length, 'more group')}</summary>
    ${groupList(groups, addressedCalls)}
  </details>`;
}

function groupList(groups: readonly AddressGroupUsage[], addressedCalls: number): TemplateResult {
  return html`<ul class="refusals">
    ${groups.map(
      ({ id, calls }) =>
        html`<li>
          <code>${id}</code>
          <span class="refusal-count"
            ><b>${count(calls)}</b> ${calls === 1 ? 'call' : 'calls'}, ${percent(calls, addressedCalls)}</span
          >
          <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            ${svg`<rect class="ground" width="100" height="4" /><rect class="part plain" width=${((calls / addressedCalls) * 100).toFixed(1)} height="4" />`}
          </svg>
        </li>`,
    )}
  </ul>`;
}
