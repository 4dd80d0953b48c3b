/**
 * Finds in an agent's knowledge what fits a message; no network. Each find says which share of the message's words it knows.
 * A stranger chooses the message, so how much of it is looked up is bounded.
 */
import MiniSearch from 'minisearch';
import type { AgentKnowledge, FaqEntry } from '../records/agent.ts';

/** Of a message; looking a word up that is spelt a little differently costs, and a stranger chooses how many there are. */
const wordsMax = 40;
const wordLengthMax = 40;
/** Of a message with the one before it, which a caller may make as long as a body. */
const lookedUpLengthMax = 8_000;
/** Of 10,000 characters each at most: some 50 ms. */
const entriesAtOnce = 5;

interface Find {
  readonly entry: FaqEntry;
  /** The share of the message's words that the entry knows: 0 to 1. */
  readonly coverage: number;
}

export interface KnowledgeSearch {
  readonly entries: readonly FaqEntry[];
  /** Best first. Undefined: the message has no word that says what is asked. */
  find(message: string): readonly Find[] | undefined;
}

/** Ends between words where it can: the time of a segmenter grows with the square of its text. */
const pieces = /[^]{1,400}(?=\s|$)|[^]{1,400}/gu;
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
  return (text.match(pieces) ?? []).flatMap((piece) =>
    [...segmenter.segment(piece)].filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment),
  );
}

function processTerm(term: string): string | null {
  const word = term.normalize('NFKC').toLowerCase();
  return fillerWords.has(word) ? null : word.replace(/(?<=\w{3})(ies|ing|ed|es|e|s)$/, '');
}

/** Indexes a few entries at a time, because the largest FAQ takes longer than others may be kept waiting. */
export async function createKnowledgeSearch({ entries }: AgentKnowledge): Promise<KnowledgeSearch> {
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

  return {
    entries,
    find(message) {
      const words = new Set(
        tokenize(message.slice(0, lookedUpLengthMax))
          .map(processTerm)
          .filter((word) => word !== null)
          .filter((word) => word.length <= wordLengthMax)
          .slice(0, wordsMax),
      );
      if (words.size === 0) return undefined;
      return index.search([...words].join(' '), { processTerm: (word) => word }).flatMap(({ id, queryTerms }) => {
        const entry = entries[id as number];
        return entry === undefined ? [] : [{ entry, coverage: queryTerms.length / words.size }];
      });
    },
  };
}
