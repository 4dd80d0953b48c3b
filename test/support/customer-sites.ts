/**
 * Customer pages on names of their own, for what looks at them from outside: the names lead to this machine, by http and by https,
 * and each page is what a test says it is.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { lookup } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CustomerPage {
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
}

export interface CustomerSites {
  readonly port: number;
  readonly securePort: number;
  /** The certificate of every https name. */
  readonly ca: string;
  /** Puts pages in place of those before, by host and path: `shop.example/`. */
  show(pages: Readonly<Record<string, CustomerPage>>): void;
  /** Answers all of one host by other means: a proxy, a server that is none of ours. */
  answer(host: string, listener: RequestListener): void;
  stop(): Promise<void>;
}

/** Every name is this machine. */
export const lookUpHere = ((_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) => {
  const here = { address: '127.0.0.1', family: 4 };
  if (options.all === true) done(null, [here]);
  else done(null, here.address, here.family);
}) as unknown as typeof lookup;

export async function startCustomerSites(): Promise<CustomerSites> {
  let shown: Readonly<Record<string, CustomerPage>> = {};
  const others = new Map<string, RequestListener>();
  const handle: RequestListener = (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const other = others.get(host);
    if (other !== undefined) return other(request, response);
    const page = shown[host + (request.url ?? '')];
    if (page === undefined) return response.writeHead(404, { 'content-type': 'text/html' }).end('Nothing here.');
    response.writeHead(page.status ?? 200, { 'content-type': 'text/html; charset=utf-8', ...page.headers });
    return response.end(page.html ?? '');
  };
  const { key, cert } = makeCertificate();
  const plain = createServer(handle);
  const secure = createSecureServer({ key, cert }, handle);
  const [port, securePort] = [await listen(plain), await listen(secure)];
  return {
    port,
    securePort,
    ca: cert,
    show: (pages) => (shown = pages),
    answer: (host, listener) => void others.set(host, listener),
    async stop() {
      for (const server of [plain, secure]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'postern-certificate-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  try {
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const named = ['-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example'];
    execFileSync('openssl', [...made, ...named, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
