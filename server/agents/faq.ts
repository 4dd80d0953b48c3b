/**
 * Answers from the questions and answers that an organization wrote; no network. The best match is given whole; when too
 * little of the message is known it says so and offers the nearest questions.
 */
import type { KnowledgeSearch } from './knowledge-search.ts';
import type { Agent } from './port.ts';

/** The share of a message's words that a question and answer must know. */
export const coverageMin = 0.5;
const nearestMax = 3;

export function createFaqAgent(search: KnowledgeSearch): Agent {
  return {
    readsOneMessage: true,
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape; nothing here has to wait
    async *answer(messages, signal) {
      for (const piece of pieces(replyFrom(search, messages.at(-1)?.text ?? ''))) {
        if (signal.aborted) return;
        yield piece;
      }
    },
  };
}

/** What the knowledge alone says to a message. */
export function replyFrom(search: KnowledgeSearch, message: string): string {
  const found = search.find(message);
  const best = found?.find(({ coverage }) => coverage >= coverageMin);
  if (best !== undefined) return best.entry.answer;
  const nearest = new Set([...(found ?? []).map(({ entry }) => entry), ...search.entries]);
  const questions = [...nearest].slice(0, nearestMax).map(({ question }) => `- ${question}`);
  const offered = (words: string): string => (questions.length === 0 ? '' : `${words}\n\n${questions.join('\n')}`);
  return found === undefined
    ? `What would you like to know?${offered(' For example:')}`
    : `I have no answer to that.${offered(' These are the nearest questions that I can answer:')}`;
}

/** A line or sentence at a time. */
function pieces(text: string): readonly string[] {
  return text.match(/[^\n.!?]*(?:[.!?]+\s*|\n+|$)/g)?.filter((piece) => piece !== '') ?? [];
}
