/** How the doctor asks: within ten seconds, so many bytes, and, for a member of the dashboard, public addresses alone. */
import { lookup } from 'node:dns';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import { createPublicConnect, NotPublicError } from '../network/public-connect.ts';

const askMs = 10_000;
const headersBytesMax = 64 * 1024;
const connectionsMax = 4;

export interface Answer {
  readonly status: number;
  /** By their names in lower case; several of one name are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Hands over the body until it ends, or until so many bytes; resolves to whether it ended. */
  readEach(bytesMax: number, use: (piece: Buffer) => void): Promise<boolean>;
}

interface Question {
  readonly url: URL;
  readonly method?: 'GET' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Follows no redirect. Throws an `AskError` when there is no answer. */
export interface Asker {
  ask<Result>(question: Question, use: (answer: Answer) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

interface AskerOptions {
  /** Lets it ask this machine and its network. */
  readonly isPrivateAllowed: boolean;
  /** An origin that is asked wherever it is; for its scripts and its API alone. */
  readonly ownOrigin?: string;
  readonly signal?: AbortSignal;
  /** Other ways to find addresses and to trust certificates, for tests. */
  readonly lookUp?: typeof lookup;
  readonly ca?: string;
}

/** Its text is shown: what an error says by itself may name an address of this network. */
export class AskError extends Error {
  override readonly name = 'AskError';
}

export function createAsker(options: AskerOptions): Asker {
  const { isPrivateAllowed, ownOrigin, lookUp = lookup, ca, signal } = options;
  const open = createAgent(buildConnector({ timeout: askMs, lookup: lookUp, ...(ca !== undefined && { ca }) }));
  const guarded = isPrivateAllowed ? open : createAgent(createPublicConnect(lookUp, askMs));

  return {
    async ask({ url, method = 'GET', headers }, use) {
      const isOwn = url.origin === ownOrigin && /^\/(?:widget[./]|api\/v1\/)/.test(url.pathname);
      const signals = [AbortSignal.timeout(askMs), ...(signal ? [signal] : [])];
      try {
        const response = await request(url, {
          method,
          // What is compressed can't be bounded before it is read.
          headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'Postern-Doctor' },
          dispatcher: isOwn ? open : guarded,
          signal: AbortSignal.any(signals),
        });
        try {
          return await use(toAnswer(response));
        } finally {
          response.body.on('error', () => undefined).destroy();
        }
      } catch (error) {
        throw new AskError(describe(error), { cause: error });
      }
    },
    async close() {
      await Promise.all([open.destroy(), guarded.destroy()]);
    },
  };
}

function createAgent(connect: buildConnector.connector): Agent {
  // No connection is kept: the next question is checked anew.
  return new Agent({ connect, connections: connectionsMax, pipelining: 0, maxHeaderSize: headersBytesMax });
}

function toAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Answer {
  const joined = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const);
  return {
    status: statusCode,
    headers: new Map(joined),
    async readEach(bytesMax, use) {
      let bytes = 0;
      for await (const piece of body as AsyncIterable<Buffer>) {
        use(piece.subarray(0, bytesMax - bytes));
        bytes += piece.byteLength;
        if (bytes >= bytesMax) return false;
      }
      return true;
    },
  };
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection was made in time',
  UND_ERR_HEADERS_OVERFLOW: 'its headers are longer than 64 KiB',
};

function describe(error: unknown): string {
  const { name, code = '', cause } = error as NodeJS.ErrnoException;
  if (error instanceof NotPublicError || cause instanceof NotPublicError) return 'its address is not a public one';
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer came in time';
  if (/CERT|^ERR_TLS|SIGNED/.test(code)) return `its certificate is not good (${code})`;
  return failures[code] ?? 'it could not be asked';
}
