/** Requests exactly as a test writes them: `node:http` for whole ones, a raw socket for what no client would send. */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ProblemDocument } from '../../server/gate/problem.ts';

/** A list where a header comes twice. */
export type RequestHeaders = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

export interface RequestOptions {
  readonly method?: string;
  /** Another name of the server than `localhost`, without the port. */
  readonly host?: string;
  readonly headers?: RequestHeaders;
  /** An object is sent as JSON with its content type. */
  readonly body?: object | string | Buffer;
  /** By default every request has a connection of its own. */
  readonly agent?: http.Agent;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, which must be JSON. */
  json(): Record<string, unknown>;
  /** The body, which must be a problem. */
  problem(): ProblemDocument & Record<string, unknown>;
}

interface Target {
  readonly port: number;
}

export async function send(server: Target, path: string, options: RequestOptions = {}): Promise<Reply> {
  const response = await begin(server, path, options).response;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
    problem: () => JSON.parse(text) as ProblemDocument & Record<string, unknown>,
  };
}

function begin(
  server: Target,
  path: string,
  { method, host = 'localhost', headers = {}, body, agent }: RequestOptions,
) {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = isText
    ? Buffer.from(body as string)
    : body === undefined
      ? undefined
      : Buffer.from(JSON.stringify(body));
  const own: [string, string][] = [
    ['Host', `${host}:${server.port}`],
    ...(bytes === undefined ? [] : [['Content-Length', String(bytes.length)] satisfies [string, string]]),
    ...(isText || bytes === undefined ? [] : [['Content-Type', 'application/json'] satisfies [string, string]]),
    ...(agent === undefined ? [['Connection', 'close'] satisfies [string, string]] : []),
  ];
  const lines = [...own, ...(isList(headers) ? headers : Object.entries(headers))];
  const request = http.request({
    port: server.port,
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: lines.flat(),
    ...(agent === undefined ? { agent: false } : { agent }),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // What comes after the answer, a reset say, is no failure of the request.
    request.on('error', reject);
  });
  request.end(bytes);
  return { request, response };
}

function isList(headers: RequestHeaders): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}

interface ServerEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

interface OpenStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next event, or undefined when the stream has ended. */
  next(): Promise<ServerEvent | undefined>;
  /** All events that are left. */
  rest(): Promise<readonly ServerEvent[]>;
  /** Leaves, as a closed page does. */
  leave(): void;
  readonly message: IncomingMessage;
}

/** Sends a message and reads the answer as server-sent events. */
export async function openStream(server: Target, path: string, options: RequestOptions): Promise<OpenStream> {
  const headers = isList(options.headers ?? {}) ? [] : Object.entries(options.headers ?? {});
  const { request, response } = begin(server, path, {
    ...options,
    headers: [...headers, ['Accept', 'text/event-stream']],
  });
  const message = await response;
  const events = readEvents(message);
  const next = async (): Promise<ServerEvent | undefined> => {
    const result = await events.next();
    return result.done === true ? undefined : result.value;
  };
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    next,
    async rest() {
      const all: ServerEvent[] = [];
      for (let event = await next(); event !== undefined; event = await next()) all.push(event);
      return all;
    },
    leave: () => void request.destroy(),
    message,
  };
}

async function* readEvents(message: IncomingMessage): AsyncGenerator<ServerEvent, void, void> {
  let text = '';
  message.setEncoding('utf8');
  for await (const chunk of message) {
    text += chunk as string;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== '') yield { event, data: JSON.parse(data) as Record<string, unknown> };
    }
  }
}

interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far. */
  received(): string;
  /** Everything received until the server closed. */
  readonly whole: Promise<string>;
}

/** Opens a connection and writes exactly these bytes. */
export function sendRaw(server: Target, bytes: string | Buffer): RawConnection {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  const whole = new Promise<string>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
  socket.write(bytes);
  return { socket, received: () => text, whole };
}

/** The parts of a raw answer. */
export function parseRaw(text: string): { status: number; headers: Map<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4) };
}
