/**
 * An agent while it is edited. Questions and suggestions carry an id of their own, so that what is wrong with one stays with
 * it when others come, go or move. What is blank is not sent.
 */
import { emptyModel, modelDraftOf, modelOf, type ModelDraft } from './model-draft.ts';
import type { AgentInput, AgentModel, AgentWithQuestions, Question } from '../../../server/http/wire.ts';

/** Its other wordings are the lines that are typed, some of them blank. */
export interface DraftQuestion extends Question {
  readonly id: number;
}

export interface DraftSuggestion {
  readonly id: number;
  readonly text: string;
}

export interface AgentDraft {
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly DraftSuggestion[];
  /** As it is typed. */
  readonly price: string;
  readonly isPublic: boolean;
  readonly disclosure: boolean;
  /** Blank: in the chat's own words. */
  readonly disclosureText: string;
  readonly questions: readonly DraftQuestion[];
  /** As they are typed: a group in each line, its words between commas. */
  readonly synonyms: string;
  readonly answersBy: 'faq' | 'model';
  /** Kept while the questions answer alone, so that nothing typed is lost. */
  readonly model: ModelDraft;
}

/** What is sent, always whole: a change is told from it. */
type WholeInput = {
  readonly [Name in Exclude<keyof AgentInput, 'faq' | 'model'>]-?: Exclude<AgentInput[Name], undefined>;
} & { readonly faq: readonly Question[]; readonly model: AgentModel | null };

let ids = 0;
const nextId = (): number => (ids += 1);

export const newQuestion = (question = '', answer = '', aliases: readonly string[] = []): DraftQuestion => ({
  id: nextId(),
  question,
  aliases,
  answer,
});
export const newSuggestion = (text = ''): DraftSuggestion => ({ id: nextId(), text });

export function emptyDraft(): AgentDraft {
  return {
    name: '',
    description: '',
    greeting: '',
    suggestions: [],
    price: '1',
    isPublic: true,
    disclosure: true,
    disclosureText: '',
    questions: [],
    synonyms: '',
    answersBy: 'faq',
    model: emptyModel,
  };
}

export function draftOf(agent: AgentWithQuestions): AgentDraft {
  const { name, description, greeting, suggestions, creditsPerMessage, disclosure, disclosureText, faq } = agent;
  const { synonyms } = agent;
  return {
    name,
    description,
    greeting,
    suggestions: suggestions.map(newSuggestion),
    price: String(creditsPerMessage),
    isPublic: agent.public,
    disclosure,
    disclosureText: disclosureText ?? '',
    questions: faq.map(({ question, answer, aliases }) => newQuestion(question, answer, aliases)),
    synonyms: synonyms.map((group) => group.join(', ')).join('\n'),
    answersBy: agent.kind,
    model: agent.model ? modelDraftOf(agent.model) : emptyModel,
  };
}

/** The questions that are sent, in their order: `faq.3` is the fourth of these. */
export function sentQuestions({ questions }: AgentDraft): readonly DraftQuestion[] {
  return questions.filter(({ question, aliases, answer }) =>
    [question, ...aliases, answer].some((text) => text.trim() !== ''),
  );
}

/** The groups that are sent, each with the number of its line, from 1. */
export function sentSynonyms({ synonyms }: AgentDraft): readonly { readonly line: number; readonly words: string[] }[] {
  return synonyms
    .split('\n')
    .map((text, index) => ({ line: index + 1, words: sentTexts(text.split(/[,，、]/)) }))
    .filter(({ words }) => words.length > 0);
}

function sentTexts(texts: readonly string[]): string[] {
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

export function sentSuggestions({ suggestions }: AgentDraft): readonly DraftSuggestion[] {
  return suggestions.filter(({ text }) => text.trim() !== '');
}

/** `creditsPerMessage` is NaN when it is not a number. */
export function inputOf(draft: AgentDraft): WholeInput {
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    greeting: draft.greeting.trim(),
    suggestions: sentSuggestions(draft).map(({ text }) => text.trim()),
    creditsPerMessage: /^\d{1,4}$/.test(draft.price.trim()) ? Number(draft.price) : Number.NaN,
    public: draft.isPublic,
    disclosure: draft.disclosure,
    disclosureText: draft.disclosureText.trim() || null,
    faq: sentQuestions(draft).map(({ question, aliases, answer }) => ({
      question: question.trim(),
      aliases: sentTexts(aliases),
      answer: answer.trim(),
    })),
    synonyms: sentSynonyms(draft).map(({ words }) => words),
    model: draft.answersBy === 'model' ? modelOf(draft.model) : null,
  };
}

/** What differs from what is saved, field by field: somebody else's change of another field stays. */
export function changesOf(saved: AgentWithQuestions, draft: AgentDraft): Partial<WholeInput> {
  const input = inputOf(draft);
  return {
    ...(input.name !== saved.name && { name: input.name }),
    ...(input.description !== saved.description && { description: input.description }),
    ...(input.greeting !== saved.greeting && { greeting: input.greeting }),
    ...(!isSameList(input.suggestions, saved.suggestions) && { suggestions: input.suggestions }),
    ...(input.creditsPerMessage !== saved.creditsPerMessage && { creditsPerMessage: input.creditsPerMessage }),
    ...(input.public !== saved.public && { public: input.public }),
    ...(input.disclosure !== saved.disclosure && { disclosure: input.disclosure }),
    ...(input.disclosureText !== saved.disclosureText && { disclosureText: input.disclosureText }),
    ...(!isSameFaq(input.faq, saved.faq) && { faq: input.faq }),
    ...(!isSameLists(input.synonyms, saved.synonyms) && { synonyms: input.synonyms }),
    ...(!isSameModel(input.model, saved.model) && { model: input.model }),
  };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function isSameLists(a: WholeInput['synonyms'], b: WholeInput['synonyms']): boolean {
  return a.length === b.length && a.every((words, index) => isSameList(words, b[index] ?? []));
}

function isSameModel(a: AgentModel | null, b: AgentModel | null): boolean {
  if (a === null || b === null) return a === b;
  const names = Object.keys(a) as (keyof AgentModel)[];
  return names.every((name) => Object.is(a[name], b[name]));
}

function isSameFaq(a: readonly Question[], b: readonly Question[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ question, aliases, answer }, index) => {
      const other = b[index];
      return question === other?.question && answer === other.answer && isSameList(aliases, other.aliases);
    })
  );
}

/** Something was written that would be lost. */
export function isBegun({ model, suggestions, questions, ...draft }: AgentDraft): boolean {
  const { name, description, greeting, disclosureText, synonyms } = draft;
  const texts = [
    name,
    description,
    greeting,
    disclosureText,
    synonyms,
    model.instructions,
    ...suggestions.map(({ text }) => text),
  ];
  const answers = questions.flatMap(({ question, aliases, answer }) => [question, ...aliases, answer]);
  return [...texts, ...answers].some((text) => text.trim() !== '');
}
