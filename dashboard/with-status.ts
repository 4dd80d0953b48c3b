import { keyStatus } from '../server/gate/key-status.ts';
import type { Key } from '../server/http/wire.ts';

/** A key whose switch or expiry was changed on the screen, with the status that the server would give it. */
export function withStatus(key: Key, nowMs = Date.now()): Key {
  const expiresAt = key.expiresAt === null ? null : Date.parse(key.expiresAt);
  return { ...key, status: keyStatus({ enabled: key.enabled, expiresAt }, nowMs) };
}
