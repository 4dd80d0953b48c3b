import { html, nothing, type TemplateResult } from 'lit';
import type { PagedList } from '../controllers/paged-list.ts';
import { announce } from './announce.ts';
import { failureBlock } from './failure-block.ts';
import { moreButton } from './more-button.ts';
import { plural } from './number-words.ts';

/** What stands below a list that may have more. `one` is what the items are called: `entry`, `agent`. */
export function loadMore<Item>(list: PagedList<Item>, one: string, many = `${one}s`): TemplateResult | typeof nothing {
  const { items = [], hasMore, hasLoadedMore, isLoadingMore, moreFailure } = list;
  if (!hasMore && !hasLoadedMore) return nothing;
  const load = async (): Promise<void> => {
    const came = await list.loadMore();
    if (came > 0) announce(`${plural(came, one, many)} more.`);
  };
  return html`${moreFailure ? failureBlock(moreFailure) : nothing}
  ${moreButton({
    more: hasMore ? { words: moreFailure ? 'Try again' : 'Load more', act: () => void load() } : undefined,
    all: plural(items.length, one, many),
    isBusy: isLoadingMore,
  })}`;
}
