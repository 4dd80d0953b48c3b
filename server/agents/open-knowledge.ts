/** Makes what an agent knows ready to be searched, and keeps that until its knowledge changes. */
import { LRUCache } from 'lru-cache';
import type { AgentKnowledge, AgentRecord } from '../records/agent.ts';
import { createKnowledgeSearch, type KnowledgeSearch } from './knowledge-search.ts';

/** Resolves to undefined when the agent's knowledge is gone. */
export type OpenKnowledge = (agent: AgentRecord) => Promise<KnowledgeSearch | undefined>;

const openAgentsMax = 200;

export function createKnowledgeOpener(
  findKnowledge: (organizationId: string, agentId: string) => Promise<AgentKnowledge | undefined>,
): OpenKnowledge {
  const opened = new LRUCache<string, KnowledgeSearch, AgentRecord>({
    max: openAgentsMax,
    fetchMethod: async (_knowledgeId, _stale, { context: agent }) => {
      const knowledge = await findKnowledge(agent.organizationId, agent.id);
      return knowledge === undefined ? undefined : createKnowledgeSearch(knowledge, agent.synonyms);
    },
  });
  return (agent) => opened.fetch(agent.knowledgeId, { context: agent });
}
