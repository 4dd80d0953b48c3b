/**
 * Decides who calls, without HTTP. The checks, in this order, stop at the first refusal: cheap and silent first, spending
 * last. A refusal is returned; only a broken part throws (a store that is away must never look like "no such key").
 */
import type { Clock } from './clock.ts';
import type { SecretKey } from './key-format.ts';
import type { GateKey, KeyLookUp, Limiter, LimitState, RefusedPart, Use, UseRecorder } from './ports.ts';
import { isRefusal, type ProblemCode, type Refusal } from './problem.ts';
import { effectiveScopes } from './scope.ts';
import type { Verdict } from './verdict.ts';
import {
  checkCredentials,
  checkOrigin,
  checkScope,
  checkSecretOrigin,
  checkUsable,
  invalidKey,
  type Call,
  type NeededScope,
} from './checks.ts';
import type { Secrets } from './secret.ts';

export interface AuthenticatorParts {
  readonly store: KeyLookUp;
  readonly secrets: Pick<Secrets, 'verify'>;
  readonly limiter: Limiter;
  readonly meter: UseRecorder;
  readonly clock: Clock;
  /** The server's own public origin: what a same-origin read comes from. */
  readonly serverOrigin: string;
  /** A stored pattern that no longer parses; it is ignored and the others still work. */
  readonly onBadPattern: (key: GateKey, pattern: string) => void;
  /** Told about every verdict that counts. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

export interface Authenticator {
  /** Judges a call that needs a scope (undefined: any) and counts it as a use of the key. */
  authenticate(call: Call, scope: NeededScope): Promise<Verdict>;
  /** The same judgement with nothing counted and nothing limited; `organizationId` hides the keys of others. */
  judge(call: Call, scope: NeededScope, organizationId?: string): Promise<Judgement>;
  /** `authenticate` for somebody else's visitor: only keys of the caller's organization are known. */
  verify(call: Call, scope: NeededScope, organizationId: string): Promise<Verdict>;
}

