/** Makes, changes and deletes agents for one actor, and writes each change down. */
import { createAudit, differing } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../core/problem.ts';
import {
  createId,
  type Actor,
  type AgentKnowledge,
  type AgentRecord,
  type AuditAction,
  type AuditFacts,
} from '../core/records.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { makeAgent, type AgentInput, type AgentPatch } from './agent-input.ts';

export interface AgentWithKnowledge {
  readonly agent: AgentRecord;
  readonly knowledge: AgentKnowledge;
}

export interface AgentManager {
  create(organizationId: string, input: AgentInput): Promise<AgentWithKnowledge | Refusal>;
  list(organizationId: string, page: PageRequest): Promise<Page<AgentRecord>>;
  find(organizationId: string, agentId: string): Promise<AgentWithKnowledge | Refusal>;
  edit(organizationId: string, agentId: string, patch: AgentPatch): Promise<AgentWithKnowledge | Refusal>;
  remove(organizationId: string, agentId: string): Promise<Refusal | undefined>;
}

const noSuchAgent: Refusal = { code: 'not_found', detail: 'This organization has no such agent.' };

export function createAgentManager(parts: {
  readonly store: Store;
  readonly clock: Clock;
  /** Whose changes these are. */
  readonly actor: Actor;
}): AgentManager {
  const { store, clock, actor } = parts;
  const recordAudit = createAudit({ store, clock });

  function record(
    action: AuditAction,
    { organizationId, id, name }: AgentRecord,
    change: { readonly before: AuditFacts | null; readonly after: AuditFacts | null },
  ): Promise<void> {
    return recordAudit(actor, { organizationId, action, target: { kind: 'agent', id, name }, ...change });
  }

  async function find(organizationId: string, agentId: string): Promise<AgentWithKnowledge | Refusal> {
    const [agent, knowledge] = await Promise.all([
      store.findAgent(organizationId, agentId),
      store.findAgentKnowledge(organizationId, agentId),
    ]);
    return agent === undefined || knowledge === undefined ? noSuchAgent : { agent, knowledge };
  }

  return {
    find,
    list: (organizationId, page) => store.listAgents(organizationId, page),

    async create(organizationId, input) {
      if ((await store.findOrganization(organizationId)) === undefined) {
        return { code: 'not_found', detail: 'There is no such organization.' };
      }
      const made = makeAgent(organizationId, input, clock());
      await store.createAgent(made.agent, made.knowledge);
      await record('agent.created', made.agent, { before: null, after: factsOf(made) });
      return made;
    },

    async edit(organizationId, agentId, { faq, ...patch }) {
      const found = await find(organizationId, agentId);
      if ('code' in found) return found;
      const knowledge = faq === undefined ? found.knowledge : { entries: faq };
      const fields = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
      // Another id with other knowledge, so that no process answers from what it built before.
      const change = faq === undefined ? fields : { ...fields, knowledgeId: createId('knw', clock()) };
      const changed = await store.changeAgent(organizationId, agentId, change, faq && knowledge);
      if (changed === 'not_found') return noSuchAgent;
      const { before, after } = changed;
      const difference = differing(factsOf({ ...found, agent: before }), factsOf({ agent: after, knowledge }));
      if (difference !== undefined) await record('agent.changed', after, difference);
      return { agent: after, knowledge };
    },

    async remove(organizationId, agentId) {
      const found = await find(organizationId, agentId);
      if ('code' in found) return found;
      if ((await store.deleteAgent(organizationId, agentId)) === 'not_found') return noSuchAgent;
      await record('agent.deleted', found.agent, { before: factsOf(found), after: null });
      return undefined;
    },
  };
}

/** What the audit log says about an agent: how many answers it has, not their text. */
function factsOf({ agent, knowledge }: AgentWithKnowledge): AuditFacts {
  const { name, description, greeting, suggestions, creditsPerMessage, knowledgeId } = agent;
  const answers = knowledge.entries.length;
  return { name, description, greeting, suggestions, creditsPerMessage, public: agent.public, answers, knowledgeId };
}
