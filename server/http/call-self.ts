/**
 * A real HTTP request from this server to itself, with headers that no browser would let a page choose. It is judged like any
 * other, and counted nowhere: it shows what would happen.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DemoCall } from './wire.ts';

const timeoutMs = 5_000;
const headerName = 'postern-self';
/** Of this process; it goes nowhere but to itself. */
const ownToken = randomBytes(32);

/** Whether this process sent it, which nobody else can claim. */
export function isOwnCall(headers: IncomingHttpHeaders): boolean {
  const given = headers[headerName];
  if (typeof given !== 'string') return false;
  const token = Buffer.from(given, 'base64url');
  return token.length === ownToken.length && timingSafeEqual(token, ownToken);
}

/** `arrived`: a connection that this server accepted, whose own end says where it listens. */
export async function callSelf(
  arrived: Pick<Socket, 'localAddress' | 'localPort'>,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<DemoCall> {
  return new Promise((resolve, reject) => {
    request({
      host: arrived.localAddress,
      port: arrived.localPort,
      path,
      headers: { ...headers, [headerName]: ownToken.toString('base64url') },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    })
      .once('response', (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      })
      .once('error', reject)
      .end();
  });
}
