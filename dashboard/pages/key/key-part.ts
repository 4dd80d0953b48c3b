import { property } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { toast } from '../../components/toast.ts';
import { saveKey } from '../../merge/save-key.ts';
import type { AskToBlock } from '../../merge/save-merged.ts';
import { withDomains } from '../../with-domains.ts';
import { withStatus } from '../../with-status.ts';

/** A change that is saved as soon as it is made, and how to take it back. */
interface QuickChange {
  readonly patch: KeyPatch;
  /** What the toast says once it is saved. */
  readonly message: string;
  readonly undo?: KeyPatch;
}

/**
 * A part of a key's page. The page gives it the key and hears of changes; a part keeps only what is being edited and not
 * saved yet, so that a new reading of the key never disturbs that.
 *
 * @fires {CustomEvent<Key>} key-changed - The key as it is now.
 * @fires key-gone - Somebody deleted it meanwhile.
 */
export abstract class KeyPart extends LightElement {
  @property({ attribute: false }) key!: Key;
  @property({ attribute: false }) organizationId = '';
  /** Why nothing can be changed here; empty when it can. */
  @property({ attribute: false }) reason = '';

  protected get mayChange(): boolean {
    return this.reason === '';
  }

  protected tell(key: Key): void {
    this.dispatchEvent(new CustomEvent<Key>('key-changed', { detail: key, bubbles: true }));
  }

  /** Of a key that somebody deleted meanwhile nothing is left to be done on this page. */
  protected tellIfGone({ code }: ApiError): void {
    if (code === 'not_found') this.dispatchEvent(new CustomEvent('key-gone', { bubbles: true }));
  }

  /**
   * Saves, and tells the page. `base`: the key as it was when the editing began. Undefined: somebody else changed it
   * meanwhile, and the person would rather go on editing. Throws an `ApiError`; of a key that is gone, the page is told too.
   */
  protected async change(patch: KeyPatch, base = this.key, askToBlock?: AskToBlock): Promise<Key | undefined> {
    try {
      const key = await saveKey(this.organizationId, base, patch, askToBlock);
      if (key) this.tell(key);
      return key;
    } catch (caught) {
      const error = toApiError(caught);
      this.tellIfGone(error);
      throw error;
    }
  }

  /** Shows the change before it is saved, and takes it back when it can not be; with Undo in the toast. */
  protected async changeAtOnce({ patch, message, undo }: QuickChange): Promise<boolean> {
    const before = this.key;
    const subject = before.id;
    this.tell(withPatch(before, patch));
    try {
      if ((await this.change(patch, before)) === undefined) {
        this.tell(before);
        return false;
      }
      const run = (): void => void this.changeAtOnce({ patch: undo ?? {}, message: 'Taken back.' });
      toast({ message, subject, ...(undo && { action: { label: 'Undo', run } }) });
      return true;
    } catch (error) {
      const { code, detail, fix = '' } = toApiError(error);
      if (code !== 'not_found') this.tell(before);
      toast({ message: `Not saved. ${detail} ${fix}`.trim(), kind: 'problem', subject });
      return false;
    }
  }
}

/** The key as it will be once the server has agreed. */
function withPatch(key: Key, { addDomains, removeDomains, ...patch }: KeyPatch): Key {
  return withStatus({ ...withDomains(key, { addDomains, removeDomains }), ...(patch as Partial<Key>) });
}
