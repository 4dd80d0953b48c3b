/** What an agent was asked and had no answer to: the same question in other words of its kind once, the most asked first. */
import { setImmediate } from 'node:timers/promises';
import type { AgentRecord } from '../records/agent.ts';
import type { Turn } from '../records/turn.ts';
import type { Store } from '../store/port.ts';
import { replyFrom } from './faq.ts';
import type { OpenKnowledge } from './open-knowledge.ts';

/** The newest; what was asked before them is not looked at. */
const turnsMax = 2_000;
const groupsMax = 100;
const conversationsMax = 20;
/** Of a message, as the question that an answer would be added to. */
const questionMax = 300;
/** Taking texts apart and searching take their time, and nothing else runs meanwhile: up to some 40 ms for the longest message. */
const atOnce = 2;

export interface UnansweredGroup {
  /** As it was asked last, cut to 300 characters. */
  readonly question: string;
  readonly count: number;
  readonly lastAskedAt: number;
  /** The newest 20. */
  readonly conversationIds: readonly string[];
  /** What the agent knows by now has an answer. */
  readonly answeredNow: boolean;
  /** Where it has none: the questions that it would offer instead, the nearest first. */
  readonly nearest: readonly string[];
}

/** Messages that say nothing of what is asked, such as "hello", are left out. */
export type ListUnanswered = (agent: AgentRecord, askedSince: number) => Promise<readonly UnansweredGroup[]>;

export function createListUnanswered(parts: {
  readonly store: Pick<Store, 'listUnanswered'>;
  readonly openKnowledge: OpenKnowledge;
}): ListUnanswered {
  return (agent, askedSince) => listUnanswered(parts, agent, askedSince);
}

async function listUnanswered(
  { store, openKnowledge }: Parameters<typeof createListUnanswered>[0],
  agent: AgentRecord,
  askedSince: number,
): ReturnType<ListUnanswered> {
  const search = await openKnowledge(agent);
  if (search === undefined) return [];
  const turns = await store.listUnanswered(agent.id, askedSince, turnsMax);
  const groups = new Map<string, [Turn, ...Turn[]]>();
  for (const [index, turn] of turns.entries()) {
    if (index % atOnce === atOnce - 1) await setImmediate();
    const name = search.nameOf(turn.message);
    if (name === '') continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [turn]);
    else group.push(turn);
  }
  const most = [...groups.values()].toSorted((a, b) => b.length - a.length || b[0].askedAt - a[0].askedAt);
  const found: UnansweredGroup[] = [];
  for (const group of most.slice(0, groupsMax)) {
    const [{ message, askedAt }] = group;
    await setImmediate();
    const { outcome, suggestions } = replyFrom(search, message);
    found.push({
      question: message.slice(0, questionMax).replace(/[\uD800-\uDBFF]$/, ''),
      count: group.length,
      lastAskedAt: askedAt,
      conversationIds: [...new Set(group.map(({ conversationId }) => conversationId))].slice(0, conversationsMax),
      answeredNow: outcome === 'answered',
      nearest: suggestions,
    });
  }
  return found;
}
