import { html, type TemplateResult } from 'lit';
import { deleteKey } from '../../api.ts';
import type { Key } from '../../../server/http/wire.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { toast } from '../../components/toast.ts';
import { sectionPath } from '../../route.ts';
import { navigate } from '../../router.ts';
import { unlessGone } from '../../unless-gone.ts';

/** The part of the page where a key is deleted for good. */
export function dangerZone(organizationId: string, key: Key): TemplateResult {
  return html`<section class="card danger-zone" aria-labelledby="danger-heading">
    <div>
      <h2 id="danger-heading">Delete this key</h2>
      <p class="soft">
        Permanent and immediate: the public key and its secrets never work again, and its usage figures go with it. To
        stop a key for a while, disable it instead.
      </p>
    </div>
    <button class="button quiet-danger" type="button" @click=${() => void askToDelete(organizationId, key)}>
      Delete key…
    </button>
  </section>`;
}

async function askToDelete(organizationId: string, { id, name, lastUsedAt }: Key): Promise<void> {
  const isDeleted = await askToConfirm({
    heading: 'Delete this key?',
    content: html`<p><b>${name}</b> stops working at once, for pages and servers alike, and can not be brought back.</p>
      ${lastUsedAt === null ? html`<p>It was never used.</p>` : html`<p>It was last used <ui-time .at=${lastUsedAt}></ui-time>.</p>`}`,
    confirmLabel: 'Delete for good',
    isDanger: true,
    typed: name,
    run: () => unlessGone(deleteKey(organizationId, id)),
  });
  if (!isDeleted) return;
  toast({ message: `“${name}” is deleted.` });
  await navigate(sectionPath(organizationId, 'api-keys'), { replace: true });
}
