/** Why a page on an origin may or may not use a publishable key: each check in its order, without counting anything. */
import type { Authenticator } from './authenticate.ts';
import { findEnded } from './check-origin.ts';
import { checks } from './checks.ts';
import { toUtcDate } from './clock.ts';
import { parseOrigin } from './origin.ts';
import type { GateKey } from './ports.ts';
import { isRefusal, type ProblemCode } from './problem.ts';

/** Those of a publishable call that needs no scope in particular. */
const steps = checks.filter(({ mode, codes }) => mode !== 'secret' && !codes.includes('scope_missing'));

export interface Explanation {
  readonly allowed: boolean;
  readonly code: 'ok' | ProblemCode;
  readonly checks: readonly { readonly check: string; readonly result: 'passed' | 'failed' | 'not reached' }[];
  /** The domain pattern that admits the origin; null when none does. */
  readonly pattern: string | null;
  readonly detail: string | null;
  readonly fix: string | null;
}

export async function explainOrigin(
  authenticator: Pick<Authenticator, 'judge'>,
  organizationId: string,
  publicKey: string,
  origin: string,
): Promise<Explanation> {
  const call = { authorizations: [`Bearer ${publicKey}`], origins: [origin], isSameOriginRead: false };
  const { verdict, refusedBy } = await authenticator.judge(call, undefined, organizationId);
  const failed = steps.findIndex((check) => check === refusedBy);
  const reported = steps.map(({ name: check }, index) => {
    if (failed === -1 || index < failed) return { check, result: 'passed' as const };
    return { check, result: index === failed ? ('failed' as const) : ('not reached' as const) };
  });
  if (verdict.ok) {
    const detail = verdict.pattern === null ? 'Admitted only because learning mode is on.' : null;
    return { allowed: true, code: 'ok', checks: reported, pattern: verdict.pattern, detail, fix: null };
  }
  const { code, detail = null, fix = null } = verdict.refusal;
  const ended = code === 'origin_not_allowed' && verdict.key ? sayEnded(origin, verdict.key) : undefined;
  return { allowed: false, code, checks: reported, pattern: null, detail: ended ?? detail, fix };
}

/** Only here: a page that is refused is not told what the list says. Whatever fits and was refused has ended. */
function sayEnded(text: string, key: GateKey): string | undefined {
  const origin = parseOrigin(text);
  const ended = isRefusal(origin) ? undefined : findEnded(origin, key);
  if (ended === undefined || ended.expiresAt === null || !Number.isFinite(ended.expiresAt)) return undefined;
  return `The domain ${ended.pattern} of this key ended on ${toUtcDate(ended.expiresAt)} (UTC).`;
}
