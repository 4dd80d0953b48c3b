/**
 * Decides who calls, without HTTP: walks the checks, stops at the first refusal, then counts and limits. A refusal is returned; only a broken part throws (a store that is away must never look like "no such key").
 */
import type { Clock } from './clock.ts';
import { refuseBeyond } from './limit-refusal.ts';
import type { Limiter, LimitState, RefusedPart, Use, UseRecorder } from './ports.ts';
import { refuse, type LimitPolicy, type ProblemCode, type Refusal } from './problem.ts';
import { effectiveScopes } from './scope.ts';
import type { Verdict } from './verdict.ts';
import type { Call, CallEvidence, NeededScope } from './call.ts';
import { checks, found, type Check, type CheckParts, type Judging } from './checks.ts';

export interface AuthenticatorParts extends CheckParts {
  readonly limiter: Limiter;
  readonly meter: UseRecorder;
  readonly clock: Clock;
  /** Told about every verdict that counts. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

export interface Authenticator {
  /** Judges a call that needs a scope (undefined: any) and counts it as a use of the key. */
  authenticate(call: Call, scope: NeededScope): Promise<Verdict>;
  /** The same judgement with nothing counted and nothing limited; `organizationId` hides the keys of others. */
  judge(call: Call, scope: NeededScope, organizationId?: string): Promise<Judgement>;
  /** `authenticate` for a visitor of that organization's own API: only its keys are known, and `onVerdict` is not told. */
  verify(call: Call, scope: NeededScope, organizationId: string): Promise<Verdict>;
}

/** A verdict before limits, with what is worth counting about it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly use: Omit<Use, 'outcome'>;
  readonly refusedBy?: Check;
}

const noLimits: readonly LimitState[] = [];

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  async function judge(call: Call, scope: NeededScope, organizationId?: string): Promise<Judgement> {
    const nowMs = parts.clock();
    const state: Judging = { call, scope, nowMs, organizationId, origin: null, pattern: null, isPreviousSecret: false };
    for (const check of checks) {
      if (check.mode !== undefined && check.mode !== state.mode) continue;
      const running = check.run(state, parts);
      const refusal = running instanceof Promise ? await running : running;
      if (refusal !== undefined) return refused(refusal, check, state);
    }
    return accepted(state);
  }

  async function verify(call: Call, scope: NeededScope, organizationId?: string): Promise<Verdict> {
    const { verdict, use } = await judge(call, scope, organizationId);
    if (!verdict.ok) {
      if (verdict.key !== undefined) parts.meter.record(verdict.key, { ...use, outcome: verdict.refusal.code });
      return limitRefusal(call, verdict.refusal, verdict);
    }
    const full = verdict.principal.mode === 'publishable' ? call.enter?.(verdict.key.id) : undefined;
    if (full !== undefined) {
      parts.meter.record(verdict.key, { ...use, outcome: 'rate_limited' });
      return { ok: false, refusal: tooManyOpen(full), key: verdict.key, limits: noLimits };
    }
    const limits =
      call.isUnlimited === true
        ? noLimits
        : await parts.limiter.countCall(verdict.key, verdict.principal.mode, call.ip);
    const exceeded = limits.find((limit) => limit.isExceeded);
    parts.meter.record(verdict.key, { ...use, outcome: exceeded === undefined ? 'accepted' : 'rate_limited' });
    if (exceeded === undefined) return { ...verdict, limits };
    return { ok: false, refusal: tooMany(exceeded), key: verdict.key, limits };
  }

  /** Guessing, and a flood of origins, is answered 429 in the end; what it was refused for is counted all the same. */
  async function limitRefusal(call: Call, refusal: Refusal, verdict: Verdict): Promise<Verdict> {
    const part = refusedPart(refusal.code);
    if (call.ip === undefined || part === undefined) return verdict;
    const limits = await parts.limiter.countRefusal(call.ip, part, call.ipSaidBy);
    const exceeded = limits.find((limit) => limit.isExceeded);
    return exceeded === undefined ? verdict : { ok: false, refusal: tooMany(exceeded), limits };
  }

  async function authenticate(call: Call, scope: NeededScope): Promise<Verdict> {
    const verdict = await verify(call, scope);
    parts.onVerdict?.(verdict);
    return verdict;
  }

  return { judge, authenticate, verify };
}

const guessingCodes: ReadonlySet<string> = new Set(['credentials_missing', 'credentials_malformed', 'key_invalid']);

function refusedPart(code: ProblemCode): RefusedPart | undefined {
  if (guessingCodes.has(code)) return 'credentials';
  return code.startsWith('origin_') ? 'origin' : undefined;
}

function tooManyOpen(limit: LimitPolicy): Refusal {
  return refuseBeyond(limit, 1_000, {
    detail: 'This address waits for too many answers at the same time.',
    fix: () => 'Read the answers that are open, then try again.',
  });
}

function tooMany(limit: LimitState): Refusal {
  return refuse('rate_limited', {
    detail: `More than ${limit.requests} requests in ${limit.windowSeconds} seconds.`,
    fix: `Wait ${limit.resetSeconds} seconds, then try again.`,
    retryAfterSeconds: limit.resetSeconds,
  });
}

function refused(refusal: Refusal, check: Check, { key, origin }: Judging): Judgement {
  const verdict: Verdict = { ok: false, refusal, ...(key && { key }), limits: noLimits };
  return { verdict, use: { origin: refusal.origin ?? origin }, refusedBy: check };
}

function accepted(state: Judging): Judgement {
  const { origin, pattern, call, isPreviousSecret } = state;
  const [key, mode] = [found(state.key), found(state.mode)];
  const isSecret = mode === 'secret';
  const principal = {
    organizationId: key.organizationId,
    keyId: key.id,
    mode,
    scopes: effectiveScopes(key, mode),
    origin: isSecret ? null : origin,
  };
  const use = isSecret
    ? { origin, isPreviousSecret, isSecretInBrowser: call.origins.length > 0 }
    : { origin, ...(pattern !== null && { pattern }), evidence: evidenceOf(call) };
  return { verdict: { ok: true, principal, key, pattern, limits: noLimits }, use };
}

/** Without the credentials: whoever counts has no need of them. */
function evidenceOf({ isFromBrowser, ip, ipSaidBy }: Call): CallEvidence {
  return { isFromBrowser, ...(ip !== undefined && { ip }), ...(ipSaidBy !== undefined && { ipSaidBy }) };
}
