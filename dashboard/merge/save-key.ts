import { changeKey } from '../api.ts';
import type { Key, KeyPatch } from '../../server/http/wire.ts';
import { mergeKey } from './merge-key.ts';
import { saveMerged, type AskToBlock } from './save-merged.ts';

/** `base`: the key as the person saw it. Undefined: they would rather go on editing. Throws an `ApiError`. */
export function saveKey(
  organizationId: string,
  base: Key,
  patch: KeyPatch,
  askToBlock?: AskToBlock,
): Promise<Key | undefined> {
  const send = (sent: KeyPatch): Promise<Key> => changeKey(organizationId, base.id, sent);
  return saveMerged({ organizationId, thing: 'key', base, patch, send, askToBlock, merge: mergeKey });
}
