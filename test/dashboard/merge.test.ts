/** What becomes of a change when somebody else was faster. */
import { expect, it, test } from 'vitest';
import type { AgentWithQuestions, Key, KeyPatch } from '../../server/http/wire.ts';
import { mergeAgent } from '../../dashboard/merge/merge-agent.ts';
import { mergeKey } from '../../dashboard/merge/merge-key.ts';

const key = {
  id: 'key_1',
  name: 'Web',
  allowedDomains: ['a.example', 'b.example'],
  enabled: true,
  expiresAt: null,
  scopes: ['agents:read'],
  publishableScopes: [],
  notes: '',
  tags: [],
  externalId: null,
  metadata: {},
  rateLimit: null,
  refuseSecretInBrowser: false,
  learningUntil: null,
  revision: 1,
} as unknown as Key;

const none: ReadonlySet<string> = new Set();

test.each<[string, KeyPatch, Partial<Key>, readonly string[], KeyPatch, KeyPatch]>([
  ['another field is no clash', { name: 'Mine' }, { enabled: false }, [], { name: 'Mine' }, { name: 'Mine' }],
  ['tags both ways', { tags: ['a', 'b'] }, { tags: ['c'] }, ['tags'], {}, { tags: ['a', 'b'] }],
  ['the same is no clash, and nothing is left', { name: 'Same' }, { name: 'Same' }, [], {}, {}],
  ['one field both ways', { name: 'Mine' }, { name: 'Theirs' }, ['name'], {}, { name: 'Mine' }],
  [
    'a domain that they removed stays removed, or is put back',
    { allowedDomains: ['a.example', 'b.example', 'new.example'] },
    { allowedDomains: ['a.example'] },
    ['b.example'],
    { allowedDomains: ['a.example', 'new.example'] },
    { allowedDomains: ['a.example', 'b.example', 'new.example'] },
  ],
  [
    'a domain that they added stays, or is taken out',
    { allowedDomains: ['a.example'] },
    { allowedDomains: ['a.example', 'b.example', 'c.example'] },
    ['c.example'],
    { allowedDomains: ['a.example', 'c.example'] },
    { allowedDomains: ['a.example'] },
  ],
  [
    'both did the same to the list',
    { allowedDomains: ['a.example'], confirm: true },
    { allowedDomains: ['a.example'], name: 'Theirs' },
    [],
    {},
    {},
  ],
  [
    'deltas can take nothing back',
    { addDomains: ['c.example'], confirm: true },
    { allowedDomains: [] },
    [],
    { addDomains: ['c.example'], confirm: true },
    { addDomains: ['c.example'], confirm: true },
  ],
  [
    'a yes to blocking was said about another list',
    { allowedDomains: ['a.example'], confirm: true },
    { allowedDomains: ['a.example', 'b.example', 'c.example'] },
    ['c.example'],
    { allowedDomains: ['a.example', 'c.example'] },
    { allowedDomains: ['a.example'] },
  ],
])('a key: %s', (_name, patch, theirs, ids, left, mine) => {
  const merged = mergeKey(key, patch, { ...key, ...theirs, revision: 2 });
  expect(merged.clashes.map(({ id }) => id)).toEqual(ids);
  expect(merged.resolve(none)).toEqual(left);
  expect(merged.resolve(new Set(ids))).toEqual(mine);
});

const agent = {
  id: 'agt_1',
  kind: 'faq',
  name: 'Guide',
  greeting: 'Hello',
  faq: [
    { question: 'Q1', aliases: [], answer: 'A1' },
    { question: 'Q2', aliases: [], answer: 'A2' },
  ],
  revision: 1,
} as unknown as AgentWithQuestions;

it('an agent: fields and questions one by one, theirs kept unless mine is chosen', () => {
  const theirs = {
    ...agent,
    greeting: 'Theirs',
    faq: [
      { question: 'Q2', aliases: [], answer: 'Their A2' },
      { question: 'Q3', aliases: [], answer: 'A3' },
    ],
    revision: 2,
  };
  const patch = {
    name: 'Mine',
    greeting: 'Mine',
    faq: [
      { question: 'Q1', aliases: [], answer: 'A1' },
      { question: 'Q2', aliases: [], answer: 'My A2' },
      { question: 'Q4', aliases: [], answer: 'A4' },
    ],
  };
  const { clashes, resolve } = mergeAgent(agent, patch, theirs);
  expect(clashes.map(({ words }) => words)).toEqual([
    'The greeting was changed to “Theirs”.',
    '“Q1” was removed.',
    '“Q2” was changed.',
    '“Q3” was added.',
  ]);
  expect(resolve(none)).toEqual({
    name: 'Mine',
    faq: [
      { question: 'Q2', aliases: [], answer: 'Their A2' },
      { question: 'Q4', aliases: [], answer: 'A4' },
      { question: 'Q3', aliases: [], answer: 'A3' },
    ],
  });
  expect(resolve(new Set(['greeting', 'Q1', 'Q2', 'Q3']))).toEqual(patch);
});

it('an agent: a list with one question twice is one thing', () => {
  const twice = [
    { question: 'Q', aliases: [], answer: '1' },
    { question: 'Q', aliases: [], answer: '2' },
  ];
  const { clashes, resolve } = mergeAgent(agent, { faq: twice }, { ...agent, faq: [], revision: 2 });
  expect(clashes.map(({ id }) => id)).toEqual(['faq']);
  expect([resolve(none), resolve(new Set(['faq']))]).toEqual([{}, { faq: twice }]);
});

it('an agent: another wording of a question is a change of that question', () => {
  const [first, second] = agent.faq;
  const mine = { ...first!, aliases: ['Mine?'] };
  const theirs = { ...second!, aliases: ['Theirs?'] };
  const current = { ...agent, faq: [first!, theirs], revision: 2 };
  const { clashes, resolve } = mergeAgent(agent, { faq: [mine, second!] }, current);
  expect(clashes.map(({ words }) => words)).toEqual(['“Q2” was changed.']);
  expect(resolve(none)).toEqual({ faq: [mine, theirs] });
  expect(resolve(new Set(['Q2']))).toEqual({ faq: [mine, second] });
});

it('an agent: its words that mean the same are one thing, told group by group', () => {
  const current = {
    ...agent,
    synonyms: [
      ['a', 'b'],
      ['c', 'd'],
    ],
    revision: 2,
  };
  const mine = { synonyms: [['e', 'f']] };
  const { clashes, resolve } = mergeAgent({ ...agent, synonyms: [] }, mine, current);
  expect(clashes.map(({ words }) => words)).toEqual([
    'The list of words that mean the same was changed to “a, b”, “c, d”.',
  ]);
  expect([resolve(none), resolve(new Set(['synonyms']))]).toEqual([{}, mine]);
});
