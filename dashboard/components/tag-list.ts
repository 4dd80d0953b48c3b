import { html, nothing, type TemplateResult } from 'lit';

/** The tags of a key; each leads to the keys that have it. `path`: where the list of keys is. */
export function tagList(tags: readonly string[], path: string): TemplateResult | typeof nothing {
  if (tags.length === 0) return nothing;
  return html`<ul class="tags" aria-label="Tags">
    ${tags.map(
      (tag) =>
        html`<li>
          <a class="tag" href=${`${path}?${String(new URLSearchParams({ tag }))}`} title=${`All keys tagged ${tag}`}
            ><bdi>${tag}</bdi></a
          >
        </li>`,
    )}
  </ul>`;
}
