/** A real HTTP request from this server to itself, with headers that no browser would let a page choose. */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

const timeoutMs = 5_000;

export interface SelfAnswer {
  readonly status: number;
  readonly body: string;
}

/** `arrived`: a connection that this server accepted, whose own end says where it listens. */
export async function callSelf(
  arrived: Pick<Socket, 'localAddress' | 'localPort'>,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<SelfAnswer> {
  return new Promise((resolve, reject) => {
    request({
      host: arrived.localAddress,
      port: arrived.localPort,
      path,
      headers,
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
