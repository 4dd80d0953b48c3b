import { once } from 'node:events';
import type { Response } from 'express';

/** Until a slow reader has taken what was written, or has left. Leaves no listener behind, however often it is waited for. */
export async function waitForRoom(response: Response): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    over.abort();
  }
}
