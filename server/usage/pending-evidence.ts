/**
 * The evidence of a key's day until it is written. Addresses are here as they are, for a second, and in memory alone; what is written
 * are their digests. Nothing is hashed at a call.
 */
import type { CallEvidence } from '../gate/call.ts';
import type { AddressGroupCount, UsageEvidence } from '../records/usage-evidence.ts';
import { addressGroup } from './address.ts';
import type { Digest } from './digest-keys.ts';

/** Groups counted for a key before the next write: more than the store keeps, and no more than memory can bear. */
const pendingGroupsMax = 500;

export interface PendingEvidence {
  calls: number;
  withoutBrowserHeaders: number;
  addressedCalls: number;
  /** By group, and whether an organization said it. */
  readonly addresses: Map<string, number>;
  /** Digests that could not be written. */
  readonly digested: Map<string, AddressGroupCount>;
}

export function createPendingEvidence(): PendingEvidence {
  return { calls: 0, withoutBrowserHeaders: 0, addressedCalls: 0, addresses: new Map(), digested: new Map() };
}

/** `hasRoom`: whether one address more may be remembered. Returns whether one was. */
export function countEvidence(
  pending: PendingEvidence,
  { isFromBrowser, ip, ipSaidBy }: CallEvidence,
  hasRoom: boolean,
): boolean {
  if (isFromBrowser !== undefined) pending.calls += 1;
  if (isFromBrowser === false) pending.withoutBrowserHeaders += 1;
  if (ip === undefined) return false;
  pending.addressedCalls += 1;
  // Apart, or an organization could say addresses until it finds the digest of a visitor whom it never saw.
  const group = ipSaidBy === undefined ? groupOf(ip) : `said ${groupOf(ip)}`;
  const known = pending.addresses.get(group);
  if (known === undefined && (!hasRoom || pending.addresses.size >= pendingGroupsMax)) return false;
  pending.addresses.set(group, (known ?? 0) + 1);
  return known === undefined;
}

/** An IPv4 address is its own group. */
function groupOf(ip: string): string {
  return ip.includes(':') ? addressGroup(ip) : ip;
}

/** Undefined: there is none. Without a digest the addresses are left out. */
export function toEvidence(
  pending: PendingEvidence,
  organizationId: string,
  digest: Digest | undefined,
): UsageEvidence | undefined {
  const { calls, withoutBrowserHeaders, addressedCalls, addresses, digested } = pending;
  if (calls === 0 && addressedCalls === 0) return undefined;
  const groups = new Map(digested);
  if (digest !== undefined) {
    // What one organization's figures show can't be found again in another's.
    for (const [group, calls] of addresses)
      addGroup(groups, { digest: digest(`${organizationId} ${group}`), calls, overcount: 0 });
  }
  return { calls, withoutBrowserHeaders, addressedCalls, groups: [...groups.values()] };
}

/** Takes back what could not be written. */
export function keepEvidence(pending: PendingEvidence, evidence: UsageEvidence): void {
  pending.calls += evidence.calls;
  pending.withoutBrowserHeaders += evidence.withoutBrowserHeaders;
  pending.addressedCalls += evidence.addressedCalls;
  for (const group of evidence.groups) {
    if (pending.digested.has(group.digest) || pending.digested.size < pendingGroupsMax)
      addGroup(pending.digested, group);
  }
}

function addGroup(groups: Map<string, AddressGroupCount>, { digest, calls, overcount }: AddressGroupCount): void {
  const known = groups.get(digest);
  groups.set(digest, { digest, calls: calls + (known?.calls ?? 0), overcount: overcount + (known?.overcount ?? 0) });
}
