/** What a page's Content-Security-Policy means for a script and for a call (CSP level 3): as a browser would judge it. */

/** Directives by their names in lower case; of two of a name the first counts. */
export type Policy = ReadonlyMap<string, readonly string[]>;

const policyLengthMax = 64 * 1024;

/** Of one header or one `<meta>`: several policies stand there with commas, and all must allow. */
export function parsePolicies(text: string): readonly Policy[] {
  return text
    .slice(0, policyLengthMax)
    .split(',')
    .map(parsePolicy)
    .filter((policy) => policy.size > 0);
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>();
  for (const directive of text.split(';')) {
    const [name = '', ...sources] = directive.trim().split(/[\t\n\f\r ]+/);
    const lower = name.toLowerCase();
    if (lower !== '' && !policy.has(lower)) policy.set(lower, sources);
  }
  return policy;
}

interface Directive {
  readonly name: string;
  readonly sources: readonly string[];
}

const fallbacks = {
  script: ['script-src-elem', 'script-src', 'default-src'],
  connect: ['connect-src', 'default-src'],
} as const;

/** The directive that counts for scripts or for calls; undefined: the policy says nothing about them. */
export function directiveFor(policy: Policy, kind: keyof typeof fallbacks): Directive | undefined {
  const name = fallbacks[kind].find((candidate) => policy.has(candidate));
  return name === undefined ? undefined : { name, sources: policy.get(name) ?? [] };
}

interface ScriptTag {
  readonly url: URL;
  readonly nonce: string;
  readonly integrity: string;
}

/** Whether a tag in the page's own HTML may run. `further` is what the script itself will fetch. */
export function allowsScript({ sources }: Directive, tag: ScriptTag, further: URL, page: URL): boolean {
  if (tag.nonce !== '' && sources.includes(`'nonce-${tag.nonce}'`)) return true;
  if (isStrict(sources)) return allowsHash(sources, tag.integrity);
  return (
    (allowsAddress(sources, tag.url, page) || allowsHash(sources, tag.integrity)) &&
    allowsAddress(sources, further, page)
  );
}

/** Addresses don't count: a script needs the nonce. */
export function isStrict(sources: readonly string[]): boolean {
  return sources.some((source) => source.toLowerCase() === "'strict-dynamic'");
}

function allowsHash(sources: readonly string[], integrity: string): boolean {
  const hashes = integrity.split(/\s+/).filter(Boolean);
  const allowed = new Set(sources);
  return hashes.length > 0 && hashes.every((hash) => allowed.has(`'${hash}'`));
}

export function allowsAddress(sources: readonly string[], url: URL, page: URL): boolean {
  return sources.some((source) => matches(source, url, page));
}

function matches(source: string, url: URL, page: URL): boolean {
  const lower = source.toLowerCase();
  if (lower === '*') return url.protocol === 'http:' || url.protocol === 'https:';
  if (lower === "'self'") {
    return url.origin === page.origin || (url.host === page.host && isSchemeFor(page.protocol, url.protocol));
  }
  if (lower.startsWith("'")) return false;
  if (/^[a-z][a-z0-9+.-]*:$/.test(lower)) return isSchemeFor(lower, url.protocol);
  const [scheme, rest] = lower.includes('://') ? split(lower, '://') : [page.protocol.slice(0, -1), lower];
  const slash = rest.indexOf('/');
  const place = slash === -1 ? rest : rest.slice(0, slash);
  // Names are the same in either case, paths are not.
  const path = slash === -1 ? '' : source.slice(source.length - (rest.length - slash));
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([\d*]+))?$/.exec(place) ?? [];
  return (
    isSchemeFor(`${scheme}:`, url.protocol) &&
    isHostFor(host, url.hostname) &&
    isPortFor(port, url) &&
    isPathFor(path, url.pathname)
  );
}

function split(text: string, by: string): readonly [string, string] {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}

/** What is said of http holds for https too. */
function isSchemeFor(allowed: string, scheme: string): boolean {
  return allowed === scheme || (allowed === 'http:' && scheme === 'https:');
}

function isHostFor(allowed: string, host: string): boolean {
  if (allowed === '*') return true;
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : allowed === host;
}

function isPortFor(allowed: string | undefined, { port, protocol }: URL): boolean {
  if (allowed === '*') return true;
  const usual = protocol === 'https:' ? '443' : '80';
  const given = port === '' ? usual : port;
  return given === (allowed ?? usual) || (allowed === '80' && given === '443');
}

function isPathFor(allowed: string, path: string): boolean {
  if (allowed === '' || allowed === '/') return true;
  return allowed.endsWith('/') ? path.startsWith(allowed) : path === allowed;
}

/** The directive with one more source, to paste into the policy. */
export function withSource({ name, sources }: Directive, source: string): string {
  return [name, ...sources.filter((known) => known.toLowerCase() !== "'none'"), source].join(' ');
}
