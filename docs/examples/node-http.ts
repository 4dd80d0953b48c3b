import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createGate, verifyRequest } from 'postern/client';

const { POSTERN_URL = '', POSTERN_CREDENTIAL = '' } = process.env;
const gate = createGate({ url: POSTERN_URL, credential: POSTERN_CREDENTIAL });

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headersDistinct, socket } = incoming;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const request = new Request('http://localhost/invoices', { method, headers });
  const verified = await verifyRequest(request, gate, { scope: 'invoices:read', ip: socket.remoteAddress });
  if (verified.ok) {
    response.writeHead(200, { ...verified.headers, 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ invoicesOf: verified.principal.key.externalId }));
  } else {
    response.writeHead(verified.response.status, Object.fromEntries(verified.response.headers));
    response.end(await verified.response.text());
  }
}

export const server = createServer((incoming, response) => void answer(incoming, response));
