import type { LmdbConnection } from './lmdb-connection.ts';
import { listNewestFirst, put, remove } from './lmdb-entries.ts';
import type { AgentStore } from './port.ts';

export function createAgents({ db, read, write, create }: LmdbConnection): AgentStore {
  const { agents, knowledge: knowledges } = db;
  return {
    createAgent: (agent, knowledge) => create('agents', { agent, knowledge }),
    findAgent: (organizationId, agentId) => read(() => agents.get([organizationId, agentId])),
    findAgentKnowledge: (organizationId, agentId) => read(() => knowledges.get([organizationId, agentId])),

    changeAgent: (organizationId, agentId, change, knowledge) =>
      write(() => {
        const agent = agents.get([organizationId, agentId]);
        if (agent === undefined) return 'not_found';
        const changed = { ...agent, ...change };
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
      read(() => listNewestFirst(agents, organizationId, page, (agent) => filter === undefined || agent.public)),
  };
}
