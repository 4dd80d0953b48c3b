/**
 * What went wrong with the models of agents in the last hour, counted, for the agent's page. In memory, of this process, bounded; the
 * texts are in the log.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../gate/clock.ts';
import { UpstreamError, type UpstreamTrouble } from './upstream-error.ts';

const windowMs = 3_600_000;
const agentsMax = 1_000;
const kindsMax = 8;
/** Of one kind; of more the oldest are forgotten. A time is 8 bytes, so all there may be are some 7 MB. */
const countMax = 100;

export interface AgentTrouble {
  /** `failed`: another reason, such as an answer that took too long. */
  readonly trouble: UpstreamTrouble | 'failed';
  /** What the upstream answered; null: nothing, or it was not that. */
  readonly status: number | null;
  /** In the last hour; 100 stands for more, too. */
  readonly count: number;
  readonly lastAt: number;
}

export interface Troubles {
  record(agentId: string, error: unknown): void;
  /** The newest first. */
  list(agentId: string): readonly AgentTrouble[];
}

interface Kind extends Pick<AgentTrouble, 'trouble' | 'status'> {
  /** Oldest first. */
  readonly times: readonly number[];
}

export function createTroubles(clock: Clock): Troubles {
  const agents = new LRUCache<string, readonly Kind[]>({ max: agentsMax });

  /** The kind that came last comes first. */
  function recent(agentId: string): readonly Kind[] {
    const since = clock() - windowMs;
    return (agents.get(agentId) ?? [])
      .map((kind) => ({ ...kind, times: kind.times.filter((at) => at > since) }))
      .filter(({ times }) => times.length > 0);
  }

  return {
    record(agentId, error) {
      const { trouble, status = null } = error instanceof UpstreamError ? error : { trouble: 'failed' as const };
      const isSame = (kind: Kind): boolean => kind.trouble === trouble && kind.status === status;
      const kinds = recent(agentId);
      const times = [...(kinds.find(isSame)?.times ?? []), clock()].slice(-countMax);
      agents.set(agentId, [{ trouble, status, times }, ...kinds.filter((kind) => !isSame(kind))].slice(0, kindsMax));
    },
    list: (agentId) =>
      recent(agentId).map(({ trouble, status, times }) => ({
        trouble,
        status,
        count: times.length,
        lastAt: times.at(-1) ?? 0,
      })),
  };
}
