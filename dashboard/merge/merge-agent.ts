import { plural } from '../components/number-words.ts';
import type { AgentInput, AgentModel, AgentWithQuestions, Question } from '../../server/http/wire.ts';
import { isSame, type Merge } from './clash.ts';
import { mergeEntries, type Entries } from './merge-entries.ts';
import { mergeFields } from './merge-fields.ts';

type Patch = Partial<AgentInput>;

const names: Readonly<Record<string, string>> = {
  name: 'The name',
  description: 'The description',
  greeting: 'The greeting',
  suggestions: 'The suggestions',
  creditsPerMessage: 'The price of a message',
  public: 'Who reaches it',
  disclosure: 'Whether it says that no human answers',
  disclosureText: 'Its words for that',
  synonyms: 'The list of words that mean the same',
  faq: 'The list of questions',
  model: 'What answers',
};

export function mergeAgent(base: AgentWithQuestions, patch: Patch, current: AgentWithQuestions): Merge<Patch> {
  const { faq, ...fields } = patch;
  const lists = Array.isArray(faq) ? [base.faq, faq as readonly Question[], current.faq].map(toEntries) : [];
  const [before, mine, theirs] = lists;
  const words = { name: (field: string) => names[field] ?? field, value: wordsOf };
  // Two questions with the same words can't be told apart: then the list is one thing.
  if (before === undefined || mine === undefined || theirs === undefined)
    return mergeFields<Patch>(base, patch, current, words);
  const ofFields = mergeFields<Patch>(base, fields, current, words);
  const ofQuestions = mergeEntries(before, mine, theirs);
  const quoted = ofQuestions.clashes.map((clash) => ({
    ...clash,
    words: `“${clash.id}”${clash.words.slice(clash.id.length)}`,
  }));
  return {
    clashes: [...ofFields.clashes, ...quoted],
    resolve: (chosen) => {
      const merged = [...ofQuestions.resolve(chosen)].map(([question, rest]) => ({ question, ...rest }));
      return { ...ofFields.resolve(chosen), ...(!isSame(merged, current.faq) && { faq: merged }) };
    },
  };
}

/** Undefined: a question is there twice. */
function toEntries(faq: readonly Question[]): Entries<Omit<Question, 'question'>> | undefined {
  const entries = new Map(faq.map(({ question, aliases, answer }) => [question, { aliases, answer }]));
  return entries.size === faq.length ? entries : undefined;
}

function wordsOf(value: unknown, field: string): string {
  if (typeof value === 'boolean') return field === 'public' ? (value ? 'public' : 'private') : value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const texts = value.map((item) => `“${entryWords(item as Listed)}”`);
    return texts.length > 5
      ? `${texts.slice(0, 5).join(', ')} and ${texts.length - 5} more`
      : texts.join(', ') || 'none';
  }
  if (field === 'model') return value === null ? 'its questions alone' : modelWords(value as AgentModel);
  return value === '' || value === null ? 'none' : `“${value as string}”`;
}

/** A suggestion, a group of synonyms or a question. */
type Listed = string | readonly string[] | Question;

function entryWords(item: Listed): string {
  if (typeof item === 'string') return item;
  return 'question' in item ? item.question : item.join(', ');
}

function modelWords({ upstream, name, instructions }: AgentModel): string {
  return `${upstream}/${name} with ${plural(instructions.length, 'character')} of instructions`;
}
