/**
 * How many answers one address may wait for, or leave unread, with one publishable key at the same time. Streams are long and
 * many visitors may share an address, so they are counted apart. A rate can't bound this: an answer may stay open for minutes.
 */
import { addressGroup } from '../usage/address.ts';
import { createTally } from './tally.ts';

export const openRequestsMax = 20;
export const openStreamsMax = 100;

export interface OpenRequests {
  /** Counts one more until what it returns is called; undefined when there are as many as there may be. */
  enter(keyId: string, ip: string, isStream: boolean): (() => void) | undefined;
}

export function createOpenRequests(): OpenRequests {
  const requests = createTally(openRequestsMax);
  const streams = createTally(openStreamsMax);
  return { enter: (keyId, ip, isStream) => (isStream ? streams : requests).enter(`${keyId} ${addressGroup(ip)}`) };
}
