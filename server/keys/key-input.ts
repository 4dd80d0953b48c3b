/** What a person may say about a key, checked strictly: HTTP bodies and the command line share these schemas. */
import { z } from 'zod';
import { parsePatternList, patternsMax } from '../core/domain-pattern.ts';
import { scopes } from '../core/scope.ts';

const allowedDomains = z.union([z.string().max(40_000), z.array(z.string().max(1_000))]).transform((input, context) => {
  const { patterns, problems, isTooLong } = parsePatternList(input);
  const isList = typeof input !== 'string';
  if (isTooLong) {
    context.addIssue({ code: 'custom', input, message: `A key has at most ${patternsMax} allowed domains.` });
  }
  for (const { index, entry, message, suggestion } of problems) {
    context.addIssue({
      code: 'custom',
      input,
      path: isList ? [index] : [],
      message: `${entry.trim().slice(0, 80)}: ${message}${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`,
    });
  }
  return isTooLong || problems.length > 0 ? z.NEVER : patterns.map((pattern) => pattern.text);
});

/** An ISO 8601 time with its offset → milliseconds since the epoch. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const keyFields = {
  name: z.string().trim().min(1).max(100),
  allowedDomains,
  expiresAt: time.nullable(),
  scopes: z
    .array(z.enum(scopes))
    .max(scopes.length)
    .transform((list) => [...new Set(list)]),
  rateLimit: z
    .strictObject({
      requests: z.number().int().min(1).max(1_000_000),
      windowSeconds: z.number().int().min(1).max(86_400),
    })
    .nullable(),
  refuseSecretInBrowser: z.boolean(),
};

export const keyInput = z.strictObject({
  name: keyFields.name,
  allowedDomains: keyFields.allowedDomains.optional(),
  expiresAt: keyFields.expiresAt.optional(),
  scopes: keyFields.scopes.optional(),
  rateLimit: keyFields.rateLimit.optional(),
  refuseSecretInBrowser: keyFields.refuseSecretInBrowser.optional(),
});

export const keyPatch = z.strictObject({
  name: keyFields.name.optional(),
  allowedDomains: keyFields.allowedDomains.optional(),
  enabled: z.boolean().optional(),
  expiresAt: keyFields.expiresAt.optional(),
  scopes: keyFields.scopes.optional(),
  rateLimit: keyFields.rateLimit.optional(),
  refuseSecretInBrowser: keyFields.refuseSecretInBrowser.optional(),
  learningUntil: time.nullable().optional(),
  confirm: z.boolean().optional(),
});

export const graceSecondsMax = 2_592_000;
export const graceSecondsDefault = 86_400;

export const rotateInput = z.strictObject({
  graceSeconds: z.number().int().min(0).max(graceSecondsMax).default(graceSecondsDefault),
});

export type KeyInput = z.output<typeof keyInput>;
export type KeyPatch = z.output<typeof keyPatch>;
