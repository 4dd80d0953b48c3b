import type { KeyRecord } from '../records/key.ts';

/** Whether a key is still what a guarded change is meant for. */
export function isAsGuarded(
  key: Pick<KeyRecord, 'secret' | 'revision'>,
  { secretHash, revision }: { readonly secretHash?: string; readonly revision?: number } = {},
): boolean {
  if (secretHash !== undefined && key.secret.hash !== secretHash) return false;
  return revision === undefined || key.revision === revision;
}
