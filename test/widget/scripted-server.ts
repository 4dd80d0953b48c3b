/**
 * A real HTTP server that answers as a test tells it to, so that every state of the widget comes from real requests and
 * real streams. Each test has a folder of its own (`/s/<name>/api/v1/…`), tells it what to do (`PUT /s/<name>/script`),
 * lets a waiting stream go on (`POST /s/<name>/go/<gate>`) and reads what was asked (`GET /s/<name>/asked`).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One thing to do while answering. */
export type Step =
  | { readonly event: string; readonly data: unknown }
  /** Bytes as they are. */
  | { readonly raw: string }
  /** Goes on when the test opens this gate. */
  | { readonly gate: string }
  /** The connection breaks, without an end. */
  | { readonly cut: true };

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
  readonly steps?: readonly Step[];
  readonly gate?: string;
  /** The connection is closed without a word. */
  readonly drop?: true;
}

/** Answers by call; of a list, each is used once and the last one stays. */
export interface Script {
  readonly agent?: readonly Answer[];
  readonly conversation?: readonly Answer[];
  readonly messages?: readonly Answer[];
  /** A message that was left before there was a conversation. */
  readonly contact?: readonly Answer[];
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** The client left before the answer was whole. */
  readonly left: boolean;
}

type Call = keyof Script;

class Scene {
  readonly asked: {
    method: string;
    path: string;
    headers: IncomingMessage['headers'];
    body: unknown;
    left: boolean;
  }[] = [];
  script: Script = {};
  readonly #used = new Map<Call, number>();
  readonly #open = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  next(call: Call): Answer {
    const answers = this.script[call] ?? [];
    const at = this.#used.get(call) ?? 0;
    this.#used.set(call, at + 1);
    return answers[Math.min(at, answers.length - 1)] ?? { status: 404, json: { code: 'not_found' } };
  }

  setScript(script: Script): void {
    this.script = { ...this.script, ...script };
    for (const call of Object.keys(script)) this.#used.delete(call as Call);
  }

  open(gate: string): void {
    this.#open.add(gate);
    for (const go of this.#waiting.get(gate) ?? []) go();
  }

  async pass(gate: string): Promise<void> {
    if (this.#open.delete(gate)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.set(gate, [...(this.#waiting.get(gate) ?? []), resolve]);
    });
    this.#open.delete(gate);
    this.#waiting.delete(gate);
  }
}

export interface ScriptedServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export type OtherPaths = (request: IncomingMessage, response: ServerResponse) => void;

/** @param serveOther serves what isn't a scene. */
export async function startScriptedServer(serveOther?: OtherPaths): Promise<ScriptedServer> {
  const scenes = new Map<string, Scene>();
  const server = createServer((request, response) => {
    // A server that is told by `api` alone has the widget there, too.
    request.url = request.url?.replace(/^\/s\/[^/]+(?=\/widget)/, '');
    const [, name, rest] = /^\/s\/([^/]+)\/(.*)$/.exec(request.url ?? '') ?? [];
    if (name === undefined || rest === undefined) {
      if (serveOther) serveOther(request, response);
      else response.writeHead(404).end();
      return;
    }
    let scene = scenes.get(name);
    if (!scene) scenes.set(name, (scene = new Scene()));
    answer(scene, request, response, rest).catch((error: unknown) => {
      // A page that is left takes its requests back, also while their bodies are read.
      if (!request.errored) throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(scene: Scene, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader(
    'access-control-expose-headers',
    'X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, X-Should-Retry',
  );
  response.setHeader('cache-control', 'no-store');
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '');
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
    response.setHeader('access-control-max-age', '7200');
    response.writeHead(204).end();
    return;
  }
  const body = await readBody(request);
  if (path === 'script') scene.setScript(body as Script);
  if (path.startsWith('go/')) scene.open(path.slice(3));
  if (path === 'script' || path.startsWith('go/')) response.writeHead(204).end();
  else if (path === 'asked') sendJson(response, 200, scene.asked);
  else await play(scene, request, response, path, body);
}

async function play(
  scene: Scene,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: unknown,
): Promise<void> {
  const record = { method: request.method ?? '', path, headers: request.headers, body, left: false };
  scene.asked.push(record);
  response.on('close', () => (record.left = !response.writableFinished));
  const answer = scene.next(callOf(path));
  if (answer.gate) await scene.pass(answer.gate);
  if (answer.drop) {
    request.socket.destroy();
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (!answer.steps) {
    if (answer.body === undefined) sendJson(response, answer.status ?? 200, answer.json);
    else response.writeHead(answer.status ?? 200).end(answer.body);
    return;
  }
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/event-stream');
  response.writeHead(answer.status ?? 200);
  response.flushHeaders();
  for (const step of answer.steps) {
    if (response.destroyed) return;
    if ('gate' in step) await scene.pass(step.gate);
    else if ('cut' in step) {
      // Without the last chunk of the encoding: what was written still arrives, and the reader learns of the break.
      response.socket?.end();
      return;
    } else {
      const chunk = 'raw' in step ? step.raw : `event: ${step.event}\ndata: ${JSON.stringify(step.data)}\n\n`;
      await new Promise((resolve) => response.write(chunk, resolve));
    }
  }
  response.end();
}

function callOf(path: string): Call {
  if (path.endsWith('/messages')) return 'messages';
  if (/\/agents\/[^/]+\/contact$/.test(path)) return 'contact';
  return path.includes('/conversations/') ? 'conversation' : 'agent';
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (!response.hasHeader('content-type')) {
    response.setHeader('content-type', status < 400 ? 'application/json' : 'application/problem+json');
  }
  response.writeHead(status).end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}
