import { html } from 'lit';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import type { Clash } from './clash.ts';

interface MergeQuestion {
  /** What it is about: “key”, “agent”. */
  readonly thing: string;
  /** Who changed it, where it is known. */
  readonly by: string | undefined;
  readonly clashes: readonly Clash[];
}

/** Shows what somebody else did, and asks what of it stays. Undefined: the person wants to look at it first. */
export async function askToMerge({ thing, by, clashes }: MergeQuestion): Promise<ReadonlySet<string> | undefined> {
  const mine = new Set<string>();
  const choose = (id: string, isMine: boolean) => (): void => {
    if (isMine) mine.add(id);
    else mine.delete(id);
  };
  const isSure = await askToConfirm({
    heading: 'Changed meanwhile',
    content: html`<p>
        <b>${by ?? 'Somebody else'}</b> changed this ${thing} while you were editing it. What shall count?
      </p>
      ${clashes.map(
        ({ id, words, keepLabel, mineLabel }, index) =>
          html`<fieldset class="option-list merge-choice">
            <legend class="break">${words}</legend>
            <label class="option">
              <input
                type="radio"
                name=${`merge-${index}`}
                checked
                ?autofocus=${index === 0}
                @change=${choose(id, false)}
              />
              <span class="break">${keepLabel}</span>
            </label>
            <label class="option">
              <input type="radio" name=${`merge-${index}`} @change=${choose(id, true)} />
              <span class="break">${mineLabel}</span>
            </label>
          </fieldset>`,
      )}`,
    confirmLabel: 'Save like this',
    cancelLabel: 'Go on editing',
  });
  return isSure ? mine : undefined;
}
