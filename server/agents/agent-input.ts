/** What a person may say about an agent, checked strictly, and the record made from it. */
import { z } from 'zod';
import { createId, type AgentKnowledge, type AgentRecord } from '../core/records.ts';
import { faqEntries } from './faq-source.ts';

export const agentInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  description: z.string().trim().max(500).default(''),
  greeting: z.string().trim().max(500).default(''),
  suggestions: z.array(z.string().trim().min(1).max(100)).max(6).default([]),
  creditsPerMessage: z.number().int().min(0).max(1_000).default(1),
  public: z.boolean().default(false),
  faq: faqEntries,
});

export type AgentInput = z.output<typeof agentInput>;

export function makeAgent(
  organizationId: string,
  { faq, ...fields }: AgentInput,
  nowMs: number,
): { readonly agent: AgentRecord; readonly knowledge: AgentKnowledge } {
  const id = createId('agt', nowMs);
  return {
    agent: { id, organizationId, kind: 'faq', ...fields, knowledgeId: createId('knw', nowMs), createdAt: nowMs },
    knowledge: { entries: faq },
  };
}
