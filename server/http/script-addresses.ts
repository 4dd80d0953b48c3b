import { connect } from 'node:net';
import { parseAddress } from '../usage/address.ts';
import type { Arrived } from './call-self.ts';

const loopbacks = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const;
const timeoutMs = 1_000;

/**
 * Addresses of this machine that a script may call from, as a thief has more than one: many, where the whole network 127.0.0.0/8 is this
 * machine's (Linux, Windows); else undefined alone, whichever the system takes. Empty: the server can't be reached.
 */
export async function findScriptAddresses(arrived: Arrived): Promise<readonly (string | undefined)[]> {
  const isLoopback = parseAddress(arrived.localAddress ?? '')?.startsWith('127.') === true;
  if (isLoopback && (await isReachedFrom(loopbacks[0], arrived))) return loopbacks;
  return (await isReachedFrom(undefined, arrived)) ? [undefined] : [];
}

function isReachedFrom(from: string | undefined, { localAddress, localPort }: Arrived): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: localAddress, port: localPort ?? 0, localAddress: from, timeout: timeoutMs });
    const end = (isReached: boolean) => (): void => {
      socket.destroy();
      resolve(isReached);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}
