import type { AgentKnowledge, AgentRecord, FaqEntry } from '../../records/agent.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { listNewestFirst, put, remove, withRevision } from './entries.ts';
import type { AgentStore } from '../port.ts';

export function createAgents({ db, read, write, create }: LmdbConnection): AgentStore {
  const { agents, knowledge: knowledges } = db;
  return {
    createAgent: (agent, knowledge) => create('agents', { agent, knowledge }),
    findAgent: (organizationId, agentId) => read(() => getAgent(db, organizationId, agentId)),
    findAgentKnowledge: (organizationId, agentId) => read(() => getKnowledge(db, organizationId, agentId)),

    findKeptAgent: (organizationId, agentId) =>
      read(() => {
        const agent = getAgent(db, organizationId, agentId);
        const knowledge = getKnowledge(db, organizationId, agentId);
        return agent && knowledge && { agent, knowledge };
      }),

    changeAgent: (organizationId, agentId, change, knowledge, guard) =>
      write(() => {
        const agent = getAgent(db, organizationId, agentId);
        if (agent === undefined) return 'not_found';
        if (guard !== undefined && agent.revision !== guard.revision) return 'conflict';
        const changed = { ...agent, ...change, revision: agent.revision + 1 };
        put(agents, [organizationId, agentId], changed);
        if (knowledge !== undefined) put(knowledges, [organizationId, agentId], knowledge);
        return { before: agent, after: changed };
      }),

    deleteAgent: (organizationId, agentId) =>
      write(() => {
        if (agents.get([organizationId, agentId]) === undefined) return 'not_found';
        remove(agents, [organizationId, agentId]);
        remove(knowledges, [organizationId, agentId]);
        return 'deleted';
      }),

    listAgents: (organizationId, page, filter) =>
      read(() => {
        const isWanted = (agent: AgentRecord): boolean => filter === undefined || agent.public;
        const { items, nextCursor } = listNewestFirst(agents, organizationId, page, isWanted);
        return { items: items.map(toAgent), nextCursor };
      }),
  };
}

/** Inside a read or a write. */
function getAgent({ agents }: LmdbDatabases, organizationId: string, agentId: string): AgentRecord | undefined {
  const kept = agents.get([organizationId, agentId]);
  return kept && toAgent(kept);
}

export function getKnowledge(
  { knowledge }: LmdbDatabases,
  organizationId: string,
  agentId: string,
): AgentKnowledge | undefined {
  const kept = knowledge.get([organizationId, agentId]);
  return kept && { entries: kept.entries.map(toEntry) };
}

/** One from before there were other wordings has none. */
function toEntry({ question, aliases = [], answer }: Omit<FaqEntry, 'aliases'> & Partial<FaqEntry>): FaqEntry {
  return { question, aliases, answer };
}

/** An agent from before it could say that no human answers says so; one from before there were models has none. */
export function toAgent(kept: AgentRecord): AgentRecord {
  const {
    disclosure = true,
    disclosureText = null,
    synonyms = [],
    model = null,
    ...others
  } = kept as Partial<AgentRecord>;
  return { ...withRevision(others as AgentRecord), disclosure, disclosureText, synonyms, model };
}
