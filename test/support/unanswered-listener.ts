import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface UnansweredListener {
  /** Of https, which begins with a handshake. */
  readonly baseUrl: string;
  /** Resolves when somebody connects. */
  nextConnection(): Promise<Socket>;
  close(): Promise<void>;
}

/** Takes connections and says nothing, so that no TLS connection is ever made. */
export async function startUnansweredListener(): Promise<UnansweredListener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    nextConnection: () => new Promise((resolve) => server.once('connection', resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
