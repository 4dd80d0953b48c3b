/**
 * What visitors ask in other words than the owner's: 120 messages in eight languages, written before the search was fitted to anything.
 * 88 of them are answered by an entry, 32 by none. `docs/agents.md` has these figures.
 */
import { expect, test } from 'vitest';
import { replyFrom } from '../../server/agents/faq.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { faqEntries } from '../support/faq-entries.ts';
import { readRepositoryFile } from '../support/repository.ts';
import pairs from './question-pairs.json' with { type: 'json' };

const languages = Object.entries(pairs).map(
  ([language, { entries, asked }]) => [language, { entries: faqEntries(entries), asked }] as const,
);

async function countOutcomes() {
  const counts = { right: 0, offered: 0, wrong: 0, answerable: 0, answeredForNothing: 0, unanswerable: 0 };
  for (const [, { entries, asked }] of languages) {
    const search = await createKnowledgeSearch({ entries });
    for (const { message, answeredBy } of asked) {
      const { outcome, sources, suggestions } = replyFrom(search, message);
      const isAnswered = outcome === 'answered';
      if (answeredBy === null) {
        counts.unanswerable++;
        if (isAnswered) counts.answeredForNothing++;
        continue;
      }
      counts.answerable++;
      if (sources[0]?.title === answeredBy) counts.right++;
      else if (isAnswered) counts.wrong++;
      else if (suggestions.includes(answeredBy)) counts.offered++;
    }
  }
  return counts;
}

test('more is answered, and less of it wrongly, than with words alone', async () => {
  const counts = await countOutcomes();
  console.log('questions in other words:', counts);
  expect([counts.answerable, counts.unanswerable]).toEqual([88, 32]);
  expect(counts.right).toBeGreaterThanOrEqual(36);
  expect(counts.wrong).toBeLessThanOrEqual(1);
  expect(counts.answeredForNothing).toBeLessThanOrEqual(4);
  const guide = readRepositoryFile('docs/agents.md');
  const share = (count: number, all: number) => `(${Math.round((100 * count) / all)} %`;
  for (const cell of [
    `answered rightly (hit at 1) | ${counts.right} of 88 ${share(counts.right, 88)})`,
    `among those offered | ${counts.offered} more ${share(counts.right + counts.offered, 88)} with them)`,
    `answered wrongly | ${counts.wrong} of 88 `,
    `(false answers) | ${counts.answeredForNothing} of 32 ${share(counts.answeredForNothing, 32)})`,
  ])
    expect(guide).toContain(cell);
});

test.each(languages)('every entry is answered by its own question: %s', async (_language, { entries }) => {
  const search = await createKnowledgeSearch({ entries });
  for (const { question } of entries) expect(replyFrom(search, question).sources).toMatchObject([{ title: question }]);
});

test('a question in other words of the trade is answered', async () => {
  const search = await createKnowledgeSearch({ entries: faqEntries(pairs.en.entries) });
  expect(replyFrom(search, 'How fast is shipping?').sources).toMatchObject([{ title: 'How long does delivery take?' }]);
});
