/** What a person may say about an agent, checked strictly, and the record made from it. */
import { z } from 'zod';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';
import { isWithoutSecret, noSecretRule } from '../records/secret-text.ts';
import type { AgentKnowledge, AgentRecord, FaqEntry } from '../records/agent.ts';
import { createId } from '../records/id.ts';
import { agentLimits } from './agent-limits.ts';
import { changedFaqInput, faqInput, needsAnswers } from './faq-source.ts';

const agentFields = {
  name: z.string().trim().min(1).max(agentLimits.name).refine(isPlainName, plainNameRule),
  description: z
    .string()
    .trim()
    .max(agentLimits.description)
    .refine(isPlainText, plainTextRule)
    .refine(isWithoutSecret, noSecretRule),
  greeting: z
    .string()
    .trim()
    .max(agentLimits.greeting)
    .refine(isPlainText, plainTextRule)
    .refine(isWithoutSecret, noSecretRule),
  suggestions: z
    .array(
      z
        .string()
        .trim()
        .min(1)
        .max(agentLimits.suggestion)
        .refine(isPlainName, plainNameRule)
        .refine(isWithoutSecret, noSecretRule),
    )
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
    .refine(isWithoutSecret, noSecretRule)
    .nullable(),
  synonyms: z
    .array(
      z
        .array(
          z
            .string()
            .trim()
            .min(1)
            .max(agentLimits.synonym)
            .refine(isPlainName, plainNameRule)
            .refine(isWithoutSecret, noSecretRule),
        )
        .min(2)
        .max(agentLimits.synonyms),
    )
    .max(agentLimits.synonymGroups)
    .describe('Groups of words, or of a few words each, that mean the same here.'),
  faq: faqInput,
};

const modelFields = {
  upstream: z.string().trim().min(1).max(agentLimits.upstream).describe('One of `…/upstreams`.'),
  name: z.string().trim().min(1).max(agentLimits.modelName).refine(isPlainName, plainNameRule),
  instructions: z
    .string()
    .trim()
    .max(agentLimits.instructions)
    .refine(isPlainText, plainTextRule)
    .refine(isWithoutSecret, noSecretRule),
  outputTokensMax: z
    .number()
    .int()
    .min(1)
    .max(agentLimits.outputTokens)
    .describe('Of one answer, which also ends after 90 seconds.'),
  creditsPer1000Tokens: z
    .number()
    .min(0.001)
    .max(agentLimits.creditsPer1000Tokens)
    .refine((price) => Number.isInteger(Number((price * 1_000).toFixed(6))), 'At most three decimals.')
    .nullable()
    .describe('Null: a message costs its whole `creditsPerMessage`.'),
  answersOnlyFromKnowledge: z.boolean(),
  allowCallerInstructions: z
    .boolean()
    .describe('A call with the pair may add instructions, as `system` or `developer`.'),
};

export const modelInput = z.strictObject({
  upstream: modelFields.upstream,
  name: modelFields.name,
  instructions: modelFields.instructions.default(''),
  outputTokensMax: modelFields.outputTokensMax.default(agentLimits.usualOutputTokens),
  creditsPer1000Tokens: modelFields.creditsPer1000Tokens.default(null),
  answersOnlyFromKnowledge: modelFields.answersOnlyFromKnowledge.default(false),
  allowCallerInstructions: modelFields.allowCallerInstructions.default(false),
});

export const agentInput = z
  .strictObject({
    name: agentFields.name,
    description: agentFields.description.default(''),
    greeting: agentFields.greeting.default(''),
    suggestions: agentFields.suggestions.default([]),
    creditsPerMessage: agentFields.creditsPerMessage.default(1),
    public: agentFields.public.default(false),
    disclosure: agentFields.disclosure.default(true),
    disclosureText: agentFields.disclosureText.default(null),
    synonyms: agentFields.synonyms.default([]),
    faq: agentFields.faq.default([]).describe('At least one entry, unless there is a model.'),
    model: modelInput.nullable().default(null),
  })
  .refine(({ faq, model }) => model !== null || !Array.isArray(faq) || faq.length > 0, {
    path: ['faq'],
    error: needsAnswers,
    // Also beside other problems.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

export const agentPatch = z
  .strictObject({
    ...agentFields,
    faq: changedFaqInput,
    model: z
      .strictObject(modelFields)
      .partial()
      .nullable()
      .describe('The members that change; null: no model any more.'),
    revision: z.number().int().min(0),
  })
  .partial();

export type AgentInput = z.output<typeof agentInput>;
export type AgentPatch = Omit<z.output<typeof agentPatch>, 'faq'> & { readonly faq?: readonly FaqEntry[] | undefined };

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
      kind: fields.model === null ? 'faq' : 'model',
      ...fields,
      knowledgeId: createId('knw', nowMs),
      createdAt: nowMs,
      revision: 1,
    },
    knowledge: { entries: faq },
  };
}
