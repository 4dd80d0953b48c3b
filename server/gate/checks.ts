/**
 * The checks of a call, in their order: cheap and silent first. `authenticate.ts` walks this list and stops at the first
 * refusal; `explain.ts` reports it. Each refusal has the sentence that tells the owner what to change.
 */
import type { Call, NeededScope } from './call.ts';
import { checkCredentials } from './check-credentials.ts';
import { admit, checkSecretOrigin, readOrigin } from './check-origin.ts';
import type { Credentials, SecretKey } from './key-format.ts';
import type { Origin } from './origin.ts';
import type { GateKey, KeyLookUp } from './ports.ts';
import { isRefusal, refuse, type ProblemCode, type Refusal } from './problem.ts';
import { effectiveScopes, isPublishable, type CallMode, type Scope } from './scope.ts';
import type { Secrets } from './secret.ts';

export interface CheckParts {
  readonly store: KeyLookUp;
  readonly secrets: Pick<Secrets, 'verify'>;
  /** The server's own public origin: what a same-origin read comes from. */
  readonly serverOrigin: string;
  /** A stored pattern that no longer parses; it is ignored and the others still work. */
  readonly onBadPattern: (key: GateKey, pattern: string) => void;
}

/** What is asked, and what the checks have found so far. */
export interface Judging {
  readonly call: Call;
  readonly scope: NeededScope;
  readonly nowMs: number;
  /** Hides the keys of others. */
  readonly organizationId: string | undefined;
  credentials?: Credentials;
  mode?: CallMode;
  key?: GateKey;
  page?: Origin;
  /** What is counted: the page's origin, or the one that a browser sent with a secret. */
  origin: string | null;
  pattern: string | null;
  isPreviousSecret: boolean;
}

export interface Check {
  /** As it is explained. */
  readonly name: string;
  /** What it can refuse with. */
  readonly codes: readonly ProblemCode[];
  /** Only such calls are checked. */
  readonly mode?: CallMode;
  /** Returns at once where it can: a promise costs a call a turn. */
  readonly run: (state: Judging, parts: CheckParts) => Refusal | undefined | Promise<Refusal | undefined>;
}

export const checks: readonly Check[] = [
  {
    name: 'the key is well-formed',
    codes: ['credentials_missing', 'credentials_malformed'],
    run(state) {
      const credentials = checkCredentials(state.call.authorizations);
      if (isRefusal(credentials)) return credentials;
      state.credentials = credentials;
      state.mode = credentials.secretKey === undefined ? 'publishable' : 'secret';
      return undefined;
    },
  },
  {
    name: 'the key is known',
    codes: ['key_invalid'],
    async run(state, { store }) {
      const key = await store.findKeyByPublicKey(found(state.credentials).publicKey);
      if (key === undefined) return invalidKey;
      if (state.organizationId !== undefined && key.organizationId !== state.organizationId) return invalidKey;
      state.key = key;
      return undefined;
    },
  },
  {
    name: 'the key is enabled',
    codes: ['key_disabled'],
    run: ({ key }) =>
      found(key).enabled ? undefined : refuse('key_disabled', { fix: 'Enable this key in Settings → API Keys.' }),
  },
  {
    name: 'the key has not expired',
    codes: ['key_expired'],
    run({ key, nowMs }) {
      const { expiresAt } = found(key);
      if (expiresAt === null || expiresAt > nowMs) return undefined;
      const fix = 'Set a later expiry for this key in Settings → API Keys, or use another key.';
      return refuse('key_expired', { fix });
    },
  },
  {
    name: 'the secret is the key’s',
    codes: ['key_invalid', 'server_busy'],
    mode: 'secret',
    async run(state, { secrets }) {
      const key = found(state.key);
      const which = await proveSecret(secrets, key, found(state.credentials?.secretKey), state.nowMs);
      if (isRefusal(which)) return which;
      state.isPreviousSecret = which === 'previous';
      return undefined;
    },
  },
  {
    name: 'the secret was not sent by a browser, or may be',
    codes: ['origin_malformed', 'secret_in_browser'],
    mode: 'secret',
    run(state) {
      const noticed = checkSecretOrigin(state.call, found(state.key));
      if (isRefusal(noticed)) return noticed;
      state.origin = noticed.browserOrigin;
      return undefined;
    },
  },
  {
    name: 'the origin is a web origin',
    codes: ['origin_missing', 'origin_opaque', 'origin_malformed', 'origin_not_web'],
    mode: 'publishable',
    run(state, { serverOrigin }) {
      const page = readOrigin(state.call, serverOrigin);
      if (isRefusal(page)) return page;
      state.page = page;
      return undefined;
    },
  },
  {
    name: 'the origin is allowed',
    codes: ['origin_not_allowed'],
    mode: 'publishable',
    run(state, { onBadPattern }) {
      const page = found(state.page);
      const admitted = admit(page, found(state.key), state.nowMs, onBadPattern);
      if (isRefusal(admitted)) return admitted;
      state.origin = page.text;
      state.pattern = admitted.pattern;
      return undefined;
    },
  },
  {
    name: 'the key has the scope',
    codes: ['scope_missing'],
    run: ({ key, mode, scope }) => checkScope(found(key), found(mode), scope),
  },
];

/** The checks before this one find it. */
export function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A check needs what no check before it has found.');
  return value;
}

/** The answer to an unknown key and to a wrong secret alike. */
const invalidKey = refuse('key_invalid', {
  fix: 'Copy the key from Settings → API Keys; if its secret is lost, rotate the key there.',
});

async function proveSecret(
  secrets: Pick<Secrets, 'verify'>,
  key: GateKey,
  secretKey: SecretKey,
  nowMs: number,
): Promise<'current' | 'previous' | Refusal> {
  const isCurrent = await secrets.verify(secretKey, key.secret, key);
  if (isRefusal(isCurrent)) return isCurrent;
  if (isCurrent) return 'current';
  const previous = key.previousSecret;
  if (previous === null || previous.expiresAt <= nowMs) return invalidKey;
  const isPrevious = await secrets.verify(secretKey, previous, key);
  if (isRefusal(isPrevious)) return isPrevious;
  return isPrevious ? 'previous' : invalidKey;
}

function checkScope(key: GateKey, mode: CallMode, needed: NeededScope): Refusal | undefined {
  if (needed === undefined) return undefined;
  const scopes = effectiveScopes(key, mode);
  const anyOf: readonly Scope[] = typeof needed === 'string' ? [needed] : needed;
  if (anyOf.some((scope) => scopes.includes(scope))) return undefined;
  const names = anyOf.join(' or ');
  const isOwn = mode === 'publishable' && anyOf.some(isPublishable);
  return refuse('scope_missing', {
    detail: `This call needs the scope ${names}.`,
    fix: isOwn
      ? `Let pages have the scope ${names}: list it among the key’s publishable scopes in Settings → API Keys.`
      : `Use the key pair of a key that has the scope ${names}; scopes are set in Settings → API Keys.`,
  });
}
