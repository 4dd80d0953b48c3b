/** Reads a FAQ as people keep it: `[{"question","answer"}]`, or Markdown (`agents/faq-markdown.ts`). */
import { z } from 'zod';
import { agentLimits } from './agent-limits.ts';
import { parseFaqMarkdown } from './faq-markdown.ts';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';

export const faqEntries = z
  .array(
    z.strictObject({
      question: z.string().trim().min(1).max(agentLimits.question).refine(isPlainName, plainNameRule),
      answer: z.string().trim().min(1).max(agentLimits.answer).refine(isPlainText, plainTextRule),
    }),
  )
  .min(1, 'A FAQ needs at least one question with an answer.')
  .max(agentLimits.questions);

export const faqInput = z.preprocess(
  (input) => (typeof input === 'string' ? parseFaqMarkdown(input, agentLimits.questions + 1) : input),
  faqEntries,
);
