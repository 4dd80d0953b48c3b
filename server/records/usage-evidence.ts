/**
 * What the publishable calls of a day show of who sent them: whether they had what every browser sends, and the busiest groups of
 * addresses. A plain "keep the busiest" of what comes each second would never let in a group that gets busy late, so groups are
 * counted by Space-Saving (Metwally, Agrawal, El Abbadi 2005): a new one takes the place of the smallest, and inherits its
 * count as possible error. A group with more than a sixtieth of all calls is always among them.
 */
export interface AddressGroupCount {
  /** Of the group's address, under the key of the day. */
  readonly digest: string;
  /** Never too few; too many by `overcount` at most. */
  readonly calls: number;
  readonly overcount: number;
}

/** Of calls with a publishable key that were let in, or only were too many. */
export interface UsageEvidence {
  /** Those of which it can be told whether a browser sent them. */
  readonly calls: number;
  /** Of these, those without what every browser sends. */
  readonly withoutBrowserHeaders: number;
  /** Those whose address is known. */
  readonly addressedCalls: number;
  readonly groups: readonly AddressGroupCount[];
}

export const addressGroupsMax = 60;

/** Adds evidence to that of a day; undefined: there is none. */
export function addEvidence(
  day: UsageEvidence | undefined,
  more: UsageEvidence | undefined,
): UsageEvidence | undefined {
  if (more === undefined) return day;
  return {
    calls: (day?.calls ?? 0) + more.calls,
    withoutBrowserHeaders: (day?.withoutBrowserHeaders ?? 0) + more.withoutBrowserHeaders,
    addressedCalls: (day?.addressedCalls ?? 0) + more.addressedCalls,
    groups: addGroups(day?.groups ?? [], more.groups),
  };
}

/** What a group has done for certain. */
export function certainCalls({ calls, overcount }: AddressGroupCount): number {
  return calls - overcount;
}

function addGroups(
  known: readonly AddressGroupCount[],
  more: readonly AddressGroupCount[],
): readonly AddressGroupCount[] {
  const groups = new Map(known.map((group) => [group.digest, group]));
  for (const { digest, calls, overcount } of [...more].sort(busiestFirst)) {
    const same = groups.get(digest);
    const smallest = same !== undefined || groups.size < addressGroupsMax ? undefined : findSmallest(groups);
    if (smallest !== undefined) groups.delete(smallest.digest);
    groups.set(digest, {
      digest,
      calls: calls + (same ?? smallest ?? none).calls,
      overcount: overcount + (same?.overcount ?? smallest?.calls ?? 0),
    });
  }
  return [...groups.values()].sort(busiestFirst);
}

const none = { calls: 0 };

function findSmallest(groups: ReadonlyMap<string, AddressGroupCount>): AddressGroupCount | undefined {
  let smallest: AddressGroupCount | undefined;
  for (const group of groups.values()) if (smallest === undefined || group.calls <= smallest.calls) smallest = group;
  return smallest;
}

/** Those of the same count by their digests, so that what is kept doesn't depend on who came first. */
function busiestFirst(a: AddressGroupCount, b: AddressGroupCount): number {
  return certainCalls(b) - certainCalls(a) || (a.digest < b.digest ? -1 : 1);
}
