/** What a person may say about a key, checked strictly: HTTP bodies and the command line share these schemas. */
import { z } from 'zod';
import { isPattern, parseDomainPattern, parsePatternList, patternsMax } from '../gate/domain-pattern.ts';
import { isPlainName, isPlainText, plainNameRule, plainTextRule } from '../records/plain-name.ts';
import { isWithoutSecret } from '../records/secret-text.ts';
import { isPublishable, scopePattern, scopeRule, scopesMax } from '../gate/scope.ts';
import { metadataInput } from './metadata-input.ts';
import { tagsInput } from './tags.ts';

function parseDomains(input: string | string[], context: z.RefinementCtx): string[] {
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
}

const domainList = z.array(z.string().max(1_000));
const allowedDomains = z.union([z.string().max(40_000), domainList]).transform(parseDomains);

/** An ISO 8601 time with its offset → milliseconds since the epoch. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const label = z.string().trim().min(1).max(100).refine(isPlainName, plainNameRule);

/** An end that is left out keeps the one that the domain has; so does a label. */
interface AddedDomain {
  readonly pattern: string;
  readonly label?: string | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

/** Domains that are added, each by itself or with what is to be noted about it. */
const addedDomains = z
  .array(
    z.union([
      z.string().max(1_000),
      z.strictObject({
        pattern: z.string().max(1_000),
        label: label.nullable().optional().describe('What people call it: a customer, a pull request.'),
        expiresAt: time.nullable().optional().describe('It admits nobody from then on.'),
      }),
    ]),
  )
  .transform((entries, context): AddedDomain[] => {
    const texts = parseDomains(
      entries.map((entry) => (typeof entry === 'string' ? entry : entry.pattern)),
      context,
    );
    if (texts === z.NEVER) return z.NEVER;
    const added = entries.map((entry) => {
      const { pattern, ...notes } = typeof entry === 'string' ? { pattern: entry } : entry;
      const parsed = parseDomainPattern(pattern);
      return { ...notes, pattern: isPattern(parsed) ? parsed.text : pattern };
    });
    return [...new Map(added.map((entry) => [entry.pattern, entry])).values()];
  });

/** What is to be taken out may be an entry that no longer parses: then it is meant as it stands. */
const removedDomains = domainList.max(patternsMax).transform((entries) =>
  entries.map((entry) => {
    const pattern = parseDomainPattern(entry);
    return isPattern(pattern) ? pattern.text : entry.trim();
  }),
);

const revision = z.number().int().min(0);

const scope = z.string().regex(scopePattern, scopeRule);

const withoutRepetitions = <Item>(list: readonly Item[]): Item[] => [...new Set(list)];

/** Goes into a header of whoever asks about a key, where "-" means none. */
const externalId = z
  .string()
  .regex(/^(?!-$)[!-~]{1,200}$/, 'Write 1 to 200 visible ASCII characters without spaces, and not just "-".');

const budget = z
  .strictObject({
    credits: z.number().int().min(1).max(1_000_000_000),
    per: z.enum(['hour', 'day', 'month']),
  })
  .nullable();

/** Several lines, for people of the organization. */
const notes = z
  .string()
  .trim()
  .max(2_000)
  .refine(isPlainText, plainTextRule)
  .refine(isWithoutSecret, 'This has a secret key in it. Everybody in the organization reads notes: leave it out.');

const keyFields = {
  name: z.string().trim().min(1).max(100).refine(isPlainName, plainNameRule),
  notes,
  tags: tagsInput,
  allowedDomains,
  expiresAt: time.nullable(),
  scopes: z.array(scope).max(scopesMax).transform(withoutRepetitions),
  publishableScopes: z
    .array(
      scope.refine(
        isPublishable,
        'Only scopes of your own: a publishable call has those of the chat anyway, and no other of Postern’s.',
      ),
    )
    .max(scopesMax)
    .transform(withoutRepetitions),
  externalId: externalId.nullable(),
  metadata: metadataInput,
  rateLimit: z
    .strictObject({
      requests: z.number().int().min(1).max(1_000_000),
      windowSeconds: z.number().int().min(1).max(86_400),
    })
    .nullable(),
  budget,
  visitorBudget: budget,
  refuseSecretInBrowser: z.boolean(),
};

export const keyInput = z.strictObject({
  name: keyFields.name,
  notes: keyFields.notes.optional(),
  tags: keyFields.tags.optional(),
  allowedDomains: keyFields.allowedDomains.optional(),
  addDomains: addedDomains.optional(),
  expiresAt: keyFields.expiresAt.optional(),
  scopes: keyFields.scopes.optional(),
  publishableScopes: keyFields.publishableScopes.optional(),
  externalId: keyFields.externalId.optional(),
  metadata: keyFields.metadata.optional(),
  rateLimit: keyFields.rateLimit.optional(),
  budget: keyFields.budget.optional(),
  visitorBudget: keyFields.visitorBudget.optional(),
  refuseSecretInBrowser: keyFields.refuseSecretInBrowser.optional(),
});

const keyPatchFields = z.strictObject({
  name: keyFields.name.optional(),
  notes: keyFields.notes.optional(),
  tags: keyFields.tags.optional(),
  allowedDomains: keyFields.allowedDomains.optional(),
  addDomains: addedDomains.optional(),
  removeDomains: removedDomains.optional(),
  enabled: z.boolean().optional(),
  expiresAt: keyFields.expiresAt.optional(),
  scopes: keyFields.scopes.optional(),
  publishableScopes: keyFields.publishableScopes.optional(),
  externalId: keyFields.externalId.optional(),
  metadata: keyFields.metadata.optional(),
  rateLimit: keyFields.rateLimit.optional(),
  budget: keyFields.budget.optional(),
  visitorBudget: keyFields.visitorBudget.optional(),
  refuseSecretInBrowser: keyFields.refuseSecretInBrowser.optional(),
  learningUntil: time.nullable().optional(),
  confirm: z.boolean().optional(),
  revision: revision.optional(),
});

/**
 * `addDomains` and `removeDomains` change the list as it is then; `allowedDomains` takes its place, and `addDomains` then only
 * says what is to be noted about some of it.
 */
export const keyPatch = keyPatchFields.superRefine(({ allowedDomains: whole, addDomains, removeDomains }, context) => {
  const report = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message, input: undefined });
  const isAdded = addDomains?.some(({ pattern }) => whole?.includes(pattern) === false) ?? false;
  if (whole !== undefined && (isAdded || removeDomains !== undefined))
    report('allowedDomains', 'Send either the whole list, or what is added and removed.');
  const both = addDomains?.map(({ pattern }) => pattern).filter((domain) => removeDomains?.includes(domain)) ?? [];
  if (both.length > 0) report('removeDomains', `Both added and removed: ${both.join(', ')}.`);
});

const graceSecondsMax = 2_592_000;
const graceSecondsDefault = 86_400;

export const rotateInput = z.strictObject({
  graceSeconds: z.number().int().min(0).max(graceSecondsMax).default(graceSecondsDefault),
});

export type KeyInput = z.output<typeof keyInput>;
export type KeyPatch = z.output<typeof keyPatch>;
