/** Makes, changes and deletes agents for one actor, and writes each change down. */
import { createHash } from 'node:crypto';
import { createAudit, differing } from '../audit/audit.ts';
import { changedFields } from '../audit/changed-fields.ts';
import type { Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { AgentChange, AgentModel, AgentRecord, FaqEntry } from '../records/agent.ts';
import type { AuditAction, AuditFacts } from '../records/audit-event.ts';
import { createId } from '../records/id.ts';
import type { KeptAgent } from '../records/record-kinds.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { agentLimits } from './agent-limits.ts';
import { makeAgent, type AgentInput, type AgentPatch } from './agent-input.ts';
import { aliasIsTaken, needsAnswers } from './faq-source.ts';
import { patchModel, refuseUnlisted } from './patch-model.ts';
import { repeatedAliases } from './repeated-aliases.ts';
import type { Upstream } from './upstream.ts';

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
  /** Adds one answer to what the agent knows. */
  teach(organizationId: string, agentId: string, entry: FaqEntry): Promise<KeptAgent | Refusal>;
  remove(organizationId: string, agentId: string): Promise<Refusal | undefined>;
}

const noSuchAgent = refuse('not_found', { detail: 'This organization has no such agent.' });

const withoutAnswers = refuse('request_invalid', { problems: [{ path: 'faq', message: needsAnswers }] });

const isFull = refuse('request_invalid', {
  problems: [{ path: 'question', message: `An agent has at most ${agentLimits.questions} questions.` }],
});

const isTooLong = refuse('request_invalid', {
  problems: [
    {
      path: 'faq',
      message: `The texts of all questions and answers have at most ${agentLimits.knowledgeBytes} bytes.`,
    },
  ],
});

function isWithinLimit(entries: readonly FaqEntry[]): boolean {
  const texts = entries.flatMap(({ question, aliases, answer }) => [question, ...aliases, answer]);
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) <= agentLimits.knowledgeBytes;
}

const changedMeanwhile = refuse('conflict', {
  detail: 'Somebody else changed this agent meanwhile.',
  fix: 'Look at "current", and send the change again with its revision if it is still what you want.',
});

export function createAgentManager(parts: {
  readonly store: Store;
  readonly clock: Clock;
  /** Whose changes these are. */
  readonly actor: Actor;
  /** What a model agent may name. */
  readonly upstreams: readonly Upstream[];
}): AgentManager {
  const { store, clock, actor, upstreams } = parts;
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

  const manager: AgentManager = {
    find,
    list: (organizationId, page) => store.listAgents(organizationId, page),

    async create(organizationId, input) {
      if ((await store.findOrganization(organizationId)) === undefined) {
        return refuse('not_found', { detail: 'There is no such organization.' });
      }
      const unlisted = input.model && refuseUnlisted(input.model, upstreams);
      if (unlisted) return unlisted;
      if (!isWithinLimit(input.faq)) return isTooLong;
      const made = makeAgent(organizationId, input, clock());
      await store.createAgent(made.agent, made.knowledge);
      await record('agent.created', made.agent, { before: null, after: factsOf(made) });
      return made;
    },

    async edit(organizationId, agentId, { faq, revision, model: modelPatch, ...patch }) {
      for (;;) {
        const found = await store.findKeptAgent(organizationId, agentId);
        if (found === undefined) return noSuchAgent;
        if (revision !== undefined && revision !== found.agent.revision) return { ...changedMeanwhile, current: found };
        const patched = patchModel(found.agent.model, modelPatch, upstreams);
        if (isRefusal(patched)) return patched;
        const { model } = patched;
        if (model === null && (faq ?? found.knowledge.entries).length === 0) return withoutAnswers;
        const { entries: taught } = changedFields(found.knowledge, { entries: faq });
        if (taught !== undefined && !isWithinLimit(taught)) return isTooLong;
        const knowledge = taught && { entries: taught };
        const fields = { ...patch, kind: model === null ? 'faq' : 'model', model } as const;
        const changed = changedFields<AgentRecord>(found.agent, fields);
        const change: AgentChange = {
          ...changed,
          // Another id with other knowledge, so that no process answers from what it built before.
          ...((knowledge ?? changed.synonyms) && { knowledgeId: createId('knw', clock()) }),
        };
        if (Object.keys(change).length === 0) return found;
        const asFound = { revision: found.agent.revision };
        const written = await store.changeAgent(organizationId, agentId, change, knowledge, asFound);
        if (written === 'not_found') return noSuchAgent;
        if (written === 'conflict') continue;
        const made = { agent: written.after, knowledge: knowledge ?? found.knowledge };
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

    async teach(organizationId, agentId, entry) {
      for (;;) {
        const found = await find(organizationId, agentId);
        if (isRefusal(found)) return found;
        const { entries } = found.knowledge;
        if (entries.length >= agentLimits.questions) return isFull;
        const faq = [...entries, entry];
        const [repeated] = repeatedAliases(faq);
        if (repeated !== undefined) {
          const path = repeated.entry === entries.length ? `aliases.${repeated.alias}` : 'question';
          return refuse('request_invalid', { problems: [{ path, message: aliasIsTaken }] });
        }
        const patch = { faq, revision: found.agent.revision };
        const changed = await manager.edit(organizationId, agentId, patch);
        // Somebody else changed it meanwhile: their change stays.
        if (isRefusal(changed) && changed.current !== undefined) continue;
        return changed;
      }
    },
  };
  return manager;
}

/** What the audit log says about an agent: how many answers it has, not their text. */
function factsOf({ agent, knowledge }: KeptAgent): AuditFacts {
  const { kind, name, description, greeting, suggestions, creditsPerMessage, knowledgeId } = agent;
  const { disclosure, disclosureText, synonyms } = agent;
  const answers = knowledge.entries.length;
  const facts = { kind, name, description, greeting, suggestions, creditsPerMessage, public: agent.public };
  const spoken = { disclosure, disclosureText, synonyms: synonyms.map((words) => words.join(', ')) };
  return { ...facts, ...spoken, ...modelFactsOf(agent.model), answers, knowledgeId };
}

const instructionsShown = 500;

/** Long instructions are shown in part, so their digest says that they changed. */
function modelFactsOf(model: AgentModel | null): AuditFacts {
  if (model === null) return { model: null };
  const { upstream, name, instructions, outputTokensMax, creditsPer1000Tokens, answersOnlyFromKnowledge } = model;
  const { allowCallerInstructions } = model;
  const isLong = instructions.length > instructionsShown;
  return {
    model: `${upstream}/${name}`,
    instructions: isLong
      ? `${instructions.slice(0, instructionsShown).replace(/[\uD800-\uDBFF]$/, '')}…`
      : instructions,
    instructionsDigest: createHash('sha256').update(instructions).digest('hex').slice(0, 16),
    outputTokensMax,
    creditsPer1000Tokens,
    answersOnlyFromKnowledge,
    allowCallerInstructions,
  };
}
