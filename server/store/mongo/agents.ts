import type { AgentRecord } from '../../records/agent.ts';
import { each, joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { fromAgent, toAgent, toKeptAgent, toKnowledge } from './mapping.ts';
import type { AgentDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { bothAs, limited, lookUpsPerQueryMax, newestFirst, toPage } from './queries.ts';
import type { AgentStore, Page } from '../port.ts';

const withoutKnowledge = { entries: 0 } as const;

type PageQuery = [organizationId: string, limit: number, cursor: string | null, isPublic: boolean];

export function createAgents({ models, run, create, changeAsRead, confirmed }: MongoConnection): AgentStore {
  const { agents } = models;
  const byId = joined(findByIds, lookUpsPerQueryMax);
  const pages = joined(listPages, lookUpsPerQueryMax);

  async function findByIds(agentIds: readonly string[]): Promise<(AgentRecord | undefined | Error)[]> {
    const distinct = [...new Set(agentIds)];
    const options = { ...limited, projection: withoutKnowledge, batchSize: distinct.length + 1 };
    const found = await run(() =>
      plain(agents)
        .find({ _id: { $in: distinct } }, options)
        .toArray(),
    );
    const documents = new Map(found.map((document) => [document._id, document]));
    return each(agentIds, (agentId) => {
      const document = documents.get(agentId);
      return document && toAgent(document);
    });
  }

  async function listPages(queries: readonly string[]): Promise<(Page<AgentRecord> | Error)[]> {
    const asked = new Map([...new Set(queries)].map((query) => [query, listPage(JSON.parse(query) as PageQuery)]));
    return Promise.all(queries.map((query) => asked.get(query) ?? Promise.reject(new Error('No such query.'))));
  }

  function listPage([organizationId, limit, cursor, isPublic]: PageQuery): Promise<Page<AgentRecord>> {
    const page = { limit, cursor: cursor ?? undefined };
    const filter = isPublic ? { organizationId, public: true } : { organizationId };
    return run(async () => {
      const found = await newestFirst(agents, filter, page).select(withoutKnowledge).lean();
      return toPage(found, page, toAgent);
    });
  }

  return {
    createAgent: (agent, knowledge) => create(agents, fromAgent({ agent, knowledge })),

    findAgent: async (organizationId, agentId) => {
      const found = await byId.load(textOf(agentId));
      if (found !== undefined) return found.organizationId === organizationId ? found : undefined;
      return run(async () => {
        const late = await agents.findOne({ _id: agentId, organizationId }, withoutKnowledge, confirmed()).lean();
        return late === null ? undefined : toAgent(late);
      });
    },

    findAgentKnowledge: (organizationId, agentId) =>
      run(async () => {
        const found = await agents.findOne({ _id: agentId, organizationId }, { entries: 1 }, limited).lean();
        return found === null ? undefined : toKnowledge(found);
      }),

    findKeptAgent: (organizationId, agentId) =>
      run(async () => {
        const found = await agents.findOne({ _id: agentId, organizationId }, {}, confirmed()).lean();
        return found === null ? undefined : toKeptAgent(found);
      }),

    async changeAgent(organizationId, agentId, change, knowledge, guard) {
      const agent = { _id: agentId, organizationId };
      const made = await changeAsRead<AgentDocument, 'conflict'>(agents, agent, withoutKnowledge, (found) => {
        if (guard !== undefined && toAgent(found).revision !== guard.revision) return 'conflict';
        return { ...change, ...(knowledge !== undefined && { entries: knowledge.entries }) };
      });
      return typeof made === 'string' ? made : bothAs(toAgent, made);
    },

    deleteAgent: (organizationId, agentId) =>
      run(async () => {
        const { deletedCount } = await agents.deleteOne({ _id: agentId, organizationId }, limited);
        return deletedCount === 1 ? 'deleted' : 'not_found';
      }),

    listAgents(organizationId, page, filter) {
      const query: PageQuery = [organizationId, page.limit, page.cursor ?? null, filter !== undefined];
      return pages.load(JSON.stringify(query));
    },
  };
}
