import { expect, test } from 'vitest';
import { createFaqAgent } from '../../server/agents/faq.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { agentLimits } from '../../server/agents/agent-limits.ts';
import { randomBase36 } from '../../server/gate/key-format.ts';
import { faqEntries } from '../support/faq-entries.ts';
import { measureProcessorMs } from '../support/processor-time.ts';
import type { ReplyFindings } from '../../server/records/turn.ts';

const entries = faqEntries([
  { question: 'How long does delivery take?', answer: 'Two days.' },
  { question: 'What does delivery cost to Norway?', answer: 'Nine euros.' },
  { question: 'Do you sell gift cards?', answer: 'Yes.' },
]);

test.each([
  ['How long does delivery take?', 'answered', [], ['How long does delivery take?']],
  [
    'Do you ship delivery pallets across borders weekly?',
    'nearest',
    entries.slice(0, 2).map((one) => one.question),
    [],
  ],
  // What shares nothing with the question is not near it.
  ['Bananas on the moon', 'none', [], []],
  ['hello', 'nearest', entries.map((one) => one.question), []],
] as const)('"%s" is %s', async (text, outcome, suggestions, titles) => {
  const agent = createFaqAgent(await createKnowledgeSearch({ entries }));
  let found: ReplyFindings | undefined;
  let answer = '';
  const options = { onFound: (findings: ReplyFindings) => (found = findings) };
  for await (const piece of agent.answer([{ role: 'user', text }], new AbortController().signal, options)) {
    answer += piece as string;
  }
  expect(found).toStrictEqual({ outcome, suggestions, sources: titles.map((title) => ({ title, url: null })) });
  for (const question of suggestions) expect(answer).toContain(`- ${question}`);
});

// Fails without a bound on words and on how differently they may be spelt: seconds, in which nobody else is served.
test('the most expensive message holds nobody up, also with the largest FAQ', async () => {
  const text = (words: number): string => Array.from({ length: words }, () => randomBase36(6)).join(' ');
  const entries = Array.from({ length: agentLimits.questions }, () => ({
    question: text(8),
    aliases: [],
    answer: text(30),
  }));
  const agent = createFaqAgent(await createKnowledgeSearch({ entries }));
  const message = Array.from({ length: 134 }, () => randomBase36(29)).join(' ');
  const ms = await measureProcessorMs(async () => {
    for await (const piece of agent.answer([{ role: 'user', text: message }], new AbortController().signal))
      expect(piece).not.toBe('');
  });
  expect(ms).toBeLessThan(1_000);
});
