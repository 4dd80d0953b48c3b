import { toApiError } from '../../ui/api-error.ts';
import type { ReplayedOrigin } from '../../server/http/wire.ts';
import { askToMerge } from './ask-to-merge.ts';
import type { Merge } from './clash.ts';
import { whoChanged } from './who-changed.ts';

export type AskToBlock = (replay: readonly ReplayedOrigin[]) => Promise<boolean>;

interface Revised {
  readonly id: string;
  readonly revision: number;
}

interface MergedSave<Item extends Revised, Patch> {
  readonly organizationId: string;
  /** “key”, “agent”. */
  readonly thing: string;
  /** As the person saw it when the editing began. */
  readonly base: Item;
  readonly patch: Patch;
  readonly send: (patch: Patch & { readonly revision: number }) => Promise<Item>;
  /** The change would block origins that were seen. True: it is sent again with `confirm`. Absent: it is refused. */
  readonly askToBlock?: AskToBlock | undefined;
  readonly merge: (base: Item, patch: Patch, current: Item) => Merge<Patch>;
}

/**
 * Saves a change of what may have been changed meanwhile. What the other one did is never taken back unasked; what does not
 * touch it is saved without a word. Undefined: the person would rather go on editing. Throws an `ApiError`.
 */
export async function saveMerged<Item extends Revised, Patch extends object>(
  save: MergedSave<Item, Patch>,
): Promise<Item | undefined> {
  let { base, patch } = save;
  for (;;) {
    try {
      return await save.send({ ...patch, revision: base.revision });
    } catch (caught) {
      const error = toApiError(caught);
      const current = error.current as Item | undefined;
      if (current === undefined) {
        if (error.replay.length === 0 || save.askToBlock === undefined) throw error;
        if (!(await save.askToBlock(error.replay))) return undefined;
        patch = { ...patch, confirm: true };
        continue;
      }
      const { clashes, resolve } = save.merge(base, patch, current);
      let mine: ReadonlySet<string> | undefined = new Set();
      if (clashes.length > 0) {
        const by = await whoChanged(save.organizationId, base.id);
        mine = await askToMerge({ thing: save.thing, by, clashes });
      }
      if (mine === undefined) return undefined;
      patch = resolve(mine);
      base = current;
      if (Object.keys(patch).length === 0) return current;
    }
  }
}
