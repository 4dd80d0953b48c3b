/**
 * How many answers one address may wait for, or leave unread, with one publishable key at the same time. Streams are long and
 * many visitors may share an address, so they are counted apart. A rate can't bound this: an answer may stay open for minutes.
 */
import type { LimitPolicy } from '../gate/problem.ts';
import { addressGroup } from '../usage/address.ts';
import { createTally } from './tally.ts';

export const openRequestsMax = 20;
export const openStreamsMax = 100;

export interface OpenRequests {
  /** Counts one more until the function that it returns is called; or says that there are as many as there may be. */
  enter(keyId: string, ip: string, isStream: boolean): (() => void) | LimitPolicy;
}

export function createOpenRequests(): OpenRequests {
  const requests = createTally(openRequestsMax);
  const streams = createTally(openStreamsMax);
  return {
    enter(keyId, ip, isStream) {
      const name = `${keyId} ${addressGroup(ip)}`;
      if (isStream) return streams.enter(name) ?? { name: 'open-streams', requests: openStreamsMax };
      return requests.enter(name) ?? { name: 'open-requests', requests: openRequestsMax };
    },
  };
}
