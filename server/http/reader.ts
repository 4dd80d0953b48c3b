import type { Response } from 'express';

/** Aborted when the reader leaves before the answer is whole. To abort costs, and most answers are read to their end. */
export function readerOf(response: Response): AbortSignal {
  const reader = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) reader.abort();
  });
  return reader.signal;
}
