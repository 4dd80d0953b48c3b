/** Reads a FAQ as people keep it: `[{"question","aliases","answer"}]`, or Markdown (`agents/faq-markdown.ts`). */
import { z } from 'zod';
import { isWithoutSecret, noSecretRule } from '../records/secret-text.ts';
import { agentLimits } from './agent-limits.ts';
import { parseFaqMarkdown } from './faq-markdown.ts';
import { repeatedAliases } from './repeated-aliases.ts';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';

const wording = z
  .string()
  .trim()
  .min(1)
  .max(agentLimits.question)
  .refine(isPlainName, plainNameRule)
  .refine(isWithoutSecret, noSecretRule);

const entryFields = z.strictObject({
  question: wording,
  aliases: z
    .array(wording)
    .max(agentLimits.aliases)
    .default([])
    .describe('Other wordings of the question. None says the same as another one, or as a question of the agent.'),
  answer: z
    .string()
    .trim()
    .min(1)
    .max(agentLimits.answer)
    .refine(isPlainText, plainTextRule)
    .refine(isWithoutSecret, noSecretRule),
});

/** What is wrong with a wording that is there already. */
export const aliasIsTaken = 'These words are a question or another wording already, and each leads to one answer.';

export const faqEntry = entryFields.superRefine((entry, context) => {
  for (const { alias } of repeatedAliases([entry]))
    context.addIssue({ code: 'custom', path: ['aliases', alias], message: aliasIsTaken });
});

export const faqEntries = z
  .array(entryFields)
  .max(agentLimits.questions)
  .superRefine((entries, context) => {
    for (const { entry, alias } of repeatedAliases(entries)) {
      context.addIssue({ code: 'custom', path: [entry, 'aliases', alias], message: aliasIsTaken });
    }
  });

/** What an agent without a model must have. */
export const needsAnswers = 'A FAQ needs at least one question with an answer.';

export const faqInput = z.preprocess(
  (input) => (typeof input === 'string' ? parseFaqMarkdown(input, agentLimits.questions + 1) : input),
  faqEntries,
);

/** As a change: an empty list takes all away, a text without a question is a mistake. */
export const changedFaqInput = z.preprocess((input, context) => {
  if (typeof input !== 'string') return input;
  const entries = parseFaqMarkdown(input, agentLimits.questions + 1);
  if (entries.length === 0) context.addIssue(needsAnswers);
  return entries;
}, faqEntries);
