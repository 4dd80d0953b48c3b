import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Delivery } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { plural } from '../../components/number-words.ts';
import { eventName } from './event-words.ts';

interface DeliveryList {
  readonly deliveries: readonly Delivery[];
  /** The message that is being sent again. */
  readonly sendingId: string | undefined;
  readonly resend: (delivery: Delivery) => void;
}

/** The messages of one webhook, newest first. What was sent and answered is text from outside: it is drawn as text. */
export function deliveryList({ deliveries, sendingId, resend }: DeliveryList): TemplateResult {
  return html`<ul class="deliveries">
    ${repeat(
      deliveries,
      ({ id }) => id,
      (delivery) =>
        html`<li>
          <details>
            <summary>
              <span class="delivery-line">
                <b class="break">${eventName(delivery.event)}</b>
                ${deliveryBadge(delivery)}
                <span class="soft"><ui-time at=${delivery.createdAt}></ui-time> · ${triesOf(delivery)}</span>
              </span>
            </summary>
            ${renderInside(delivery, sendingId === delivery.id, resend)}
          </details>
        </li>`,
    )}
  </ul>`;
}

export function deliveryBadge({ state, lastAttempt }: Delivery): TemplateResult {
  if (state === 'delivered') return badge('good', `Delivered${statusOf(lastAttempt)}`);
  if (state === 'given_up') return badge('bad', `Given up${statusOf(lastAttempt)}`);
  return lastAttempt === null ? badge('neutral', 'Waiting') : badge('warning', `Trying again${statusOf(lastAttempt)}`);
}

function statusOf(attempt: Delivery['lastAttempt']): string {
  return typeof attempt?.status === 'number' ? ` · ${attempt.status}` : '';
}

function triesOf({ attempts }: Delivery): string {
  return attempts === 0 ? 'not tried yet' : plural(attempts, 'try', 'tries');
}

function renderInside(delivery: Delivery, isSending: boolean, resend: (delivery: Delivery) => void): TemplateResult {
  const { id, body, lastAttempt, nextAttemptAt, state } = delivery;
  return html`<div class="stack tight delivery-inside">
    <p class="soft break">
      Message <code>${id}</code>
      ${
        lastAttempt
          ? html`· tried <ui-time at=${lastAttempt.at}></ui-time>, for ${plural(lastAttempt.durationMs, 'millisecond')}`
          : nothing
      }
      ${nextAttemptAt === null ? nothing : html`· next try <ui-time at=${nextAttemptAt}></ui-time>`}
    </p>
    <h4>What was sent</h4>
    <pre tabindex="0" aria-label="What was sent"><code>${indented(body)}</code></pre>
    ${
      lastAttempt
        ? html`<h4>
              ${
                lastAttempt.status === null
                  ? (lastAttempt.failure ?? 'No answer came.')
                  : `The answer: status ${lastAttempt.status}`
              }
            </h4>
            ${
              lastAttempt.answer === ''
                ? lastAttempt.status === null
                  ? nothing
                  : html`<p class="soft">It was empty.</p>`
                : html`<pre tabindex="0" aria-label="The answer"><code>${lastAttempt.answer}</code></pre>`
            }`
        : nothing
    }
    ${
      state === 'waiting' && lastAttempt === null
        ? nothing
        : html`<div>
            <button
              class="button small"
              type="button"
              aria-busy=${isSending}
              @click=${() => {
                if (!isSending) resend(delivery);
              }}
            >
              Send again
            </button>
          </div>`
    }
  </div>`;
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
