import { expect, test } from 'vitest';
import { createFaqAgent } from '../../server/agents/faq.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { agentLimits } from '../../server/agents/agent-limits.ts';
import { randomBase36 } from '../../server/gate/key-format.ts';

// Fails without a bound on words and on how differently they may be spelt: seconds, in which nobody else is served.
test('the most expensive message holds nobody up, also with the largest FAQ', async () => {
  const text = (words: number): string => Array.from({ length: words }, () => randomBase36(6)).join(' ');
  const entries = Array.from({ length: agentLimits.questions }, () => ({ question: text(8), answer: text(30) }));
  const agent = createFaqAgent(await createKnowledgeSearch({ entries }));
  const message = Array.from({ length: 134 }, () => randomBase36(29)).join(' ');
  const startedAt = performance.now();
  for await (const piece of agent.answer([{ role: 'user', text: message }], new AbortController().signal)) {
    expect(piece).not.toBe('');
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
