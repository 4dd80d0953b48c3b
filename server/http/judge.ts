/**
 * Judges a visitor of somebody's own API, for whoever asks: `POST /api/v1/keys/verify` and `/api/v1/authorize`. It counts as a use of
 * the visitor's key and against its limits; last it takes what the call costs, in the same answer.
 */
import type { Budgets } from '../credits/budgets.ts';
import { takeCost, type Charged } from '../credits/take.ts';
import type { Authenticator } from '../gate/authenticate.ts';
import type { Call, NeededScope } from '../gate/call.ts';
import type { Clock } from '../gate/clock.ts';
import { isRefusal } from '../gate/problem.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Store } from '../store/port.ts';
import type { Meter } from '../usage/meter.ts';

interface Question {
  /** Whose keys may pass; any other is unknown. */
  readonly organizationId: string;
  readonly scope?: NeededScope;
  /** Credits; undefined: the call costs nothing, and nobody asks what is left. */
  readonly cost?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

interface Judged {
  readonly verdict: Verdict;
  /** Null: it was refused, or costs nothing. */
  readonly credits: Charged | null;
}

export type Judge = (call: Call, question: Question) => Promise<Judged>;

interface JudgeParts {
  readonly store: Pick<Store, 'takeCredits' | 'findCredits'>;
  readonly authenticator: Pick<Authenticator, 'verify'>;
  readonly meter: Pick<Meter, 'retract'>;
  readonly budgets: Budgets;
  readonly clock: Clock;
  readonly onVerdict: (verdict: Verdict) => void;
}

export function createJudge({ store, authenticator, meter, budgets, clock, onVerdict }: JudgeParts): Judge {
  async function judge(call: Call, question: Question): Promise<Judged> {
    const { organizationId, scope, cost, idempotencyKey } = question;
    const verdict = await authenticator.verify(call, scope, organizationId);
    if (!verdict.ok || cost === undefined) return { verdict, credits: null };
    const { key, principal, limits } = verdict;
    const spender = { mode: principal.mode, key, ip: call.ip };
    const charged = await takeCost({ store, budgets, clock }, { spender, cost, idempotencyKey });
    if (!isRefusal(charged)) return { verdict, credits: charged };
    meter.retract(key, principal.origin, charged.code);
    return { verdict: { ok: false, refusal: charged, key, limits }, credits: null };
  }

  return async (call, question) => {
    const judged = await judge(call, question);
    onVerdict(judged.verdict);
    return judged;
  };
}
