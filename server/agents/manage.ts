/** Makes, changes and deletes agents for one actor, and writes each change down. */
import { createAudit, differing } from '../audit/audit.ts';
import { changedFields } from '../audit/changed-fields.ts';
import type { Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { AgentChange, AgentRecord } from '../records/agent.ts';
import type { AuditAction, AuditFacts } from '../records/audit-event.ts';
import { createId } from '../records/id.ts';
import type { KeptAgent } from '../records/record-kinds.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { makeAgent, type AgentInput, type AgentPatch } from './agent-input.ts';

/** A refusal that may carry the agent that somebody else changed meanwhile. */
interface AgentRefusal extends Refusal {
  readonly current?: KeptAgent;
}

export interface AgentManager {
  create(organizationId: string, input: AgentInput): Promise<KeptAgent | Refusal>;
  list(organizationId: string, page: PageRequest): Promise<Page<AgentRecord>>;
  find(organizationId: string, agentId: string): Promise<KeptAgent | Refusal>;
  /** A change that names a `revision` is made only while the agent is at it. */
  edit(organizationId: string, agentId: string, patch: AgentPatch): Promise<KeptAgent | AgentRefusal>;
  remove(organizationId: string, agentId: string): Promise<Refusal | undefined>;
}

const noSuchAgent = refuse('not_found', { detail: 'This organization has no such agent.' });

const changedMeanwhile = refuse('conflict', {
  detail: 'Somebody else changed this agent meanwhile.',
  fix: 'Look at "current", and send the change again with its revision if it is still what you want.',
});

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

  async function find(organizationId: string, agentId: string): Promise<KeptAgent | Refusal> {
    return (await store.findKeptAgent(organizationId, agentId)) ?? noSuchAgent;
  }

  return {
    find,
    list: (organizationId, page) => store.listAgents(organizationId, page),

    async create(organizationId, input) {
      if ((await store.findOrganization(organizationId)) === undefined) {
        return refuse('not_found', { detail: 'There is no such organization.' });
      }
      const made = makeAgent(organizationId, input, clock());
      await store.createAgent(made.agent, made.knowledge);
      await record('agent.created', made.agent, { before: null, after: factsOf(made) });
      return made;
    },

    async edit(organizationId, agentId, { faq, revision, ...patch }) {
      for (;;) {
        const found = await store.findKeptAgent(organizationId, agentId);
        if (found === undefined) return noSuchAgent;
        if (revision !== undefined && revision !== found.agent.revision) return { ...changedMeanwhile, current: found };
        const { entries: taught } = changedFields(found.knowledge, { entries: faq });
        const knowledge = taught && { entries: taught };
        const change: AgentChange = {
          ...changedFields<AgentRecord>(found.agent, patch),
          // Another id with other knowledge, so that no process answers from what it built before.
          ...(knowledge && { knowledgeId: createId('knw', clock()) }),
        };
        if (Object.keys(change).length === 0) return found;
        const asFound = { revision: found.agent.revision };
        const changed = await store.changeAgent(organizationId, agentId, change, knowledge, asFound);
        if (changed === 'not_found') return noSuchAgent;
        if (changed === 'conflict') continue;
        const made = { agent: changed.after, knowledge: knowledge ?? found.knowledge };
        const difference = differing(factsOf(found), factsOf(made));
        if (difference !== undefined) await record('agent.changed', made.agent, difference);
        return made;
      }
    },

    async remove(organizationId, agentId) {
      const found = await find(organizationId, agentId);
      if (isRefusal(found)) return found;
      if ((await store.deleteAgent(organizationId, agentId)) === 'not_found') return noSuchAgent;
      await record('agent.deleted', found.agent, { before: factsOf(found), after: null });
      return undefined;
    },
  };
}

/** What the audit log says about an agent: how many answers it has, not their text. */
function factsOf({ agent, knowledge }: KeptAgent): AuditFacts {
  const { name, description, greeting, suggestions, creditsPerMessage, knowledgeId, disclosure, disclosureText } =
    agent;
  return {
    name,
    description,
    greeting,
    suggestions,
    creditsPerMessage,
    public: agent.public,
    disclosure,
    disclosureText,
    answers: knowledge.entries.length,
    knowledgeId,
  };
}
