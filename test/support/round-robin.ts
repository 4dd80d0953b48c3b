/**
 * A load balancer for tests: hands requests in turn to the servers whose `/readyz` is 200, which it asks again and again.
 * It never repeats a request, so what fails behind it fails for its client.
 */
import { once } from 'node:events';
import { Agent, createServer, get, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const checkEveryMs = 100;

export interface RoundRobin {
  readonly port: number;
  add(port: number): void;
  remove(port: number): void;
  /** Whether it hands requests to that server at the moment. */
  uses(port: number): boolean;
  close(): Promise<void>;
}

export async function startRoundRobin(): Promise<RoundRobin> {
  const servers = new Map<number, { isReady: boolean }>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    const ready = [...servers].filter(([, { isReady }]) => isReady);
    const port = ready[turn++ % ready.length]?.[0];
    if (port === undefined) return fail(response, 'no_server');
    const { method, url, headers } = incoming;
    const outgoing = request({ port, host: '127.0.0.1', method, path: url, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => fail(response, error.code ?? error.message));
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  function fail(response: ServerResponse, code: string): void {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'Content-Type': 'application/json' }).end(JSON.stringify({ code }));
  }

  function check(port: number): void {
    const asked = get({ port, host: '127.0.0.1', path: '/readyz', agent, timeout: 3_000 }, (answer) => {
      answer.resume();
      note(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => note(false));
    function note(isReady: boolean): void {
      if (servers.has(port)) servers.set(port, { isReady });
    }
  }

  const listener = createServer(forward).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const checking = setInterval(() => [...servers.keys()].forEach(check), checkEveryMs);
  return {
    port: (listener.address() as AddressInfo).port,
    add(port) {
      servers.set(port, { isReady: false });
      check(port);
    },
    remove: (port) => void servers.delete(port),
    uses: (port) => servers.get(port)?.isReady === true,
    async close() {
      clearInterval(checking);
      listener.close();
      listener.closeAllConnections();
      await once(listener, 'close');
      agent.destroy();
    },
  };
}
