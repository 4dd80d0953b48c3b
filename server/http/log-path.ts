/**
 * The path of a request for its log line: without the query, and without what somebody typed or pasted by mistake. Of an address
 * that is not there only the words of this server's own addresses stay: `/hunter2` is `/*`, `/api/v1/agnets` is `/api/v1/*`.
 */

const lengthMax = 200;
/** Who encodes more often than this hides something; then nothing of it stays. */
const decodingsMax = 4;

const ownWords: ReadonlySet<string> = new Set([
  ...[
    '',
    'api',
    'v1',
    'agents',
    'messages',
    'conversations',
    'key',
    'keys',
    'verify',
    'authorize',
    'docs',
    'openapi.json',
  ],
  ...[
    'org',
    'api-keys',
    'rotate',
    'domains',
    'check-page',
    'preview',
    'usage',
    'members',
    'invitations',
    'credits',
    'audit',
    'settings',
  ],
  ...[
    'session',
    'password',
    'setup',
    'sign-in',
    'account',
    'dashboard',
    'assets',
    'widget',
    'widget.js',
    'widget-preview',
  ],
  ...['demo', 'explain', 'call', 'stolen-key', 'healthz', 'readyz', 'metrics', 'favicon.ico', 'robots.txt'],
]);

/** `isKnown`: something stands at this address. */
export function logPath(url: string, isKnown: boolean): string {
  const asked = withoutHost(url).split('?', 1)[0] ?? '';
  // What follows is the address of a visitor in somebody's own API.
  if (asked.startsWith('/api/v1/authorize/')) return '/api/v1/authorize/*';
  const path = decoded(asked);
  const shown = isKnown
    ? path
    : path
        .split('/')
        .map((word) => (ownWords.has(word) ? word : '*'))
        .join('/');
  // No id here has so many letters and digits in a row; a key has. Cut last, so that no piece of one stays.
  return shown.replace(/[0-9a-zA-Z]{32,}/g, '[redacted]').slice(0, lengthMax);
}

/** A request may name a whole URL, with a password in it. */
function withoutHost(url: string): string {
  return url.replace(/^[a-z][a-z+.-]*:\/\/[^/?]*/i, '');
}

function decoded(path: string): string {
  let text = path;
  for (let count = 0; text.includes('%'); count++) {
    if (count === decodingsMax) return '/*';
    try {
      text = decodeURIComponent(text);
    } catch {
      return text.replace(/%[^/]*/g, '%');
    }
  }
  return text;
}
