/** The publishable key that the preview uses: any of the organization's that admits pages of this very server. */
import { isAdmitted } from '../../../server/gate/domain-hint.ts';
import type { Scope } from '../../../server/gate/scope.ts';
import { createKey, listKeys } from '../../api.ts';
import type { Key, Listing } from '../../../server/http/wire.ts';

const neededScopes: readonly Scope[] = ['agents:read', 'messages:write'];
const ownName = 'Dashboard preview';

/** Undefined: there is none. The one made for this is taken before others. */
export async function findPreviewKey(organizationId: string, signal: AbortSignal): Promise<Key | undefined> {
  let cursor: string | null = null;
  for (;;) {
    const { data, nextCursor }: Listing<Key> = await listKeys(organizationId, { limit: 100, cursor }, signal);
    const fitting = data.filter(isFitting);
    const found = fitting.find(({ name }) => name === ownName) ?? fitting[0];
    if (found || nextCursor === null) return found;
    cursor = nextCursor;
  }
}

/** Its secret is dropped here: a page needs none, and a new one can be made by rotating the key. */
export async function createPreviewKey(organizationId: string): Promise<Key> {
  const { key } = await createKey(organizationId, {
    name: ownName,
    allowedDomains: [location.hostname],
    scopes: neededScopes,
  });
  return key;
}

function isFitting({ status, scopes, allowedDomains }: Key): boolean {
  return (
    status === 'enabled' &&
    neededScopes.every((scope) => scopes.includes(scope)) &&
    isAdmitted(allowedDomains, location.origin)
  );
}
