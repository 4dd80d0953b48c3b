/**
 * Answers from the questions and answers that an organization wrote; no network. The best match is given whole; when too
 * little of the message is known it says so and offers the nearest questions.
 */
import MiniSearch, { type SearchResult } from 'minisearch';
import type { AgentKnowledge } from '../records/agent.ts';
import type { Agent } from './port.ts';

/** The share of a message's words that a question and answer must know. */
const coverageMin = 0.5;
const nearestMax = 3;
/** Of a message; looking a word up that is spelt a little differently costs, and a stranger chooses how many there are. */
const wordsMax = 40;
const wordLengthMax = 40;
/** Of 10,000 characters each at most: some 50 ms. */
const entriesAtOnce = 20;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Words that say nothing about what is asked. */
const fillerWords = new Set(
  (
    'a about am an and are as at be but by can could did do does for from get go had has have hello hey hi how i if in is it ' +
    'its just me my of on or our please so some tell thank thanks that the their them then there they this to us use want was ' +
    'we what when where which who why will with would you your'
  ).split(' '),
);

/** Words of any language; Chinese and Japanese write none between spaces. */
function tokenize(text: string): string[] {
  return [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment);
}

function processTerm(term: string): string | null {
  const word = term.normalize('NFKC').toLowerCase();
  return fillerWords.has(word) ? null : word.replace(/(?<=\w{3})(ies|ing|ed|es|e|s)$/, '');
}

/** Indexes a few entries at a time, because the largest FAQ takes longer than others may be kept waiting. */
export async function createFaqAgent({ entries }: AgentKnowledge): Promise<Agent> {
  const index = new MiniSearch({
    fields: ['question', 'answer'],
    tokenize,
    processTerm,
    searchOptions: {
      boost: { question: 3 },
      prefix: (term) => term.length > 3,
      fuzzy: (term) => term.length > 4 && 0.2,
      maxFuzzy: 1,
    },
  });
  await index.addAllAsync(
    entries.map((entry, id) => ({ id, ...entry })),
    { chunkSize: entriesAtOnce },
  );

  function reply(message: string): string {
    const words = new Set(
      tokenize(message)
        .map(processTerm)
        .filter((word) => word !== null)
        .filter((word) => word.length <= wordLengthMax)
        .slice(0, wordsMax),
    );
    const results = words.size === 0 ? [] : index.search([...words].join(' '), { processTerm: (word) => word });
    const best = results.find((result) => coverage(result, words) >= coverageMin);
    if (best !== undefined) return entries[best.id as number]?.answer ?? '';
    const nearest = new Set([...results.map((result) => entries[result.id as number]), ...entries]);
    const questions = [...nearest].slice(0, nearestMax).map((entry) => `- ${entry?.question ?? ''}`);
    return words.size === 0
      ? `What would you like to know? For example:\n\n${questions.join('\n')}`
      : `I have no answer to that. These are the nearest questions that I can answer:\n\n${questions.join('\n')}`;
  }

  return {
    readsOneMessage: true,
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape; nothing here has to wait
    async *answer(messages, signal) {
      for (const piece of pieces(reply(messages.at(-1)?.text ?? ''))) {
        if (signal.aborted) return;
        yield piece;
      }
    },
  };
}

function coverage(result: SearchResult, words: ReadonlySet<string>): number {
  return result.queryTerms.length / words.size;
}

/** A line or sentence at a time. */
function pieces(text: string): readonly string[] {
  return text.match(/[^\n.!?]*(?:[.!?]+\s*|\n+|$)/g)?.filter((piece) => piece !== '') ?? [];
}
