import type { Response } from 'express';
import { noSuchAgent } from '../../../chat/access.ts';
import type { RefusedFor } from '../../../gate/ports.ts';
import type { Refusal } from '../../../gate/problem.ts';
import type { Meter } from '../../../usage/meter.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';

/**
 * Answers why there is no turn. The gate accepted the call, and counted it so. Where it serves nobody (its tag names an agent
 * that is not there, or there is nothing left to spend) the owner finds it among the refusals.
 */
export function createRefusedTurns(meter: Pick<Meter, 'retract'>, answers: ProblemAnswers) {
  return (response: Response, refusal: Refusal): void => {
    const { principal, key } = callerOf(response);
    const refusedFor = countedAs(refusal);
    if (refusedFor !== undefined && principal.mode === 'publishable') {
      meter.retract(key, principal.origin, refusedFor);
    }
    answers.answer(response, refusal);
  };
}

function countedAs(refusal: Refusal): RefusedFor | undefined {
  if (refusal === noSuchAgent) return 'agent_not_found';
  const { code } = refusal;
  return code === 'budget_exhausted' || code === 'credits_exhausted' ? code : undefined;
}
