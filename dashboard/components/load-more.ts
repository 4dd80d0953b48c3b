import { html, nothing, type TemplateResult } from 'lit';
import type { PagedList } from '../controllers/paged-list.ts';
import { announce } from './announce.ts';
import { failureBlock } from './failure-block.ts';
import { plural } from './number-words.ts';

/**
 * What stands below a list that may have more: a button, or what went wrong. The button stays after the last page, so that
 * the focus is not lost. `one` is what the items are called: `entry`, `agent`.
 */
export function loadMore<Item>(list: PagedList<Item>, one: string, many = `${one}s`): TemplateResult | typeof nothing {
  const { items = [], hasMore, hasLoadedMore, isLoadingMore, moreFailure } = list;
  const more = async (): Promise<void> => {
    const came = await list.loadMore();
    if (came > 0) announce(`${plural(came, one, many)} more.`);
  };
  if (moreFailure) return failureBlock(moreFailure, () => void more());
  if (hasMore) {
    return html`<button class="button more" type="button" aria-busy=${isLoadingMore} @click=${more}>Load more</button>`;
  }
  if (!hasLoadedMore) return nothing;
  return html`<button class="button more" type="button" aria-disabled="true">
    That is all: ${plural(items.length, one, many)}
  </button>`;
}
