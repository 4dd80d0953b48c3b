/** Real HTTP requests from this server to itself, with headers that no browser would let a page choose. They are judged like any other. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseAddress } from '../usage/address.ts';
import type { DemoCall } from './wire.ts';

const timeoutMs = 5_000;
const headerName = 'postern-self';
/** Of this process; it goes nowhere but to itself. */
const ownToken = randomBytes(32);

/** A connection that this server accepted: its own end says where it listens. */
export interface Arrived {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Whether this process sent it, which nobody else can claim. */
export function isOwnCall(headers: IncomingHttpHeaders): boolean {
  const given = headers[headerName];
  if (typeof given !== 'string') return false;
  const token = Buffer.from(given, 'base64url');
  return token.length === ownToken.length && timingSafeEqual(token, ownToken);
}

/** Counted nowhere: it shows what would happen. */
export async function callSelf(
  arrived: Arrived,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<DemoCall> {
  return send(arrived, { path, headers: { ...headers, [headerName]: ownToken.toString('base64url') } });
}

interface ScriptCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: object;
  /** An address of this machine that it comes from; undefined: whichever. */
  readonly from: string | undefined;
}

/** Where a connection arrived, in the spelling that one from an IPv4 address can call: a socket for both kinds says `::ffff:127.0.0.1`. */
export function plainlyArrived({ localAddress, localPort }: Arrived): Arrived {
  return { localAddress: localAddress && (parseAddress(localAddress) ?? localAddress), localPort };
}

/** Counted, limited and charged like anybody's: nothing says that it came from here. */
export async function callAsScript(arrived: Arrived, { body, headers, ...call }: ScriptCall): Promise<DemoCall> {
  const json = JSON.stringify(body);
  return send(arrived, { ...call, method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, json });
}

interface Sent {
  readonly method?: 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: string;
  readonly from?: string | undefined;
}

function send(arrived: Arrived, { json, from, ...sent }: Sent): Promise<DemoCall> {
  return new Promise((resolve, reject) => {
    request({
      ...sent,
      host: arrived.localAddress,
      port: arrived.localPort,
      localAddress: from,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    })
      .once('response', (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      })
      .once('error', reject)
      .end(json);
  });
}
