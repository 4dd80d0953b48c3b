import { createServer } from 'node:net';
import { parseAddress } from '../usage/address.ts';

const loopbacks = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const;

/**
 * Addresses of this machine that a script may call from, as a thief has more than one: many, where the whole network 127.0.0.0/8 is this
 * machine's (Linux, Windows); else none, and whichever the system takes is meant. `target`: the address that is called.
 */
export async function findScriptAddresses(target: string): Promise<readonly string[]> {
  if (parseAddress(target)?.startsWith('127.') !== true) return [];
  return (await mayUse(loopbacks[0])) ? loopbacks : [];
}

function mayUse(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}
