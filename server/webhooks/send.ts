/**
 * Sends one message, over HTTP or as mail. It follows no redirect and has one time limit. The address is checked in the connection itself, so that a
 * name can't mean one address when it is checked and another when it is connected to.
 */
import { lookup } from 'node:dns';
import { Agent, request } from 'undici';
import { withoutKeys } from '../gate/key-format.ts';
import type { Delivery, DeliveryAttempt } from '../records/webhook.ts';
import { mailAddressOf } from './webhook-url.ts';
import type { SendMail } from './send-mail.ts';
import { createPublicConnect, NotPublicError } from '../network/public-connect.ts';

const sendMs = 10_000;
const answerLengthMax = 2_000;
/** What is read of an answer: a character has at most four bytes. */
const answerBytesMax = 4 * answerLengthMax;
const connectionsMax = 4;
const gone = 410;

interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly delivery: Pick<Delivery, 'id' | 'organizationId' | 'event' | 'body'>;
}

interface Sent extends Omit<DeliveryAttempt, 'at'> {
  /** refused: this message is not tried again. gone: nor is any other to this address. */
  readonly end?: 'refused' | 'gone';
}

export interface Sender {
  send(message: Message, signal: AbortSignal): Promise<Sent>;
  close(): Promise<void>;
}

export interface SenderOptions {
  /** Lets messages go to this machine and its network. */
  readonly isPrivateAllowed: boolean;
  /** For addresses that are mailboxes. */
  readonly sendMail: SendMail;
  /** Another way to find the addresses of a name, and other limits, for tests. */
  readonly lookUp?: typeof lookup;
  readonly sendMs?: number;
}

export function createSender(options: SenderOptions): Sender {
  const { isPrivateAllowed, sendMail, lookUp = lookup } = options;
  const limitMs = options.sendMs ?? sendMs;
  const dispatcher = new Agent({
    connect: isPrivateAllowed ? { timeout: limitMs } : createPublicConnect(lookUp, limitMs),
    connections: connectionsMax,
    // No connection is kept: the next message is checked anew.
    pipelining: 0,
  });

  return {
    async send({ url, headers, delivery }, signal) {
      const startedAt = performance.now();
      const ended = (status: number | null, failure: string | null, answer: string) => ({
        durationMs: Math.round(performance.now() - startedAt),
        status,
        failure,
        answer,
      });
      const to = mailAddressOf(url);
      if (to !== undefined) {
        const { status, failure, answer, end } = await sendMail(to, delivery);
        return { ...ended(status, failure, answer), ...(end !== undefined && { end }) };
      }
      try {
        const response = await request(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Postern' },
          body: delivery.body,
          dispatcher,
          signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
        });
        const sent = ended(response.statusCode, null, await readStart(response.body));
        return response.statusCode === gone ? { ...sent, end: 'gone' } : sent;
      } catch (error) {
        return ended(null, describeFailure(error), '');
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** An answer that breaks off was an answer all the same. */
async function readStart(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= answerBytesMax) break;
    }
  } catch {
    // What came is kept.
  }
  body.destroy();
  const text = Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8');
  return withoutKeys(text).slice(0, answerLengthMax);
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name has no address.',
  EAI_AGAIN: 'The name could not be looked up.',
  ECONNREFUSED: 'Nobody listens there.',
  ECONNRESET: 'The connection was closed.',
  UND_ERR_SOCKET: 'The connection was closed.',
  UND_ERR_CONNECT_TIMEOUT: 'No connection was made in time.',
};

/** In words of our own: what an error says may name an address of this network. */
function describeFailure(error: unknown): string {
  if (error instanceof NotPublicError) return error.message;
  const { name, code, cause } = error as NodeJS.ErrnoException;
  if (cause instanceof NotPublicError) return cause.message;
  if (name === 'TimeoutError') return 'No answer came in time.';
  if (name === 'AbortError') return 'This server stopped.';
  if (typeof code === 'string' && (code.includes('CERT') || code.startsWith('ERR_TLS') || code.includes('SIGNED')))
    return `The certificate is not good: ${code}.`;
  return failures[code ?? ''] ?? 'The message could not be sent.';
}
