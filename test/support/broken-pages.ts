/** Pages on which the chat doesn't work, each for one reason; and one on which it does. */
import { request as askOn, type RequestListener } from 'node:http';
import type { PageCheck } from '../../server/doctor/finding.ts';
import type { CustomerPage, CustomerSites } from './customer-sites.ts';

export interface Installed {
  readonly sites: CustomerSites;
  /** `gate.example:PORT`; the server's name is a real one, so that nothing is let through as this machine. */
  readonly gate: string;
  readonly gatePort: number;
  readonly key: string;
  readonly disabledKey: string;
  readonly agent: string;
}

interface BrokenPage {
  readonly name: string;
  /** The page's address. */
  readonly open: (installed: Installed) => string;
  /** The one complaint, and what its fix names; undefined: none. */
  readonly complaint: { readonly check: PageCheck; readonly sentence: RegExp; readonly fix: RegExp } | undefined;
}

const document = (tag: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><body><main><h1>Shop</h1></main>${tag}`;

interface TagParts {
  readonly script?: string;
  readonly key?: string;
  readonly agent?: string;
  readonly more?: string;
}

function tagOf(installed: Installed, parts: TagParts = {}): string {
  const { script = `http://${installed.gate}/widget.js`, key = installed.key, agent = installed.agent } = parts;
  return `<script async src="${script}" data-key="${key}" data-agent="${agent}" ${parts.more ?? ''}></script>`;
}

/** Shows one page of `shop.example` by http. */
const shop =
  (page: (installed: Installed) => CustomerPage) =>
  (installed: Installed): string => {
    installed.sites.show({ 'shop.example/': page(installed) });
    return `http://shop.example:${installed.sites.port}/`;
  };

const withTag = (parts: (installed: Installed) => TagParts) =>
  shop((installed) => ({ html: document(tagOf(installed, parts(installed))) }));

const withPolicy = (policy: (gate: string) => string) =>
  shop((installed) => ({
    html: document(tagOf(installed)),
    headers: { 'content-security-policy': policy(`http://${installed.gate}`) },
  }));

/** In front of the server: passes on what `change` leaves to it. */
function proxyTo(installed: Installed, change: (...call: Parameters<RequestListener>) => boolean): RequestListener {
  return (request, response) => {
    if (change(request, response)) return;
    const { method, url: path, headers } = request;
    const onward = askOn({ host: '127.0.0.1', port: installed.gatePort, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...proxied.get(response) });
      answer.pipe(response);
    });
    request.pipe(onward);
  };
}
const proxied = new WeakMap<object, Record<string, string>>();

const throughProxy =
  (name: string, change: (...call: Parameters<RequestListener>) => boolean) => (installed: Installed) => {
    installed.sites.answer(name, proxyTo(installed, change));
    return withTag(() => ({ script: `http://${name}:${installed.sites.port}/widget.js` }))(installed);
  };

export const healthyPage: BrokenPage = { name: 'all is well', open: withTag(() => ({})), complaint: undefined };

