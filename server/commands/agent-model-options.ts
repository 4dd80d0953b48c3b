/** What `agents create` and `agents edit` both take about a model, and how it is read. */
import { readFileSync } from 'node:fs';
import { flagOf, RefusedError, textOf, UsageError, wholeNumber, type Option, type Values } from './command.ts';

export const modelOptions = {
  instructions: {
    takes: 'FILE',
    about: 'a text file: what the model is told before any message',
    field: 'model.instructions',
  },
  outputTokens: {
    takes: 'N',
    about: 'the most tokens of a model’s answer, 8000 at most (a new one: 1000 unless given)',
    field: 'model.outputTokensMax',
  },
  tokenPrice: {
    takes: 'N',
    about: 'credits for 1,000 tokens of a model, such as 0.5; at most the price',
    field: 'model.creditsPer1000Tokens',
  },
} as const satisfies Readonly<Record<string, Option>>;

interface Switches {
  readonly onlyFromFaq: boolean | undefined;
  readonly callerInstructions: boolean | undefined;
}

const ofModels = ['instructions', 'outputTokens', 'onlyFromFaq', 'callerInstructions', 'tokenPrice'];

/** A new agent's model; undefined: it has none. */
export function readModel(values: Values, switches: Switches): object | undefined {
  const lonely = ofModels.find((name) => values[name] !== undefined && values[name] !== false);
  if (values.model === undefined && lonely !== undefined) throw new UsageError(`${flagOf(lonely)} needs --model.`);
  return values.model === undefined ? undefined : readModelChange(values, switches);
}

/** What changes of an agent's model; undefined: nothing. */
export function readModelChange(values: Values, { onlyFromFaq, callerInstructions }: Switches): object | undefined {
  const path = textOf(values, 'instructions');
  const outputTokensMax = wholeNumber(values, 'outputTokens');
  const creditsPer1000Tokens = readTokenPrice(textOf(values, 'tokenPrice'));
  const change = {
    ...readName(textOf(values, 'model')),
    ...(path !== undefined && { instructions: readText(path) }),
    ...(outputTokensMax !== undefined && { outputTokensMax }),
    ...(creditsPer1000Tokens !== undefined && { creditsPer1000Tokens }),
    ...(onlyFromFaq !== undefined && { answersOnlyFromKnowledge: onlyFromFaq }),
    ...(callerInstructions !== undefined && { allowCallerInstructions: callerInstructions }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** A model's name may have slashes, an upstream's has none. */
function readName(text: string | undefined): object {
  if (text === undefined) return {};
  const [, upstream, name] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
  if (upstream === undefined) throw new UsageError('--model must be UPSTREAM/MODEL, such as ollama/llama3.2.');
  return { upstream, name };
}

function readTokenPrice(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'off') return null;
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text)) {
    throw new UsageError('--token-price must be a number with at most three decimals, such as 0.5.');
  }
  return Number(text);
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new RefusedError(`${path} can not be read.`);
  }
}
