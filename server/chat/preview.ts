/**
 * A member tries what an agent answers: one question by itself, without a key, a credit or a conversation. A language model
 * costs whoever runs the server all the same, so an organization has so many of these answers a day.
 */
import type { Agent, TokenUse } from '../agents/port.ts';
import type { Clock } from '../gate/clock.ts';
import { refuseBeyond } from '../gate/limit-refusal.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { AgentRecord } from '../records/agent.ts';
import { createId } from '../records/id.ts';
import type { ReplyFindings } from '../records/turn.ts';
import { StoreUnavailableError } from '../store/port.ts';
import type { Counters } from '../usage/counters.ts';
import type { Answer } from './converse.ts';
import { limitAnswer } from './limit-answer.ts';

const answersMax = { name: 'preview', requests: 200, windowSeconds: 86_400 };

interface PreviewParts {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly openAgent: (agent: AgentRecord) => Promise<Agent | undefined>;
  readonly onAgentError: (agent: AgentRecord, error: unknown) => void;
}

/** `signal`: aborted when the reader leaves. */
export type Preview = (agent: AgentRecord, message: string, signal: AbortSignal) => Promise<Answer | Refusal>;

export function createPreview({ counters, clock, openAgent, onAgentError }: PreviewParts): Preview {
  const answers = counters(answersMax.name, answersMax);

  return async (agent, message, signal) => {
    const { isExceeded, msUntilReset } = await answers.count(agent.organizationId);
    if (isExceeded) return tooMany(msUntilReset);
    let text = '';
    let use: TokenUse | undefined;
    const told: { isGenerated?: true; findings?: ReplyFindings } = {};
    const limit = limitAnswer(signal);
    try {
      const opened = await openAgent(agent);
      const pieces = opened?.answer([{ role: 'user', text: message }], limit.signal, {
        onAsked: () => void (told.isGenerated = true),
        onFound: (findings) => void (told.findings = findings),
      });
      for await (const piece of pieces ?? []) {
        if (typeof piece === 'string') text += piece;
        else use = piece;
      }
      if (text === '') throw new Error('The agent gave an empty answer.');
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      if (!signal.aborted) onAgentError(agent, error);
      return agentFailed;
    } finally {
      limit.end();
    }
    const nowMs = clock();
    const reply = { id: createId('msg', nowMs), text, createdAt: nowMs, ...told };
    return {
      conversationId: createId('cnv', nowMs),
      messageId: crypto.randomUUID(),
      reply,
      use,
      credits: { spent: 0, remaining: 0 },
    };
  };
}

const agentFailed = refuse('agent_failed', { fix: 'Ask again; nothing was charged.' });

function tooMany(msUntilReset: number): Refusal {
  return refuseBeyond(answersMax, msUntilReset, {
    detail: `An organization’s agents give at most ${answersMax.requests} answers a day in previews.`,
    fix: (seconds) => `Wait ${seconds} seconds, or ask on a page with a key.`,
  });
}
