import type { Scope } from '../../server/gate/scope.ts';
import type { Key } from '../../server/http/wire.ts';

const neededScopes: readonly Scope[] = ['agents:read', 'messages:write'];

/** Whether a chat on some page may use it: it is enabled, has a domain or learns them, and may read agents and write messages. */
export function mayStandInPage({ status, scopes, allowedDomains, learningUntil }: Key): boolean {
  return (
    status === 'enabled' &&
    neededScopes.every((scope) => scopes.includes(scope)) &&
    (allowedDomains.length > 0 || learningUntil !== null)
  );
}
