/** Reads a FAQ as people keep it: `[{"question","answer"}]`, or Markdown (`agents/faq-markdown.ts`). */
import { z } from 'zod';
import { isWithoutSecret, noSecretRule } from '../records/secret-text.ts';
import { agentLimits } from './agent-limits.ts';
import { parseFaqMarkdown } from './faq-markdown.ts';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';

export const faqEntries = z
  .array(
    z.strictObject({
      question: z
        .string()
        .trim()
        .min(1)
        .max(agentLimits.question)
        .refine(isPlainName, plainNameRule)
        .refine(isWithoutSecret, noSecretRule),
      answer: z
        .string()
        .trim()
        .min(1)
        .max(agentLimits.answer)
        .refine(isPlainText, plainTextRule)
        .refine(isWithoutSecret, noSecretRule),
    }),
  )
  .max(agentLimits.questions);

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
