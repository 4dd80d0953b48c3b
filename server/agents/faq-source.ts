/** Reads a FAQ as people keep it: `[{"question","answer"}]`, or Markdown (`agents/faq-markdown.ts`). */
import { z } from 'zod';
import { parseFaqMarkdown } from './faq-markdown.ts';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';

export const faqEntriesMax = 2_000;

export const faqEntries = z
  .array(
    z.strictObject({
      question: z.string().trim().min(1).max(300).refine(isPlainName, plainNameRule),
      answer: z.string().trim().min(1).max(10_000).refine(isPlainText, plainTextRule),
    }),
  )
  .min(1, 'A FAQ needs at least one question with an answer.')
  .max(faqEntriesMax);

export const faqInput = z.preprocess(
  (input) => (typeof input === 'string' ? parseFaqMarkdown(input, faqEntriesMax + 1) : input),
  faqEntries,
);