/** A verdict before limits, with what is worth counting about it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly use: Omit<Use, 'outcome'>;
}

const noLimits: readonly LimitState[] = [];

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  async function judge(call: Call, scope: NeededScope, organizationId?: string): Promise<Judgement> {
    const nowMs = parts.clock();
    const credentials = checkCredentials(call.authorizations);
    if (isRefusal(credentials)) return refused(credentials);

    const key = await parts.store.findKeyByPublicKey(credentials.publicKey);
    if (key === undefined) return refused(invalidKey);
    if (organizationId !== undefined && key.organizationId !== organizationId) return refused(invalidKey);
    const unusable = checkUsable(key, nowMs);
    if (unusable !== undefined) return refused(unusable, key);

    if (credentials.secretKey !== undefined) {
      return judgeSecretCall(call, scope, key, credentials.secretKey, nowMs);
    }
    const allowed = checkOrigin(call, key, nowMs, parts.serverOrigin, parts.onBadPattern);
    if (isRefusal(allowed)) return refused(allowed, key);
    return accepted(key, 'publishable', scope, { origin: allowed.origin }, allowed.pattern);
  }

  async function judgeSecretCall(
    call: Call,
    scope: NeededScope,
    key: GateKey,
    secretKey: SecretKey,
    nowMs: number,
  ): Promise<Judgement> {
    const which = await proveSecret(key, secretKey, nowMs);
    if (which === undefined) return refused(invalidKey, key);
    if (typeof which === 'object') return refused(which, key);
    const found = checkSecretOrigin(call, key);
    if (isRefusal(found)) return refused(found, key);
    return accepted(key, 'secret', scope, {
      origin: found.browserOrigin,
      isPreviousSecret: which === 'previous',
      isSecretInBrowser: call.origins.length > 0,
    });
  }

  async function proveSecret(
    key: GateKey,
    secretKey: SecretKey,
    nowMs: number,
  ): Promise<'current' | 'previous' | Refusal | undefined> {
    const isCurrent = await parts.secrets.verify(secretKey, key.secret, key);
    if (isCurrent !== false) return isCurrent === true ? 'current' : isCurrent;
    const previous = key.previousSecret;
    if (previous === null || previous.expiresAt <= nowMs) return undefined;
    const isPrevious = await parts.secrets.verify(secretKey, previous, key);
    if (isPrevious !== false) return isPrevious === true ? 'previous' : isPrevious;
    return undefined;
  }

  async function countAndLimit(call: Call, { verdict, use }: Judgement): Promise<Verdict> {
    if (verdict.outcome === 'refused') {
      if (verdict.key !== undefined) parts.meter.record(verdict.key, { ...use, outcome: verdict.refusal.code });
      return limitRefusal(call, verdict.refusal, verdict);
    }
    if (verdict.principal.mode === 'publishable' && call.enter?.(verdict.key.id) === false) {
      parts.meter.record(verdict.key, { ...use, outcome: tooManyOpen.code });
      return { outcome: 'refused', refusal: tooManyOpen, key: verdict.key, limits: noLimits };
    }
    const limits = await parts.limiter.countCall(verdict.key, verdict.principal.mode, call.ip);
    const exceeded = limits.find((limit) => limit.isExceeded);
    parts.meter.record(verdict.key, { ...use, outcome: exceeded === undefined ? 'accepted' : 'rate_limited' });
    if (exceeded === undefined) return { ...verdict, limits };
    return { outcome: 'refused', refusal: tooMany(exceeded), key: verdict.key, limits };
  }

  /** Guessing, and a flood of origins, is answered 429 in the end; what it was refused for is counted all the same. */
  async function limitRefusal(call: Call, refusal: Refusal, verdict: Verdict): Promise<Verdict> {
    const part = refusedPart(refusal.code);
    if (call.ip === undefined || part === undefined) return verdict;
    const limits = await parts.limiter.countRefusal(call.ip, part);
    const exceeded = limits.find((limit) => limit.isExceeded);
    return exceeded === undefined ? verdict : { outcome: 'refused', refusal: tooMany(exceeded), limits };
  }

  async function authenticate(call: Call, scope: NeededScope, organizationId?: string): Promise<Verdict> {
    const verdict = await countAndLimit(call, await judge(call, scope, organizationId));
    parts.onVerdict?.(verdict);
    return verdict;
  }

  return { judge, authenticate: (call, scope) => authenticate(call, scope), verify: authenticate };
}

const guessingCodes: ReadonlySet<string> = new Set(['credentials_missing', 'credentials_malformed', 'key_invalid']);

function refusedPart(code: ProblemCode): RefusedPart | undefined {
  if (guessingCodes.has(code)) return 'credentials';
  return code.startsWith('origin_') ? 'origin' : undefined;
}

const tooManyOpen: Refusal = {
  code: 'rate_limited',
  detail: 'This address waits for too many answers at the same time.',
  fix: 'Read the answers that are open, then try again.',
  retryAfterSeconds: 1,
};

function tooMany(limit: LimitState): Refusal {
  return {
    code: 'rate_limited',
    detail: `More than ${limit.requests} requests in ${limit.windowSeconds} seconds.`,
    fix: `Wait ${limit.resetSeconds} seconds, then try again.`,
    retryAfterSeconds: limit.resetSeconds,
  };
}

function refused(refusal: Refusal, key?: GateKey): Judgement {
  const verdict: Verdict = { outcome: 'refused', refusal, ...(key && { key }), limits: noLimits };
  return { verdict, use: { origin: refusal.origin ?? null } };
}

function accepted(
  key: GateKey,
  mode: 'publishable' | 'secret',
  scope: NeededScope,
  use: Omit<Use, 'outcome'>,
  pattern: string | null = null,
): Judgement {
  const scopes = effectiveScopes(key.scopes, mode);
  const missing = checkScope(scopes, scope);
  if (missing !== undefined) return { ...refused(missing, key), use: { origin: use.origin } };
  const origin = mode === 'publishable' ? use.origin : null;
  const principal = { organizationId: key.organizationId, keyId: key.id, mode, scopes, origin };
  return { verdict: { outcome: 'accepted', principal, key, pattern, limits: noLimits }, use };
}
