/** Makes an agent ready to answer. */
import type { AgentRecord } from '../records/agent.ts';
import { createFaqAgent } from './faq.ts';
import { createModelAgent } from './model.ts';
import type { OpenKnowledge } from './open-knowledge.ts';
import type { Agent } from './port.ts';
import { UpstreamError } from './upstream-error.ts';
import { createUpstreamFetch, type UpstreamFetch } from './upstream-fetch.ts';
import { findUpstream, type Upstream } from './upstream.ts';

export type OpenAgent = (agent: AgentRecord) => Promise<Agent | undefined>;

interface OpenerParts {
  readonly openKnowledge: OpenKnowledge;
  readonly upstreams: readonly Upstream[];
  readonly upstreamFetch?: UpstreamFetch;
  /** Why the model of an agent could not be reached, when nobody waits for its answer any more. */
  readonly onUnreached?: (agent: AgentRecord, error: unknown) => void;
}

/** Resolves to undefined when the agent's knowledge is gone. */
export function createAgentOpener({
  openKnowledge,
  upstreams,
  upstreamFetch = createUpstreamFetch(),
  onUnreached,
}: OpenerParts): OpenAgent {
  return async (agent) => {
    const search = await openKnowledge(agent);
    if (search === undefined) return undefined;
    const { model } = agent;
    if (model === null) return createFaqAgent(search);
    // The list may have changed since the agent was made.
    const upstream = findUpstream(upstreams, model.upstream, model.name);
    if (upstream === undefined) {
      throw new UpstreamError('unlisted', model.upstream, `${model.name} is not in the list of AGENT_UPSTREAMS`);
    }
    return createModelAgent({
      model,
      upstream,
      search,
      organizationId: agent.organizationId,
      fetch: upstreamFetch,
      onUnreached: onUnreached && ((error) => onUnreached(agent, error)),
    });
  };
}
