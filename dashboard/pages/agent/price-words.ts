import type { Agent } from '../../../server/http/wire.ts';
import { plural } from '../../components/number-words.ts';

/** `1 credit a message`; `at most 5 credits a message` where tokens have a price. */
export function priceWords({ creditsPerMessage, model }: Pick<Agent, 'creditsPerMessage' | 'model'>): string {
  if (creditsPerMessage === 0) return 'Free';
  const words = `${plural(creditsPerMessage, 'credit')} a message`;
  return typeof model?.creditsPer1000Tokens === 'number' ? `At most ${words}` : words;
}
