/**
 * Answers from the questions and answers that an organization wrote; no network. The best match is given whole; when too
 * little of the message is known it says so and offers the nearest questions, where there are such.
 */
import type { ReplyFindings } from '../records/turn.ts';
import type { KnowledgeSearch } from './knowledge-search.ts';
import type { Agent } from './port.ts';

/** How well an entry must fit a message to be what is asked (`docs/agents.md` has what comes of it). */
const fitMin = 0.44;
/** Below this fit, an entry must also fit so much better than the next one. */
const surelyFits = 0.6;
const leadMin = 0.1;
const nearestMax = 3;

export function createFaqAgent(search: KnowledgeSearch): Agent {
  const answerAtOnce = (message: string) => {
    const { text, ...findings } = replyFrom(search, message);
    return { pieces: piecesOf(text), findings };
  };
  return {
    answerAtOnce,
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape; nothing here has to wait
    async *answer(messages, signal, { onFound } = {}) {
      const { pieces, findings } = answerAtOnce(messages.at(-1)?.text ?? '');
      onFound?.(findings);
      for (const piece of pieces) {
        if (signal.aborted) return;
        yield piece;
      }
    },
  };
}

interface KnownReply extends ReplyFindings {
  /** Where nothing fits: in plain English, for programs. A chat says that in its visitor's language. */
  readonly text: string;
}

/** What the knowledge alone says to a message. What it offers instead shares a word with the message, if that has one. */
export function replyFrom(search: KnowledgeSearch, message: string): KnownReply {
  const found = search.find(message);
  const [best, next] = found ?? [];
  if (best !== undefined && isMeant(best.fit, next?.fit)) {
    const { question, answer } = best.entry;
    return { text: answer, outcome: 'answered', suggestions: [], sources: [{ title: question, url: null }] };
  }
  const nearest = found === undefined ? search.entries : found.map(({ entry }) => entry);
  const suggestions = [...new Set(nearest.map(({ question }) => question))].slice(0, nearestMax);
  const list = suggestions.map((question) => `\n- ${question}`).join('');
  const offered = (words: string): string => (list === '' ? '' : ` ${words}\n${list}`);
  const text =
    found === undefined
      ? `What would you like to know?${offered('For example:')}`
      : `I have no answer to that.${offered('These are the nearest questions that I can answer:')}`;
  return { text, outcome: list === '' ? 'none' : 'nearest', suggestions, sources: [] };
}

function isMeant(fit: number, next = 0): boolean {
  return fit >= fitMin && (fit >= surelyFits || fit - next >= leadMin);
}

/** A line or sentence at a time. */
function piecesOf(text: string): readonly string[] {
  return text.match(/[^\n.!?]*(?:[.!?]+\s*|\n+|$)/g)?.filter((piece) => piece !== '') ?? [];
}
