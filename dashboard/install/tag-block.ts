import { html, nothing, type TemplateResult } from 'lit';
import { sectionPath } from '../route.ts';

interface TagBlock {
  readonly heading: string;
  readonly organizationId: string;
  /** Null: there is no public agent to name in it. Undefined: nobody knows yet. */
  readonly tag: string | null | undefined;
  readonly content?: TemplateResult | string | typeof nothing | undefined;
}

/** A script tag to copy. Never one with a gap in it: where there is no agent to name, the way to one stands in its place. */
export function tagBlock({ heading, organizationId, tag, content = nothing }: TagBlock): TemplateResult {
  return html`<div class="stack tight">
    <div class="row between">
      <h3>${heading}</h3>
      <ui-copy-button .text=${tag ?? ''} what="the script tag" ?disabled=${!tag}></ui-copy-button>
    </div>
    ${tag ? html`<pre tabindex="0" aria-label="Script tag"><code>${tag}</code></pre>` : nothing}
    ${
      tag === null
        ? html`<p class="hint">
            The tag names an agent that answers, and no agent here is public yet.
            <a href=${`${sectionPath(organizationId, 'agents')}/new`} target="_blank">Create an agent</a>: the tag is
            here as soon as you come back.
          </p>`
        : nothing
    }
    ${content}
  </div>`;
}
