/** What the server has counted of pages that carry the tag. */
import { readKeyUsage } from '../../api.ts';
import type { Key, OriginUsage } from '../../../server/http/wire.ts';

export interface Installation {
  /** A page on which the chat opened, the newest; never one of this very server. */
  readonly seen: OriginUsage | undefined;
  /** A page that only was refused, because no domain of the key admits it. */
  readonly refused: { readonly origin: string; readonly key: Key } | undefined;
}

const days = 30;
/** Each is a call, again and again. */
const keysMax = 3;

/** @param keys - Those that were used in a page come first; of the others the first ones. */
export async function findInstallation(
  organizationId: string,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<Installation> {
  const used = keys.filter(({ lastUsedOrigin }) => lastUsedOrigin !== null);
  const looked = [...new Set([...used, ...keys])].slice(0, keysMax);
  const found = await Promise.all(
    looked.map(async (key) => {
      const { origins } = await readKeyUsage(organizationId, key.id, days, signal);
      return origins.filter(({ origin }) => origin !== location.origin).map((usage) => ({ key, usage }));
    }),
  );
  const all = found.flat().sort((a, b) => Date.parse(b.usage.lastSeenAt) - Date.parse(a.usage.lastSeenAt));
  const refused = all.find(({ usage }) => usage.accepted === 0 && !usage.allowed);
  return {
    seen: all.find(({ usage }) => usage.accepted > 0)?.usage,
    refused: refused && { origin: refused.usage.origin, key: refused.key },
  };
}
