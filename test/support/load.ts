/** Clients that never stop asking, and what each of their requests came to. */
import { Agent } from 'node:http';
import { send, type Reply, type RequestOptions } from './requests.ts';
import { watchStalls, type Stalls } from './stalls.ts';

export interface Asked {
  /** Which kind of request. */
  readonly kind: string;
  /** `performance.now()` */
  readonly startedAt: number;
  readonly endedAt: number;
  /** 0: no answer at all. */
  readonly status: number;
  /** Of a problem; of no answer, what the connection said. */
  readonly code: string | undefined;
}

/** Makes a request of a kind and counts it, also when nobody waits for it. Undefined: no answer. */
export type Ask = (kind: string, path: string, options?: RequestOptions) => Promise<Reply | undefined>;

/** One round of requests. */
export type Client = (ask: Ask) => Promise<unknown>;

export interface Load {
  readonly asked: readonly Asked[];
  /** Of the process that asks. */
  readonly stalls: Pick<Stalls, 'during'>;
  /** Lets every request under way end. Throws what a client threw. */
  stop(): Promise<void>;
}

/** Starts clients, each again and again until the load stops, over connections that are kept. The servers take turns. */
export function startLoad(servers: readonly { readonly port: number }[], clients: readonly Client[]): Load {
  let turn = 0;
  const agent = new Agent({ keepAlive: true });
  const asked: Asked[] = [];
  const stalls = watchStalls();
  const underWay = new Set<Promise<unknown>>();
  let isOver = false;

  function ask(kind: string, path: string, options: RequestOptions = {}): Promise<Reply | undefined> {
    const asking = record(kind, path, options).finally(() => underWay.delete(asking));
    underWay.add(asking);
    return asking;
  }

  async function record(kind: string, path: string, options: RequestOptions): Promise<Reply | undefined> {
    const startedAt = performance.now();
    let status = 0;
    let code: string | undefined;
    try {
      const reply = await send(servers[turn++ % servers.length]!, path, { ...options, agent });
      status = reply.status;
      if (status >= 400) code = reply.problem().code;
      return reply;
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code ?? String(error);
      return undefined;
    } finally {
      asked.push({ kind, startedAt, endedAt: performance.now(), status, code });
    }
  }

  const running = clients.map(async (client) => {
    while (!isOver) {
      await client(ask);
      // So that a client whose requests end at once leaves room for the others.
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const ended = Promise.all(running);
  ended.catch(() => (isOver = true));
  return {
    asked,
    stalls,
    async stop() {
      isOver = true;
      try {
        await ended;
        await Promise.all(underWay);
      } finally {
        agent.destroy();
        stalls.end();
      }
    },
  };
}