export const brokenPages: readonly BrokenPage[] = [
  {
    name: 'script-src stops the script',
    open: withPolicy((gate) => `script-src 'self'; connect-src ${gate}`),
    complaint: {
      check: 'script_policy',
      sentence: /script-src .* stops http:\/\/gate\.example/,
      fix: /^Add http:\/\/gate\.example:\d+ to script-src/,
    },
  },
  {
    name: 'connect-src stops the calls',
    open: withPolicy((gate) => `script-src ${gate}; connect-src 'self'`),
    complaint: {
      check: 'connect_policy',
      sentence: /connect-src .* stops calls/,
      fix: /^Add http:\/\/gate\.example:\d+ to connect-src/,
    },
  },
  {
    name: 'Trusted Types without the chat’s policy',
    open: withPolicy((gate) => `script-src ${gate}; require-trusted-types-for 'script'; trusted-types other`),
    complaint: { check: 'trusted_types', sentence: /lit-html/, fix: /^Add lit-html to trusted-types/ },
  },
  {
    name: 'the tag is in a sandboxed frame',
    open(installed) {
      installed.sites.show({
        'shop.example/': {
          html: document('<iframe sandbox="allow-scripts" src="/inside" width="600" height="600"></iframe>'),
        },
        'shop.example/inside': { html: document(tagOf(installed)) },
      });
      return `http://shop.example:${installed.sites.port}/`;
    },
    complaint: { check: 'sandbox', sentence: /sandbox/, fix: /add allow-same-origin to the sandbox/ },
  },
  {
    name: 'an https page names an http server',
    open(installed) {
      installed.sites.show({ 'shop.example/': { html: document(tagOf(installed)) } });
      return `https://shop.example:${installed.sites.securePort}/`;
    },
    complaint: { check: 'mixed_content', sentence: /is on https/, fix: /by its https address/ },
  },
  {
    name: 'the page redirects to www, which is not allowed',
    open(installed) {
      const location = `http://www.shop.example:${installed.sites.port}/`;
      installed.sites.show({
        'shop.example/': { status: 301, headers: { location } },
        'www.shop.example/': { html: document(tagOf(installed)) },
      });
      return `http://shop.example:${installed.sites.port}/`;
    },
    complaint: { check: 'origin', sentence: /www\.shop\.example/, fix: /^Add www\.shop\.example/ },
  },
  {
    name: 'the page’s origin is not allowed',
    open(installed) {
      installed.sites.show({ 'other.example/': { html: document(tagOf(installed)) } });
      return `http://other.example:${installed.sites.port}/`;
    },
    complaint: { check: 'origin', sentence: /other\.example/, fix: /^Add other\.example/ },
  },
  {
    name: 'no data-key',
    open: shop(({ gate, agent }) => ({
      html: document(`<script async src="http://${gate}/widget.js" data-agent="${agent}"></script>`),
    })),
    complaint: { check: 'key', sentence: /no data-key/, fix: /into data-key/ },
  },
  {
    name: 'a typing mistake in the key',
    open: withTag(({ key }) => ({ key: key.slice(0, -1) + (key.endsWith('0') ? '1' : '0') })),
    complaint: { check: 'key', sentence: /typing mistake/, fix: /^Copy the publishable key/ },
  },
  {
    name: 'an agent that does not exist',
    open: withTag(({ agent }) => ({ agent: `${agent.slice(0, -4)}0000` })),
    complaint: { check: 'agent', sentence: /does not exist/, fix: /^Copy data-agent/ },
  },
  {
    name: 'a disabled key',
    open: withTag(({ disabledKey }) => ({ key: disabledKey })),
    complaint: { check: 'key', sentence: /disabled/, fix: /Enable|enable/ },
  },
  {
    name: 'a proxy that answers preflights by itself, and a library that adds headers',
    open: (installed) =>
      throughProxy('dropping.example', (request, response) => {
        if (request.method !== 'OPTIONS') return false;
        response
          .writeHead(204, {
            'access-control-allow-origin': '*',
            'access-control-allow-headers': 'authorization, content-type',
          })
          .end();
        return true;
      })(installed),
    complaint: {
      check: 'preflight',
      sentence: /headers that libraries add: .*traceparent/,
      fix: /pass OPTIONS requests on/,
    },
  },
  {
    name: 'the script’s address is wrong',
    open: withTag(({ sites }) => ({ script: `http://static.example:${sites.port}/widget.js` })),
    complaint: { check: 'script', sentence: /answers 404/, fix: /^Copy the tag again/ },
  },
  {
    name: 'a server whose clock is off',
    open: (installed) =>
      throughProxy('late.example', (_request, response) => {
        proxied.set(response, { date: new Date(Date.now() - 10 * 60_000).toUTCString() });
        return false;
      })(installed),
    complaint: { check: 'clock', sentence: /10 minutes behind/, fix: /NTP/ },
  },
];
