/** Server-sent events over an ordinary response, for `fetch`. */
import type { Response } from 'express';
import { waitForRoom } from './wait-for-room.ts';

const commentEveryMs = 15_000;

interface EventStream {
  /** Waits while the reader is slower than the writer; does nothing once the reader has left. */
  send(event: string, data: object): Promise<void>;
  /** The same for readers that know no names of events. */
  sendData(data: object | '[DONE]'): Promise<void>;
  end(): void;
}

export function openEventStream(response: Response): EventStream {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    // What compresses or transforms on the way would hold the events back.
    'Cache-Control': 'no-store, no-transform',
    // Proxies that buffer would hold the reply back until it is whole.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const comments = setInterval(() => response.write(': still here\n\n'), commentEveryMs);
  response.once('close', () => clearInterval(comments));

  async function write(text: string): Promise<void> {
    if (response.destroyed) return;
    const isRoomLeft = response.write(text);
    if (!isRoomLeft) await waitForRoom(response);
  }

  return {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    sendData: (data) => write(`data: ${data === '[DONE]' ? data : JSON.stringify(data)}\n\n`),
    end() {
      clearInterval(comments);
      response.end();
    },
  };
}
