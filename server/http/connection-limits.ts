/** Closes connections that nobody reads from, and those past the share of one address. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressGroup } from '../usage/address.ts';
import { createTally } from './tally.ts';

/**
 * Closes a connection on which an answer, plain or streamed, made no progress for that long: its reader is gone, or keeps the
 * answer in this server's memory. An answer that is still being made may take longer.
 */
export function closeUnread(server: Server, timeoutMs: number): void {
  // Node counts from the last byte in either direction, and takes a half-written chunk that shrank for progress.
  server.timeout = timeoutMs;
  server.on('request', (_request, response) => {
    response.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) socket.destroy();
    });
  });
}

/** For a server that callers reach directly; behind a proxy, all connections are the proxy's. */
export function limitConnectionsByAddress(server: Server, connectionsMax: number): void {
  const open = createTally(connectionsMax);
  server.on('connection', (socket) => {
    const leave = open.enter(addressGroup(socket.remoteAddress ?? ''));
    if (leave === undefined) socket.destroy();
    else socket.once('close', leave);
  });
}
