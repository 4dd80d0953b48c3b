/**
 * An agent while it is edited. Questions and suggestions carry an id of their own, so that what is wrong with one stays with
 * it when others come, go or move. What is blank is not sent.
 */
import { emptyModel, modelDraftOf, modelOf, type ModelDraft } from './model-draft.ts';
import type { AgentInput, AgentModel, AgentWithQuestions, Question } from '../../../server/http/wire.ts';

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

export const newQuestion = (question = '', answer = ''): DraftQuestion => ({ id: nextId(), question, answer });
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
    answersBy: 'faq',
    model: emptyModel,
  };
}

export function draftOf(agent: AgentWithQuestions): AgentDraft {
  const { name, description, greeting, suggestions, creditsPerMessage, disclosure, disclosureText, faq } = agent;
  return {
    name,
    description,
    greeting,
    suggestions: suggestions.map(newSuggestion),
    price: String(creditsPerMessage),
    isPublic: agent.public,
    disclosure,
    disclosureText: disclosureText ?? '',
    questions: faq.map(({ question, answer }) => newQuestion(question, answer)),
    answersBy: agent.kind,
    model: agent.model ? modelDraftOf(agent.model) : emptyModel,
  };
}

/** The questions that are sent, in their order: `faq.3` is the fourth of these. */
export function sentQuestions({ questions }: AgentDraft): readonly DraftQuestion[] {
  return questions.filter(({ question, answer }) => question.trim() !== '' || answer.trim() !== '');
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
    faq: sentQuestions(draft).map(({ question, answer }) => ({ question: question.trim(), answer: answer.trim() })),
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
    ...(!isSameModel(input.model, saved.model) && { model: input.model }),
  };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function isSameModel(a: AgentModel | null, b: AgentModel | null): boolean {
  if (a === null || b === null) return a === b;
  const names = Object.keys(a) as (keyof AgentModel)[];
  return names.every((name) => Object.is(a[name], b[name]));
}

function isSameFaq(a: readonly Question[], b: readonly Question[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ question, answer }, index) => question === b[index]?.question && answer === b[index].answer)
  );
}

/** Something was written that would be lost. */
export function isBegun({ model, suggestions, questions, ...draft }: AgentDraft): boolean {
  const { name, description, greeting, disclosureText } = draft;
  const texts = [
    name,
    description,
    greeting,
    disclosureText,
    model.instructions,
    ...suggestions.map(({ text }) => text),
  ];
  const answers = questions.flatMap(({ question, answer }) => [question, answer]);
  return [...texts, ...answers].some((text) => text.trim() !== '');
}
