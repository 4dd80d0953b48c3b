import { describe, expect, it } from 'vitest';
import { ApiError } from '../../ui/api-error.ts';
import type { AgentWithQuestions } from '../../server/http/wire.ts';
import { findProblems, placeProblems, placesOf, withoutPlaces } from '../../dashboard/pages/agent/draft-problems.ts';
import {
  changesOf,
  draftOf,
  emptyDraft,
  inputOf,
  isBegun,
  newQuestion,
  newSuggestion,
} from '../../dashboard/pages/agent/draft.ts';
import { pageAt, pageOf, searchQuestions } from '../../dashboard/pages/agent/question-pages.ts';

const agent: AgentWithQuestions = {
  id: 'agt_1',
  kind: 'faq',
  model: null,
  troubles: [],
  name: 'Guide',
  description: '',
  greeting: 'Hello',
  suggestions: ['One?', 'Two?'],
  creditsPerMessage: 1,
  public: true,
  disclosure: true,
  disclosureText: null,
  synonyms: [],
  createdAt: '2026-11-24T12:00:00.000Z',
  revision: 1,
  faq: [
    { question: 'One?', aliases: [], answer: 'First.' },
    { question: 'Two?', aliases: [], answer: 'Second.' },
  ],
};

const refused = (...paths: readonly string[]) =>
  new ApiError({
    status: 400,
    code: 'request_invalid',
    detail: 'The request is not valid.',
    problems: paths.map((path) => ({ path, message: `Wrong ${path}.` })),
  });

describe('what is sent of a draft', () => {
  it('is nothing when only blanks were added', () => {
    const draft = draftOf(agent);
    const padded = {
      ...draft,
      greeting: ' Hello ',
      suggestions: [newSuggestion(' '), ...draft.suggestions],
      questions: [...draft.questions, newQuestion('', ' ')],
    };
    expect(changesOf(agent, padded)).toEqual({});
  });

  it('is each field that differs and no other', () => {
    const draft = { ...draftOf(agent), price: '0', suggestions: draftOf(agent).suggestions.toReversed() };
    expect(changesOf(agent, draft)).toEqual({ creditsPerMessage: 0, suggestions: ['Two?', 'One?'] });
  });

  it('has no price when what is typed is not one', () => {
    for (const price of ['', '-1', '1.5', '1e3', 'x']) {
      expect(inputOf({ ...emptyDraft(), price }).creditsPerMessage).toBeNaN();
    }
  });

  it('a new agent holds nobody up before something is written', () => {
    expect(isBegun(emptyDraft())).toBe(false);
    expect(isBegun({ ...emptyDraft(), questions: [newQuestion('', 'x')] })).toBe(true);
  });
});

describe('what is wrong with a draft', () => {
  it('is found before it is sent', () => {
    const question = newQuestion('Only a question');
    const draft = { ...emptyDraft(), price: '1001', questions: [question] };
    expect([...findProblems(draft).keys()].sort()).toEqual([`answer.${question.id}`, 'name', 'price']);
    expect(findProblems(draftOf(agent)).size).toBe(0);
    expect(findProblems({ ...draftOf(agent), questions: [] }).has('questions')).toBe(true);
  });

  it.each([
    ['another question', ['two']],
    ['its own question', [' One? ']],
    ['one of its own', ['a', 'A?']],
    ['too many', Array.from({ length: 21 }, (_, index) => `${index}`)],
    ['too long', ['x'.repeat(301)]],
  ])('another wording that is %s is found at its question', (_name, aliases) => {
    const question = newQuestion('One?', 'x', aliases);
    const draft = { ...draftOf(agent), questions: [question, newQuestion('Two?', 'y')] };
    expect([...findProblems(draft).keys()]).toEqual([`aliases.${question.id}`]);
    expect(placesOf(draft, { questions: [] })).toContain(`aliases.${question.id}`);
  });

  it.each([
    ['a', 'Line 1 has one word alone.'],
    ['a, b\n\n,c,', 'Line 3 has one word alone.'],
    [`a, ${'b'.repeat(41)}`, 'Line 1 has something longer than 40'],
    ['a, b, c, d, e, f, g, h, i, j, k', 'Line 1 has more than 10 words.'],
    ['a, b\n'.repeat(51), 'At most 50 lines.'],
  ])('words that mean the same: %j', (synonyms, problem) => {
    expect(findProblems({ ...draftOf(agent), synonyms }).get('synonyms')).toContain(problem);
  });

  it('stands at the questions that were sent, not at the blank ones between them', () => {
    const draft = draftOf(agent);
    const [first, second] = draft.questions;
    const sent = {
      ...draft,
      questions: [newQuestion(), first!, second!],
      suggestions: [newSuggestion(), ...draft.suggestions],
    };
    const { problems, rest } = placeProblems(
      refused('faq.1.answer', 'suggestions.0', 'creditsPerMessage', 'faq', 'other.1'),
      sent,
    );
    expect([...problems.keys()]).toEqual([
      `answer.${second!.id}`,
      `suggestion.${draft.suggestions[0]!.id}`,
      'price',
      'questions',
    ]);
    expect(rest).toBe('other.1: Wrong other.1.');
  });

  it('goes away with what it is about, and only then', () => {
    const draft = draftOf(agent);
    const [first, second] = draft.questions;
    const problems = new Map([
      [`answer.${first!.id}`, 'x'],
      [`answer.${second!.id}`, 'y'],
      ['name', 'z'],
    ]);
    const left = withoutPlaces(problems, placesOf(draft, { questions: [second!] }));
    expect([...left.keys()]).toEqual([`answer.${second!.id}`, 'name']);
    expect([...withoutPlaces(left, placesOf(draft, { name: 'Other' })).keys()]).toEqual([`answer.${second!.id}`]);
  });
});

describe('many questions', () => {
  const questions = Array.from({ length: 45 }, (_, index) => newQuestion(`Question ${index}`, `Answer ${index * 2}`));

  it('are shown in pages, and a page past the end is the last one', () => {
    expect(pageOf(questions, 1)).toMatchObject({ first: 20, page: 1, pages: 3 });
    expect(pageOf(questions, 9)).toMatchObject({ first: 40, page: 2, pages: 3 });
    expect(pageOf([], 3)).toEqual({ entries: [], first: 0, page: 0, pages: 1 });
    expect([pageAt(-1), pageAt(19), pageAt(20)]).toEqual([0, 0, 1]);
  });

  it('are found by question and answer, and the open one stays while it is edited', () => {
    expect(searchQuestions(questions, ' QUESTION 44 ').length).toBe(1);
    expect(searchQuestions(questions, 'answer 88').map(({ question }) => question)).toEqual(['Question 44']);
    expect(searchQuestions(questions, 'nowhere', questions[3]!.id)).toEqual([questions[3]]);
    expect(searchQuestions(questions, ' ').length).toBe(45);
  });
});
