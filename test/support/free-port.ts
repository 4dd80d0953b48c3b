/**
 * A port for a program that is told one. Out of a range of its own, below those that the system gives to whoever asks for any:
 * so nobody who does gets it before the program listens on it.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Above 10080, which browsers go to for nobody. */
const lowest = 10_081;
const highest = 29_999;

export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve, reject) => {
      probe.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      });
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
