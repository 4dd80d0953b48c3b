import { createHash } from 'node:crypto';
import type { Principal } from '../gate/verdict.ts';

/** The same for the same caller, agent and name; nobody else's, whatever they name. */
export function deriveConversationId(principal: Principal, agentId: string, name: readonly unknown[]): string {
  const { organizationId, keyId, mode, origin } = principal;
  const digest = createHash('sha256')
    .update(JSON.stringify([organizationId, keyId, mode, origin, agentId, ...name]))
    .digest('hex');
  return `cnv_${BigInt(`0x${digest}`).toString(36).padStart(50, '0').slice(-25)}`;
}
