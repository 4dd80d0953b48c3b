/**
 * A TCP proxy that a test breaks. Nothing that it took is lost: what a black hole held back goes on when it ends, late, as
 * packets do that the network lost and the kernel sends again.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `black hole`: connects, takes bytes, gives nothing on in either direction. `reset`: connections end with a reset. */
type Mode = 'pass' | 'black hole' | 'reset';

export interface TcpProxy {
  readonly port: number;
  set(mode: Mode): void;
  /** From now on a connection is a black hole, until the next `set`, from the first bytes of its client that are like this. */
  holdWhere(isHeld: (bytes: Buffer) => boolean): void;
  /** From now on, until the next `set`, bytes of a client that are like this go on so much later, and what follows them. */
  delayWhere(isDelayed: (bytes: Buffer) => boolean, delayMs: number): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  isHeld: boolean;
}

/** On a free port unless one is given, in front of a port of this machine. */
export async function startTcpProxy(target: number, port = 0): Promise<TcpProxy> {
  const links = new Set<Link>();
  let mode: Mode = 'pass';
  let isHeld: ((bytes: Buffer) => boolean) | undefined;
  let delay: ((bytes: Buffer) => number) | undefined;

  const listener: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => undefined);
    if (mode === 'reset') return void client.resetAndDestroy();
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    server.on('error', () => undefined);
    const link: Link = { client, server, isHeld: mode === 'black hole' };
    links.add(link);
    forward(link, client, server);
    forward(link, server, client);
    if (link.isHeld) stall(link);
    else flow(link);
  });

  function forward(link: Link, from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (from === link.client && isHeld?.(bytes) === true) link.isHeld = true;
      const delayMs = from === link.client ? (delay?.(bytes) ?? 0) : 0;
      if (link.isHeld) {
        stall(link);
        from.unshift(bytes);
      } else if (delayMs > 0) {
        from.pause();
        setTimeout(() => {
          if (link.isHeld) from.unshift(bytes);
          else {
            to.write(bytes);
            from.resume();
          }
        }, delayMs);
      } else {
        to.write(bytes);
      }
    });
    from.on('end', () => to.end());
    from.on('close', (hadError) => {
      // An end is passed on in its place after the bytes; a reset has no place.
      if (hadError) to.destroy();
      if (link.client.destroyed && link.server.destroyed) links.delete(link);
    });
  }

  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    set(next) {
      mode = next;
      isHeld = undefined;
      delay = undefined;
      for (const link of links) {
        link.isHeld = next === 'black hole';
        if (next === 'reset') {
          link.client.resetAndDestroy();
          link.server.resetAndDestroy();
        } else if (link.isHeld) stall(link);
        else flow(link);
      }
    },
    holdWhere(condition) {
      isHeld = condition;
    },
    delayWhere(isDelayed, delayMs) {
      delay = (bytes) => (isDelayed(bytes) ? delayMs : 0);
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      await closed;
    },
  };
}

function stall({ client, server }: Link): void {
  client.pause();
  server.pause();
}

function flow({ client, server }: Link): void {
  client.resume();
  server.resume();
}
