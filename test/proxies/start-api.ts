/** Somebody's own API, which knows nothing of keys: it tells what reached it, streams, and talks over a websocket. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Reached {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
}

export interface Api {
  readonly port: number;
  /** Every call that got through, in order. */
  readonly reached: readonly Reached[];
  /** Lets the stream say its next piece. */
  goOn(): void;
  stop(): Promise<void>;
}

export async function startApi(): Promise<Api> {
  const reached: Reached[] = [];
  const sockets = new Set<Duplex>();
  let goOn = (): void => undefined;

  const server = createServer((request, response) => {
    (async () => {
      let bodyBytes = 0;
      for await (const chunk of request) bodyBytes += (chunk as Buffer).length;
      const { method = '', url = '', headers } = request;
      reached.push({ method, url, headers, bodyBytes });
      // Its own CORS, as any API for pages has it.
      response.setHeader('Access-Control-Allow-Origin', '*');
      if (method === 'OPTIONS') {
        response.setHeader('Access-Control-Allow-Methods', 'GET, PUT');
        response.setHeader('Access-Control-Allow-Headers', 'authorization');
        response.writeHead(204).end();
      } else if (url === '/stream') {
        response.setHeader('Content-Type', 'text/event-stream');
        for (const piece of ['one', 'two', 'three']) {
          response.write(`event: piece\ndata: {"text":"${piece}"}\n\n`);
          await new Promise<void>((resolve) => (goOn = resolve));
        }
        response.end();
      } else if (url === '/forbidden') {
        response.writeHead(403, { 'Content-Type': 'text/plain' }).end('the API says no');
      } else {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ ok: true }));
      }
    })().catch((error: unknown) => {
      // A proxy takes a request back whose client is gone, also while its body is read.
      if (!request.errored) throw error;
    });
  });
  server.on('upgrade', (request, socket: Duplex) => {
    const { method = '', url = '', headers } = request;
    reached.push({ method, url, headers, bodyBytes: 0 });
    sockets.add(socket);
    const key = `${String(headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
        .concat(`Sec-WebSocket-Accept: ${accept}`, '', '')
        .join('\r\n'),
    );
    // Says back what it hears, frame by frame or not.
    socket.on('data', (bytes: Buffer) => socket.write(bytes));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    goOn: () => goOn(),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
