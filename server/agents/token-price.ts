/** What an answer costs: never more than the agent's price, which was held before it was asked. */
import type { AgentRecord } from '../records/agent.ts';
import type { TokenUse } from './port.ts';

/** More than any model takes in one answer: who reports it counts wrong. */
const tokensMax = 100_000_000;

/** `held`: what the message may cost. All of it is kept where nothing is reported, or what can't be. */
export function creditsKept({ model }: Pick<AgentRecord, 'model'>, held: number, use: TokenUse | undefined): number {
  const price = model?.creditsPer1000Tokens ?? null;
  if (price === null || use === undefined || !isPlausible(use)) return held;
  // In thousandths of a credit, so that no fraction is rounded twice.
  const thousandths = (use.inputTokens + use.outputTokens) * Math.round(price * 1_000);
  return Math.min(held, Math.ceil(thousandths / 1_000_000));
}

/** Nothing at all is what an answer without a model takes. */
function isPlausible({ inputTokens, outputTokens }: TokenUse): boolean {
  const isCount = (tokens: number): boolean => Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= tokensMax;
  return isCount(inputTokens) && isCount(outputTokens) && inputTokens > 0 === outputTokens > 0;
}
