/** The headers of answers that mean something to whoever calls. Those of the connection itself are left out. */
interface Header {
  readonly description: string;
  /** Where it is named, it is always there. */
  readonly required?: true;
  readonly schema: Readonly<Record<string, unknown>>;
}

const text = { type: 'string' } as const;
/** Of so many in a window, or at the same time. */
const policy = String.raw`"[a-z-]+";q=\d+;(w=\d+|qu="concurrent-requests")`;

export const headers = {
  'X-Request-Id': {
    description: 'Names this request in the server’s log.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9a-z]+-[0-9a-z]+$' },
  },
  'Cache-Control': { description: 'Whether anybody may keep this answer.', required: true, schema: text },
  'Retry-After': {
    description: 'Whole seconds until trying again can help.',
    schema: { type: 'integer', minimum: 0 },
  },
  RateLimit: {
    description: 'What is left of each limit that was counted: `"key-ip";r=119;t=60`.',
    schema: { type: 'string', pattern: '^"[a-z-]+";r=\\d+;t=\\d+(, "[a-z-]+";r=\\d+;t=\\d+)*$' },
  },
  'RateLimit-Policy': {
    description: 'The limits that were counted: `"key-ip";q=120;w=60`.',
    schema: { type: 'string', pattern: `^${policy}(, ${policy})*$` },
  },
  'WWW-Authenticate': {
    description: 'The scheme, and what was wrong with credentials that were sent (RFC 6750).',
    schema: { type: 'string', pattern: '^Bearer realm="postern"(, error="(invalid_token|insufficient_scope)")?$' },
  },
  Allow: { description: 'The methods of this address.', required: true, schema: text },
  Vary: { description: 'The request headers that this answer depends on.', schema: text },
  ETag: { description: 'Names this very content: send it back in `If-None-Match`.', required: true, schema: text },
  'Set-Cookie': { description: 'Sets the session’s cookie, or takes it away.', schema: text },
  'Content-Disposition': { description: 'The file’s name.', required: true, schema: text },
  'X-Accel-Buffering': { description: '`no`: proxies pass each event on at once.', schema: { const: 'no' } },
  'X-Should-Retry': {
    description: '`false`: a repetition can’t help, and clients of the OpenAI interface make none.',
    schema: { const: 'false' },
  },
  'X-Vercel-AI-UI-Message-Stream': {
    description: 'The version of the stream.',
    required: true,
    schema: { const: 'v1' },
  },
  'X-Content-Type-Options': {
    description: 'No browser takes it for another type.',
    required: true,
    schema: { const: 'nosniff' },
  },
  'Cross-Origin-Resource-Policy': { description: 'Which sites may load it.', required: true, schema: text },
  'Access-Control-Allow-Origin': {
    description: 'Any page may read this answer.',
    required: true,
    schema: { const: '*' },
  },
  'Access-Control-Expose-Headers': { description: 'The headers that a page may read.', required: true, schema: text },
  'Access-Control-Allow-Methods': { description: 'The methods that a page may use.', required: true, schema: text },
  'Access-Control-Allow-Headers': {
    description: 'The headers that were asked for: a page may send any.',
    schema: text,
  },
  'Access-Control-Max-Age': {
    description: 'Seconds for which a browser need not ask again.',
    required: true,
    schema: { type: 'integer' },
  },
  'Postern-Organization': { description: 'The key’s organization; `-` for a preflight.', required: true, schema: text },
  'Postern-Key': { description: 'The key’s id; `-` for a preflight.', required: true, schema: text },
  'Postern-External-Id': {
    description: 'Whose key it is in your own system; `-` when it does not say.',
    required: true,
    schema: text,
  },
  'Postern-Mode': {
    description: 'How the call proved itself.',
    required: true,
    schema: { enum: ['publishable', 'secret', 'preflight'] },
  },
  'Postern-Scopes': {
    description: 'The call’s scopes, separated by spaces; `-` for none.',
    required: true,
    schema: text,
  },
  'Postern-Origin': { description: 'The page’s origin; `-` when there is none.', required: true, schema: text },
  'Postern-Code': {
    description: 'The code of the problem.',
    required: true,
    schema: { $ref: '#/components/schemas/ProblemCode' },
  },
  'Postern-Status': {
    description: 'The status of the problem, also where `statuses` made it 403.',
    required: true,
    schema: { type: 'integer' },
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof headers;

/** On every answer outside `/api/v1`, for the pages there; they say nothing to a program. */
export const pageHeaders = [
  'Content-Security-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Origin-Agent-Cluster',
  'Referrer-Policy',
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-DNS-Prefetch-Control',
  'X-Download-Options',
  'X-Frame-Options',
  'X-Permitted-Cross-Domain-Policies',
  'X-XSS-Protection',
] as const;
