/** What a model agent answers with, while it is edited: numbers as they are typed. */
import type { AgentModel } from '../../../server/http/wire.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { count } from '../../components/number-words.ts';

export interface ModelDraft {
  readonly upstream: string;
  readonly name: string;
  readonly instructions: string;
  readonly outputTokens: string;
  /** Blank: a message costs its whole price. */
  readonly tokenPrice: string;
  readonly answersOnlyFromKnowledge: boolean;
  readonly allowCallerInstructions: boolean;
}

export const emptyModel: ModelDraft = {
  upstream: '',
  name: '',
  instructions: '',
  outputTokens: String(limits.usualOutputTokens),
  tokenPrice: '',
  answersOnlyFromKnowledge: false,
  allowCallerInstructions: false,
};

export function modelDraftOf(model: AgentModel): ModelDraft {
  const {
    upstream,
    name,
    instructions,
    outputTokensMax,
    creditsPer1000Tokens,
    answersOnlyFromKnowledge,
    allowCallerInstructions,
  } = model;
  const tokenPrice = creditsPer1000Tokens === null ? '' : String(creditsPer1000Tokens);
  return {
    upstream,
    name,
    instructions,
    outputTokens: String(outputTokensMax),
    tokenPrice,
    answersOnlyFromKnowledge,
    allowCallerInstructions,
  };
}

/** What is no number is NaN. */
export function modelOf(draft: ModelDraft): AgentModel {
  const tokenPrice = draft.tokenPrice.trim();
  return {
    upstream: draft.upstream,
    name: draft.name.trim(),
    instructions: draft.instructions.trim(),
    outputTokensMax: /^\d{1,6}$/.test(draft.outputTokens.trim()) ? Number(draft.outputTokens) : Number.NaN,
    creditsPer1000Tokens:
      tokenPrice === ''
        ? null
        : /^\d{1,4}(?:[.,]\d{1,3})?$/.test(tokenPrice)
          ? Number(tokenPrice.replace(',', '.'))
          : Number.NaN,
    answersOnlyFromKnowledge: draft.answersOnlyFromKnowledge,
    allowCallerInstructions: draft.allowCallerInstructions,
  };
}

export const tokensRule = `Write a whole number from 1 to ${count(limits.outputTokens)}.`;
export const tokenPriceRule = `Write a number up to ${count(limits.creditsPer1000Tokens)} with at most three decimals, such as 0.5, or nothing.`;
