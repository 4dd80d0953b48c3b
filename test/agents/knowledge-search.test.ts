import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { agentLimits } from '../../server/agents/agent-limits.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { randomBase36 } from '../../server/gate/key-format.ts';

/** What a segmenter of words takes longest for. */
const worst = [
  ['short words', 'ab cd '],
  ['letters apart', 'a b c '],
  ['Chinese', '漢字仮名交'],
  ['Cyrillic', 'да не '],
  ['emoji', '👩‍👩‍👧'],
  ['Thai', 'ภาษาไทยง่ายมาก'],
] as const;
const holdMsMax = 250;

describe('a message as long as a body holds nobody up, also with the largest FAQ', async () => {
  const text = (words: number): string => Array.from({ length: words }, () => randomBase36(6)).join(' ');
  const entries = Array.from({ length: agentLimits.questions }, () => ({ question: text(8), answer: text(30) }));
  const search = await createKnowledgeSearch({ entries });

  const absent = ['words that are not there', `${text(1_000)} `] as const;
  test.each([...worst, absent])('%s', (_what, unit) => {
    const message = unit.repeat(65_536 / unit.length);
    search.find(message);
    const startedAt = performance.now();
    search.find(message);
    expect(performance.now() - startedAt).toBeLessThan(holdMsMax);
  });
});

describe('the longest answers are made ready without holding anybody up', () => {
  test.each(worst)('%s', async (_what, unit) => {
    const answer = unit.repeat(agentLimits.answer / unit.length);
    const entries = Array.from({ length: 40 }, (_, index) => ({ question: `Q${index}`, answer }));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await createKnowledgeSearch({ entries });
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(holdMsMax);
  });
});

test('a long text is found by its words, wherever it is divided', async () => {
  const answer = `${'x'.repeat(399)} middle ${'lorem ipsum '.repeat(200)} last 東京タワー`;
  const search = await createKnowledgeSearch({ entries: [{ question: 'Where?', answer }] });
  for (const word of ['middle', 'last', '東京タワー']) expect(search.find(word)).toMatchObject([{ coverage: 1 }]);
});
