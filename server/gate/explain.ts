/** Why a page on an origin may or may not use a publishable key: each check in its order, without counting anything. */
import type { ProblemCode } from './problem.ts';
import type { Authenticator } from './authenticate.ts';

/** The checks of a publishable call, with the codes that each can refuse with. */
const steps: readonly { readonly check: string; readonly codes: readonly ProblemCode[] }[] = [
  { check: 'the key is well-formed', codes: ['credentials_missing', 'credentials_malformed'] },
  { check: 'the key is known', codes: ['key_invalid'] },
  { check: 'the key is enabled', codes: ['key_disabled'] },
  { check: 'the key has not expired', codes: ['key_expired'] },
  {
    check: 'the origin is a web origin',
    codes: ['origin_missing', 'origin_opaque', 'origin_malformed', 'origin_not_web'],
  },
  { check: 'the origin is allowed', codes: ['origin_not_allowed'] },
];

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
  const { verdict } = await authenticator.judge(call, undefined, organizationId);
  if (verdict.outcome === 'accepted') {
    const checks = steps.map(({ check }) => ({ check, result: 'passed' as const }));
    const detail = verdict.pattern === null ? 'Admitted only because learning mode is on.' : null;
    return { allowed: true, code: 'ok', checks, pattern: verdict.pattern, detail, fix: null };
  }
  const { code, detail = null, fix = null } = verdict.refusal;
  const failed = steps.findIndex(({ codes }) => codes.includes(code));
  const checks = steps.map(({ check }, index) => ({
    check,
    result: index < failed ? ('passed' as const) : index === failed ? ('failed' as const) : ('not reached' as const),
  }));
  return { allowed: false, code, checks, pattern: null, detail, fix };
}
