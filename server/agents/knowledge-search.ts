/**
 * Finds in an agent's knowledge what fits a message; no network. Each find says how well it fits. A stranger chooses the message,
 * so how much of it is looked up is bounded.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import SearchableMap from 'minisearch/SearchableMap';
import type { AgentKnowledge, AgentRecord, FaqEntry } from '../records/agent.ts';
import { createToTerms, isGroup, type Term } from './search-terms.ts';

/** Of a message; looking a word up that is spelt a little differently costs, and a stranger chooses how many there are. */
const termsMax = 40;
/** That one word is looked up as, since whoever writes the knowledge chooses how many begin alike. */
const formsMax = 1_000;
/** Of a message with the one before it, which a caller may make as long as a body. */
const lookedUpLengthMax = 8_000;

/**
 * What a word of the message counts where it is found as it is: 1. Elsewhere, in an entry's question or its answer alone, less; but more
 * where a question is asked with a synonym, since those are the words of what people want. All of this was fitted to the table of
 * `test/agents/question-pairs.test.ts`.
 */
const sameWord = { question: 1, answer: 1 };
const synonymStrength = { question: 1.2, answer: 0.2 };
const spelledDifferently = { question: 0.4, answer: 0.2 };
/** What a word that no entry knows weighs beside one that a single entry knows: visitors tell much beside their question. */
const unknownWeight = 0.5;
/** Of the fit: how much of an entry's question the message says. The other part: how much of the message the entry knows. */
const questionShare = 0.2;

interface Find {
  readonly entry: FaqEntry;
  /** 0 to 1. */
  readonly fit: number;
}

export interface KnowledgeSearch {
  readonly entries: readonly FaqEntry[];
  /** Best first. Undefined: the message has no word that says what is asked. */
  find(message: string): readonly Find[] | undefined;
  /** The same for messages whose words it takes for the same; empty where no word says what is asked. */
  nameOf(message: string): string;
}

/** What is indexed: an answer, or a wording of its question. */
interface Text {
  readonly entry: FaqEntry;
  /** The position of the text that is the entry's answer. */
  readonly answerId: number;
  /** Of a wording. Null: this is the answer. */
  readonly terms: readonly Term[] | null;
}

/** Indexes a text at a time, because the largest FAQ takes longer than others may be kept waiting. */
export async function createKnowledgeSearch(
  { entries }: AgentKnowledge,
  synonyms: AgentRecord['synonyms'] = [],
): Promise<KnowledgeSearch> {
  const toTerms = createToTerms(
    entries.map(({ question, aliases, answer }) => [question, ...aliases, answer].join(' ')),
    synonyms,
  );
  const texts: Text[] = [];
  /** In which texts each form stands. */
  const index = new SearchableMap<number[]>();
  function add(terms: readonly Term[], text: Text): void {
    for (const form of new Set(terms.flat())) index.fetch(form, () => []).push(texts.length);
    texts.push(text);
  }
  for (const entry of entries) {
    const answerId = texts.length;
    add(toTerms(entry.answer), { entry, answerId, terms: null });
    await nextTurn();
    for (const wording of [entry.question, ...entry.aliases]) {
      const terms = toTerms(wording);
      add(terms, { entry, answerId, terms });
    }
    await nextTurn();
  }
  const answerIds = Int32Array.from(texts, ({ answerId }) => answerId);
  /** Of each text, while one word is looked up: how well it knows that. */
  const strengths = new Float64Array(texts.length);
  /** Of each answer, while one word is looked up: its entry knows that. */
  const isCounted = new Uint8Array(texts.length);
  /** Of each text, while one message is looked up: what it knows, a wording beyond what its answer does. */
  const known = new Float64Array(texts.length);

  return {
    entries,
    nameOf(message) {
      const names = toTerms(message.slice(0, lookedUpLengthMax)).map((term) => term.find(isGroup) ?? term.join(' '));
      return [...new Set(names)].slice(0, termsMax).sort().join(' ');
    },
    find(message) {
      const terms = new Map(toTerms(message.slice(0, lookedUpLengthMax)).map((term) => [term[0], term]));
      if (terms.size === 0) return undefined;
      const said = new Set<string>();
      const weights = [...terms.values()].slice(0, termsMax).map((term) => lookUp(term, said));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return toFinds(total, said);
    },
  };

  /** Adds a word to what is known, and its forms to what is said. The result is what the word weighs. */
  function lookUp(term: Term, said: Set<string>): number {
    const touched: number[] = [];
    for (const [form, ids] of formsOf(term)) {
      said.add(form);
      const { question, answer } = strengthOf(form, term.includes(form));
      for (const id of ids) {
        const before = strengths[id] ?? 0;
        const strength = id === answerIds[id] ? answer : question;
        if (before === 0) touched.push(id);
        if (before < strength) strengths[id] = strength;
      }
    }
    let count = 0;
    for (const id of touched) {
      const answerId = answerIds[id] ?? id;
      count += 1 - (isCounted[answerId] ?? 0);
      isCounted[answerId] = 1;
    }
    const rarest = Math.log(1 + entries.length);
    const weight = count === 0 ? unknownWeight * rarest : Math.log(1 + entries.length / count);
    for (const id of touched) {
      const answerId = answerIds[id] ?? id;
      const byAnswer = id === answerId ? 0 : (strengths[answerId] ?? 0);
      known[id] = (known[id] ?? 0) + weight * Math.max(0, (strengths[id] ?? 0) - byAnswer);
    }
    for (const id of touched) {
      strengths[id] = 0;
      isCounted[answerIds[id] ?? id] = 0;
    }
    return weight;
  }

  /** Each entry once, by what fits best of its wordings. Forgets what is known. */
  function toFinds(total: number, said: ReadonlySet<string>): readonly Find[] {
    const finds = new Map<FaqEntry, number>();
    for (const [id, { entry, answerId, terms }] of texts.entries()) {
      const answered = known[answerId] ?? 0;
      const share = terms === null ? 0 : shareOf(terms, said);
      if (answered + share === 0) continue;
      const asked = terms === null ? 0 : (known[id] ?? 0);
      const fit = (1 - questionShare) * Math.min(1, (answered + asked) / total) + questionShare * share;
      finds.set(entry, Math.max(fit, finds.get(entry) ?? 0));
    }
    known.fill(0);
    return [...finds].map(([entry, fit]) => ({ entry, fit })).sort((one, other) => other.fit - one.fit);
  }

  /** The forms that a word is found by, with the texts in which they stand: its own, longer ones, and ones with a mistake. */
  function formsOf(term: Term): ReadonlyMap<string, readonly number[]> {
    const forms = new Map<string, readonly number[]>();
    for (const form of term) {
      const ids = index.get(form);
      if (ids !== undefined) forms.set(form, ids);
      if (isGroup(form)) continue;
      const longer = form.length > 3 ? index.atPrefix(form) : [];
      for (const [other, ids] of longer) {
        if (forms.size >= formsMax) break;
        forms.set(other, ids);
      }
      const mistaken = form.length > 4 ? index.fuzzyGet(form, 1) : [];
      for (const [other, [ids]] of mistaken) {
        if (forms.size >= formsMax) break;
        forms.set(other, ids);
      }
    }
    return forms;
  }
}

function strengthOf(form: string, isSame: boolean): { readonly question: number; readonly answer: number } {
  if (!isSame) return spelledDifferently;
  return isGroup(form) ? synonymStrength : sameWord;
}

function shareOf(question: readonly Term[], said: ReadonlySet<string>): number {
  if (question.length === 0) return 0;
  return question.filter((term) => term.some((form) => said.has(form))).length / question.length;
}
