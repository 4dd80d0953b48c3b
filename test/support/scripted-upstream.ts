/** A server of models that does what a test says, over real HTTP on this machine. It keeps what it was asked. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface AskedUpstream {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly [name: string]: unknown;
  };
  /** Resolves when whoever asked has gone, or has been answered whole. */
  readonly closed: Promise<void>;
}

type Script = (response: ServerResponse, asked: AskedUpstream) => void;

export interface ScriptedUpstream {
  readonly baseUrl: string;
  readonly asked: readonly AskedUpstream[];
  /** What is done at the next calls. */
  script: Script;
  close(): Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const asked: AskedUpstream[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      const one = {
        path: `${request.method} ${request.url}`,
        headers: request.headers,
        body: JSON.parse(body) as AskedUpstream['body'],
        closed,
      };
      asked.push(one);
      upstream.script(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: ScriptedUpstream = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    script: says('Hello.'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

export const usage = { prompt_tokens: 700, completion_tokens: 300, total_tokens: 1_000 };

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };

export const openStream = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

export const delta = (content: string, more: object = {}): string =>
  event({ ...head, choices: [{ index: 0, delta: { role: 'assistant', content, ...more }, finish_reason: null }] });

export const finish = (reason = 'stop'): string =>
  event({ ...head, choices: [{ index: 0, delta: {}, finish_reason: reason }] });

export const used = (use: unknown = usage): string => event({ ...head, choices: [], usage: use });

export const done = 'data: [DONE]\n\n';

/** Says the pieces, one event each, and what they took. */
export function says(...pieces: readonly string[]): Script {
  return (response) => {
    openStream(response).end([...pieces.map((piece) => delta(piece)), finish(), used(), done].join(''));
  };
}

/** Sends exactly this as an event stream, and ends. */
export const sends =
  (...texts: readonly (string | Uint8Array)[]): Script =>
  (response) => {
    openStream(response);
    for (const text of texts) response.write(text);
    response.end();
  };

/** A plain answer, as errors are. */
export const answers =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
