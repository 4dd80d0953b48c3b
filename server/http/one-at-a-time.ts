/**
 * Runs the requests of a connection one after the other. Node hands them over as soon as they are read, also those of a caller
 * who sent a thousand at once and left. A request is run when the one before it is answered and the caller is still there; while
 * one waits, nothing more is read from its connection.
 */
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export function oneAtATime(handle: RequestListener): RequestListener {
  const newest = new WeakMap<Socket, ServerResponse>();
  return (request, response) => {
    const { socket } = request;
    const before = newest.get(socket);
    newest.set(socket, response);
    if (before === undefined || before.writableFinished) {
      handle(request, response);
      return;
    }
    socket.pause();
    const run = (): void => {
      if (socket.destroyed) return;
      if (newest.get(socket) === response) socket.resume();
      handle(request, response);
    };
    // Not at once, so that other connections have their turn in between.
    before.once('close', () => setImmediate(run));
  };
}
