/**
 * What is wrong with a draft, by the place where it is said: `name`, `price`, `suggestions`, `suggestion.7`, `questions`,
 * `question.7`, `aliases.7`, `answer.7`, where 7 is the id of the draft's own. Found here before anything is sent, or told by the server.
 */
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import { repeatedAliases } from '../../../server/agents/repeated-aliases.ts';
import type { ApiError } from '../../../ui/api-error.ts';
import { count } from '../../components/number-words.ts';
import { tokenPriceRule, tokensRule } from './model-draft.ts';
import { inputOf, sentQuestions, sentSuggestions, sentSynonyms, type AgentDraft, type DraftQuestion } from './draft.ts';

export type DraftProblems = ReadonlyMap<string, string>;

const questionParts = ['question', 'aliases', 'answer'] as const;
export type QuestionPart = (typeof questionParts)[number];

export function findProblems(draft: AgentDraft): DraftProblems {
  const input = inputOf(draft);
  const problems = new Map<string, string>();
  const check = (place: string, isWrong: boolean, sentence: string): void => {
    if (isWrong && !problems.has(place)) problems.set(place, sentence);
  };
  check('name', input.name === '', 'Write a name.');
  check('price', !(input.creditsPerMessage <= limits.price), `Write a whole number from 0 to ${count(limits.price)}.`);
  const { model } = input;
  check('questions', model === null && input.faq.length === 0, 'An agent needs at least one question with an answer.');
  if (model) {
    check('model', model.upstream === '' || model.name === '', 'Choose the model that answers.');
    check('outputTokens', !(model.outputTokensMax >= 1 && model.outputTokensMax <= limits.outputTokens), tokensRule);
    const { creditsPer1000Tokens: price } = model;
    check('tokenPrice', price !== null && !(price > 0 && price <= limits.creditsPer1000Tokens), tokenPriceRule);
  }
  check('questions', input.faq.length > limits.questions, tooMany(input.faq.length));
  const sent = sentQuestions(draft);
  for (const [index, { id, question, answer }] of sent.entries()) {
    const { aliases = [] } = input.faq[index] ?? {};
    check(`question.${id}`, question.trim() === '', 'Write the question.');
    check(`question.${id}`, question.trim().length > limits.question, tooLong(question, limits.question));
    check(`aliases.${id}`, aliases.length > limits.aliases, tooManyLines(aliases.length));
    const longest = Math.max(0, ...aliases.map((text) => text.length));
    check(`aliases.${id}`, longest > limits.question, `At most ${limits.question} characters in a line.`);
    check(`answer.${id}`, answer.trim() === '', 'Write the answer.');
    check(`answer.${id}`, answer.trim().length > limits.answer, tooLong(answer, limits.answer));
  }
  for (const { entry, alias } of repeatedAliases(input.faq)) {
    const words = input.faq[entry]?.aliases[alias] ?? '';
    check(`aliases.${sent[entry]?.id}`, true, `“${words}” is a question or another wording already.`);
  }
  const groups = sentSynonyms(draft);
  check('synonyms', groups.length > limits.synonymGroups, `At most ${limits.synonymGroups} lines.`);
  for (const { line, words } of groups) {
    check('synonyms', words.length < 2, `Line ${line} has one word alone. Write those that mean the same beside it.`);
    check('synonyms', words.length > limits.synonyms, `Line ${line} has more than ${limits.synonyms} words.`);
    const isLong = words.some((word) => word.length > limits.synonym);
    check('synonyms', isLong, `Line ${line} has something longer than ${limits.synonym} characters between commas.`);
  }
  return problems;
}

function tooManyLines(lines: number): string {
  return `At most ${limits.aliases} other wordings; these are ${count(lines)}.`;
}

export function tooMany(questions: number): string {
  return `An agent has at most ${count(limits.questions)} questions; these are ${count(questions)}.`;
}

function tooLong(text: string, max: number): string {
  return `At most ${count(max)} characters; these are ${count(text.trim().length)}.`;
}

/** The server's problems at the places of the draft that was sent, and what has no place there. */
export function placeProblems(
  error: ApiError,
  sent: AgentDraft,
): { readonly problems: DraftProblems; readonly rest: string } {
  const problems = new Map<string, string>();
  const rest: string[] = [];
  for (const { path, message } of error.problems) {
    const place = placeOf(path, sent);
    if (place === undefined) rest.push(path === '' ? message : `${path}: ${message}`);
    else problems.set(place, [problems.get(place), message].filter(Boolean).join(' '));
  }
  return { problems, rest: rest.join(' ') };
}

const modelPlaces: Readonly<Record<string, string>> = {
  instructions: 'instructions',
  outputTokensMax: 'outputTokens',
  creditsPer1000Tokens: 'tokenPrice',
};

const ownPlaces = new Set(['name', 'description', 'greeting', 'public', 'disclosure', 'disclosureText', 'synonyms']);

function placeOf(path: string, sent: AgentDraft): string | undefined {
  const [field = '', index, part] = path.split('.');
  if (ownPlaces.has(field)) return field;
  if (field === 'creditsPerMessage') return 'price';
  if (field === 'model') return modelPlaces[index ?? ''] ?? 'model';
  if (field === 'suggestions') {
    const suggestion = index === undefined ? undefined : sentSuggestions(sent)[Number(index)];
    return suggestion ? `suggestion.${suggestion.id}` : 'suggestions';
  }
  if (field !== 'faq') return undefined;
  const question = index === undefined ? undefined : sentQuestions(sent)[Number(index)];
  if (!question) return 'questions';
  return `${part === 'answer' || part === 'aliases' ? part : 'question'}.${question.id}`;
}

/** The first field of a question that something is wrong with. */
export function wrongPart(problems: DraftProblems, { id }: DraftQuestion): QuestionPart | undefined {
  return questionParts.find((part) => problems.has(`${part}.${id}`));
}

/** Without what was said about places that were changed since. */
export function withoutPlaces(problems: DraftProblems, places: readonly string[]): DraftProblems {
  if (!places.some((place) => problems.has(place))) return problems;
  return new Map([...problems].filter(([place]) => !places.includes(place)));
}

/** The places of what a change makes different: what stands there is out of date. */
export function placesOf(draft: AgentDraft, change: Partial<AgentDraft>): readonly string[] {
  const { suggestions, questions, price, isPublic, model, answersBy, ...texts } = change;
  return [
    ...Object.keys(texts),
    ...(price === undefined ? [] : ['price']),
    ...(model === undefined && answersBy === undefined ? [] : ['model', ...Object.values(modelPlaces)]),
    ...(answersBy === undefined ? [] : ['questions']),
    ...(isPublic === undefined ? [] : ['public']),
    ...(suggestions
      ? ['suggestions', ...different(draft.suggestions, suggestions).map(({ id }) => `suggestion.${id}`)]
      : []),
    ...(questions
      ? [
          'questions',
          ...different(draft.questions, questions).flatMap(({ id }) => questionParts.map((part) => `${part}.${id}`)),
        ]
      : []),
  ];
}

function different<Item>(before: readonly Item[], after: readonly Item[]): readonly Item[] {
  const [was, is] = [new Set(before), new Set(after)];
  return [...before.filter((item) => !is.has(item)), ...after.filter((item) => !was.has(item))];
}
