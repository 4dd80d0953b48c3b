import { plural } from '../../components/number-words.ts';

/** `1 credit a message`. */
export function priceWords(creditsPerMessage: number): string {
  return creditsPerMessage === 0 ? 'Free' : `${plural(creditsPerMessage, 'credit')} a message`;
}
