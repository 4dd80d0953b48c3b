/** What a person may say about an agent, checked strictly, and the record made from it. */
import { z } from 'zod';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';
import type { AgentKnowledge, AgentRecord } from '../records/agent.ts';
import { createId } from '../records/id.ts';
import { agentLimits } from './agent-limits.ts';
import { faqInput } from './faq-source.ts';

const agentFields = {
  name: z.string().trim().min(1).max(agentLimits.name).refine(isPlainName, plainNameRule),
  description: z.string().trim().max(agentLimits.description).refine(isPlainText, plainTextRule),
  greeting: z.string().trim().max(agentLimits.greeting).refine(isPlainText, plainTextRule),
  suggestions: z
    .array(z.string().trim().min(1).max(agentLimits.suggestion).refine(isPlainName, plainNameRule))
    .max(agentLimits.suggestions),
  creditsPerMessage: z.number().int().min(0).max(agentLimits.price),
  public: z.boolean(),
  disclosure: z.boolean(),
  disclosureText: z
    .string()
    .trim()
    .min(1)
    .max(agentLimits.disclosureText)
    .refine(isPlainName, plainNameRule)
    .nullable(),
  faq: faqInput,
};

export const agentInput = z.strictObject({
  name: agentFields.name,
  description: agentFields.description.default(''),
  greeting: agentFields.greeting.default(''),
  suggestions: agentFields.suggestions.default([]),
  creditsPerMessage: agentFields.creditsPerMessage.default(1),
  public: agentFields.public.default(false),
  disclosure: agentFields.disclosure.default(true),
  disclosureText: agentFields.disclosureText.default(null),
  faq: agentFields.faq,
});

export const agentPatch = z.strictObject({ ...agentFields, revision: z.number().int().min(0) }).partial();

export type AgentInput = z.output<typeof agentInput>;
export type AgentPatch = z.output<typeof agentPatch>;

export function makeAgent(
  organizationId: string,
  { faq, ...fields }: AgentInput,
  nowMs: number,
): { readonly agent: AgentRecord; readonly knowledge: AgentKnowledge } {
  const id = createId('agt', nowMs);
  return {
    agent: {
      id,
      organizationId,
      kind: 'faq',
      ...fields,
      knowledgeId: createId('knw', nowMs),
      createdAt: nowMs,
      revision: 1,
    },
    knowledge: { entries: faq },
  };
}
