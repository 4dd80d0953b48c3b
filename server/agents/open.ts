/** Makes an agent ready to answer, and keeps what was built from its knowledge until that knowledge changes. */
import { LRUCache } from 'lru-cache';
import type { AgentKnowledge, AgentRecord } from '../records/agent.ts';
import { createFaqAgent } from './faq.ts';
import type { Agent } from './port.ts';

export type OpenAgent = (agent: AgentRecord) => Promise<Agent | undefined>;

const openAgentsMax = 200;

/** Resolves to undefined when the agent's knowledge is gone. */
export function createAgentOpener(
  findKnowledge: (organizationId: string, agentId: string) => Promise<AgentKnowledge | undefined>,
): OpenAgent {
  const opened = new LRUCache<string, Agent, AgentRecord>({
    max: openAgentsMax,
    fetchMethod: async (_knowledgeId, _stale, { context: agent }) => {
      const knowledge = await findKnowledge(agent.organizationId, agent.id);
      return knowledge === undefined ? undefined : createFaqAgent(knowledge);
    },
  });
  return (agent) => opened.fetch(agent.knowledgeId, { context: agent });
}
