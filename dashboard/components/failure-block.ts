import { html, nothing, type TemplateResult } from 'lit';
import type { ApiError } from '../../ui/api-error.ts';
import { icon } from './icons.ts';

/** An error in its place: what is wrong, what to do about it, and a Retry button when there is something to try again. */
export function failureBlock(error: ApiError, retry?: () => void): TemplateResult {
  const { detail, fix, retryAfterSeconds, requestId } = error;
  return html`<div class="failure" role="alert">
    ${icon('warning')}
    <div class="failure-words">
      <p>${detail}</p>
      ${
        fix !== undefined
          ? html`<p>${fix}</p>`
          : retryAfterSeconds !== undefined
            ? html`<p>Try again in ${waitWords(retryAfterSeconds)}.</p>`
            : nothing
      }
      ${error.code === 'internal' && requestId ? html`<p class="soft">Request <code>${requestId}</code></p>` : nothing}
    </div>
    ${retry ? html`<button class="button small" type="button" @click=${retry}>Retry</button>` : nothing}
  </div>`;
}

function waitWords(seconds: number): string {
  if (seconds === 1) return 'a second';
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
