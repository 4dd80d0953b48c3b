import { describe, expect, test } from 'vitest';
import { agentLimits } from '../../server/agents/agent-limits.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { faqEntries } from '../support/faq-entries.ts';
import { heldMsMax, longestHoldMs } from '../support/longest-hold.ts';
import { measureProcessorMs } from '../support/processor-time.ts';
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

describe('a message as long as a body holds nobody up, also with the largest FAQ', async () => {
  const text = (words: number): string => Array.from({ length: words }, () => randomBase36(6)).join(' ');
  const entries = Array.from({ length: agentLimits.questions }, () => ({
    question: text(8),
    aliases: [],
    answer: text(30),
  }));
  const search = await createKnowledgeSearch({ entries });

  const absent = ['words that are not there', `${text(1_000)} `] as const;
  test.each([...worst, absent])('%s', async (_what, unit) => {
    const message = unit.repeat(65_536 / unit.length);
    expect(await measureProcessorMs(() => search.find(message))).toBeLessThan(heldMsMax);
  });
});

describe('the longest answers are made ready without holding anybody up', () => {
  test.each(worst)('%s', async (_what, unit) => {
    const answer = unit.repeat(agentLimits.answer / unit.length);
    const entries = Array.from({ length: 40 }, (_, index) => ({ question: `Q${index}`, aliases: [], answer }));
    expect(await longestHoldMs(() => createKnowledgeSearch({ entries }))).toBeLessThan(heldMsMax);
  });
});

test('a long text is found by its words, wherever it is divided', async () => {
  const answer = `${'x'.repeat(399)} middle ${'lorem ipsum '.repeat(200)} last 東京タワー`;
  const search = await createKnowledgeSearch({ entries: [{ question: 'Where?', aliases: [], answer }] });
  for (const word of ['middle', 'last', '東京タワー']) expect(search.find(word)?.[0]?.fit).toBeGreaterThan(0.5);
});

describe('other wordings of a question', async () => {
  const entries = [
    {
      question: 'How long does delivery take?',
      aliases: ['Is my parcel late?', 'When will my order come?'],
      answer: 'Two days.',
    },
    { question: 'What does it cost?', aliases: ['Is it free?'], answer: 'Nothing.' },
  ];
  const search = await createKnowledgeSearch({ entries });
  const titles = (message: string) => search.find(message)?.map(({ entry }) => entry.question);

  test.each(entries.flatMap(({ question, aliases }) => [question, ...aliases].map((wording) => [wording, question])))(
    '"%s" finds its entry first, wholly, and once',
    (wording, question) => {
      const found = search.find(wording) ?? [];
      expect([found[0]?.entry.question, found[0]?.fit]).toEqual([question, 1]);
      expect(new Set(titles(wording)).size).toBe(found.length);
    },
  );

  test('the wording that fits best counts, not all of them together', async () => {
    const apart = { question: 'Red?', aliases: ['Green balloons?', 'Blue?'], answer: 'x' };
    const together = { question: 'Red green blue?', aliases: [], answer: 'x' };
    const both = await createKnowledgeSearch({ entries: [apart, together] });
    const [first, second] = both.find('red green blue') ?? [];
    expect([first?.entry, first?.fit]).toEqual([together, 1]);
    expect(second?.fit).toBeLessThan(0.7);
  });
});

describe('words that mean the same to an agent', async () => {
  const entries = faqEntries([
    { question: 'How do I get a refund?', answer: 'Write to us.' },
    { question: 'Where is the Turmhof?', answer: 'In the old town.' },
    { question: 'How long does the tour take, and what should I bring?', answer: 'An hour. Bring a coat.' },
  ]);
  const synonyms = [
    ['refund', 'money back', 'my cash again'],
    ['Turmhof', 'guest house'],
    ['?', '!'],
  ];
  const [search, without] = await Promise.all([
    createKnowledgeSearch({ entries }, synonyms),
    createKnowledgeSearch({ entries }),
  ]);

  test.each([
    ['I want my cash again', 0],
    ['Where are the guest houses?', 1],
  ])('"%s" finds the entry that says it in another word', (message, index) => {
    const [best] = search.find(message) ?? [];
    expect(best?.entry).toBe(entries[index]);
    expect(best?.fit).toBeGreaterThan(0.6);
    expect(without.find(message)?.[0]?.fit ?? 0).toBeLessThan(0.6);
  });

  test('a language without spaces has them too', async () => {
    const japanese = faqEntries([{ question: '塔はどこですか', answer: '旧市街です。' }]);
    const ofTower = await createKnowledgeSearch({ entries: japanese }, [['塔', '望楼']]);
    expect(ofTower.find('望楼')?.[0]?.fit).toBeGreaterThan(0.6);
  });

  test('messages that say the same in them are one question', () => {
    expect(search.nameOf('guest house')).toBe(search.nameOf('the Turmhof?'));
    expect(without.nameOf('guest house')).not.toBe(without.nameOf('the Turmhof?'));
  });

  test('the most of them hold nobody up', async () => {
    const many = Array.from({ length: agentLimits.synonymGroups }, (_, group) =>
      Array.from({ length: agentLimits.synonyms }, (_, index) => `${'a '.repeat(17)}${group} ${index}`),
    );
    const long = await createKnowledgeSearch({ entries }, many);
    expect(await measureProcessorMs(() => long.find('a '.repeat(32_000)))).toBeLessThan(heldMsMax);
  });
});

// Whoever writes it chooses words that are all found by one that is spelt a little differently.
describe('a FAQ whose words are all alike holds nobody up', () => {
  const alike = (count: number): string => Array.from({ length: count }, () => `zzzz${randomBase36(1)}`).join(' ');
  const message = Array.from({ length: 36 }, (_, digit) => `zzzz${digit.toString(36)}`).join(' ');
  const entry = (words: number, aliases: number) => ({
    question: alike(words),
    aliases: Array.from({ length: aliases }, () => alike(words)),
    answer: alike(words),
  });
  test.each([
    ['in questions and answers', 40, 0],
    ['in other wordings', 3, agentLimits.aliases],
  ] as const)('%s', async (_where, words, aliases) => {
    const entries = Array.from({ length: agentLimits.questions }, () => entry(words, aliases));
    const search = await createKnowledgeSearch({ entries });
    const find = () => expect(search.find(message)).toHaveLength(agentLimits.questions);
    expect(await measureProcessorMs(find)).toBeLessThan(heldMsMax);
  });
});
