export type KeyStatus = 'enabled' | 'disabled' | 'expired';

/** Whether a key works at a time. A disabled one is disabled, expired or not. */
export function keyStatus(
  { enabled, expiresAt }: { readonly enabled: boolean; readonly expiresAt: number | null },
  nowMs: number,
): KeyStatus {
  if (!enabled) return 'disabled';
  return expiresAt !== null && expiresAt <= nowMs ? 'expired' : 'enabled';
}
