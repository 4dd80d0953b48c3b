import type { Response } from 'express';
import { noSuchAgent } from '../../../chat/access.ts';
import type { Refusal } from '../../../gate/problem.ts';
import type { Meter } from '../../../usage/meter.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { callerOf } from '../../locals.ts';

/** Answers why there is no turn. A page whose tag names an agent that is not there serves nobody: its owner finds it among the refusals. */
export function createRefusedTurns(meter: Pick<Meter, 'retract'>, answers: ProblemAnswers) {
  return (response: Response, refusal: Refusal): void => {
    if (refusal === noSuchAgent) {
      const { principal, key } = callerOf(response);
      if (principal.mode === 'publishable') meter.retract(key, principal.origin, 'agent_not_found');
    }
    answers.answer(response, refusal);
  };
}
