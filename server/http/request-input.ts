/**
 * What a request may say to a route that has no part of its own for it: bodies and queries. The routes check by these schemas,
 * and the OpenAPI document is made from them.
 */
import { z } from 'zod';
import { emailAddress } from '../accounts/contact-input.ts';
import { isPageAddress } from '../doctor/page-address.ts';
import { auditSearchFields } from '../audit/find-audit.ts';
import { conversationSearchFields } from '../chat/find-conversations.ts';
import { costMax, idempotencyKeyLengthMax } from '../credits/take.ts';
import { patternsMax, splitPatternList } from '../gate/domain-pattern.ts';
import { keyCursorPattern, keySearchFields } from '../keys/find-keys.ts';
import { activityCursorPattern } from '../records/activity-cursor.ts';
import { isPlainName, plainNameRule } from '../records/plain-name.ts';
import { scopePattern, scopeRule } from '../gate/scope.ts';
import { parseAddress } from '../usage/address.ts';

/** In a query: plain digits. */
function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'Not a whole number.')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
}

export const pageLimitDefault = 50;

export const pageQuery = z.object({
  limit: wholeNumber(1, 100).default(pageLimitDefault).describe('How many at most.'),
  cursor: z
    .string()
    .regex(/^[a-z]{3}_[0-9a-z]{1,40}$/, 'Not a cursor of this list.')
    .optional()
    .describe('The `nextCursor` of the page before.'),
});

export const keysQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(keyCursorPattern, 'Not a cursor of this list.')
    .optional()
    .describe('The `nextCursor` of the page before, with the same words, state and order.'),
  ...keySearchFields,
});

export const daysQuery = z.object({
  days: wholeNumber(1, 90).default(30).describe('How many UTC days back, today included.'),
});

export const usageQuery = daysQuery.extend(keysQuery.shape);

export const usageFileQuery = daysQuery.extend({
  // Named twice it is no key's.
  key: z
    .preprocess((key) => (Array.isArray(key) ? '' : key), z.string())
    .optional()
    .describe('The id of one key; without it all keys.'),
});

export const auditFileQuery = z.object(auditSearchFields);

export const auditQuery = pageQuery.extend(auditSearchFields);

export const conversationsToDelete = z.strictObject({
  ids: z
    .array(z.string().regex(/^cnv_[0-9a-z]{1,40}$/, 'Not an id: cnv_…'))
    .min(1)
    .max(100),
});

export const conversationFileQuery = z.object(conversationSearchFields);

export const conversationsQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(activityCursorPattern, 'Not a cursor of this list.')
    .optional()
    .describe('The `nextCursor` of the page before, with the same filters.'),
  ...conversationSearchFields,
});

export const ratingInput = z.strictObject({
  rating: z
    .union([z.literal(1), z.literal(-1), z.null()], 'Send 1, -1 or null.')
    .describe('1: helpful, -1: not, null: no rating any more.'),
});

export const leftMessageInput = z.strictObject({
  name: z.string().trim().max(100).refine(isPlainName, plainNameRule).optional(),
  email: emailAddress.describe('Where the answer goes.'),
  text: z.string().trim().min(1).max(4_000),
  consent: z
    .literal(true, 'Ask whoever sends it, and send true.')
    .describe('The visitor agreed that name, address, words and conversation are kept.'),
});

/** The same where there is no conversation yet. */
export const firstLeftMessageInput = leftMessageInput.extend({
  messageId: z
    .guid()
    .toLowerCase()
    .optional()
    .describe('A UUID that you make. Sent again under it, the same is kept once, in the same conversation.'),
});

const messagePageLimitMax = 100;

export const messagePageQuery = z.object({
  limit: wholeNumber(1, messagePageLimitMax).default(messagePageLimitMax).describe('How many messages at most.'),
  before: z
    .guid('Not the id of a question in this conversation.')
    .toLowerCase()
    .optional()
    .describe('The `nextBefore` of the page after it.'),
});

export const signOutQuery = z.object({
  everywhere: z.enum(['true', 'false']).optional().describe('`true` ends every session of this person.'),
});

export const messageInput = z.strictObject({
  message: z.string().trim().min(1).max(4_000),
  conversationId: z.string().min(1).max(100).optional().describe('Without it a new conversation begins.'),
  messageId: z
    .guid()
    .toLowerCase()
    .optional()
    .describe('A UUID that you make. The same message sent again under it is answered once and costs nothing more.'),
});

export const previewQuestion = messageInput.pick({ message: true });

/** A page of the web, to be looked at. */
export const pageInput = z.strictObject({
  url: z
    .string()
    .trim()
    .max(2_000)
    .refine(isPageAddress, 'The address of a page, such as https://shop.example.com/, without a password.'),
});

/** What a list of domains would mean. A mistake in it is part of the answer. */
export const domainsInput = z.strictObject({
  allowedDomains: z
    .union([z.string().max(40_000), z.array(z.string().max(1_000))])
    .transform(splitPatternList)
    .refine((entries) => entries.length <= patternsMax, `A key has at most ${patternsMax} allowed domains.`),
});

/** As most languages have a header that isn't there. */
const absentAs = <Output>(schema: z.ZodType<Output>) =>
  schema.nullish().transform((value): Output | undefined => value ?? undefined);

/** However long: what a visitor sent is judged, not refused as the caller's mistake. */
const asSent = absentAs(z.string());

const neededScope = z.string().regex(scopePattern, scopeRule);

export const verifyInput = z
  .strictObject({
    authorization: asSent.describe('The visitor’s whole `Authorization` header, as it came.'),
    credential: asSent.describe('In its place: `pk_…` or `pk_…:sk_…`.'),
    origin: asSent.describe(
      'The visitor’s `Origin` header. For a read with `Sec-Fetch-Site: same-origin`: your API’s own public origin.',
    ),
    ip: absentAs(z.string().refine((text) => parseAddress(text) !== undefined, 'Not one network address.')).describe(
      'The visitor’s address, so that limits for each address count.',
    ),
    scope: absentAs(neededScope).describe('One that the call must have; yours or Postern’s.'),
    cost: absentAs(z.number().int().min(0).max(costMax)).describe('Credits to take in the same call.'),
    idempotencyKey: absentAs(z.string().min(1).max(idempotencyKeyLengthMax)).describe(
      'A call repeated with it within 24 hours takes nothing again.',
    ),
  })
  .refine(({ authorization, credential }) => authorization === undefined || credential === undefined, {
    path: ['credential'],
    message: 'Send either this or authorization.',
  });

/** The statuses that the proxy passes on; any other one becomes 403. */
export const statusesPattern = /^\d{3}(,\d{3}){0,9}$/;

export const authorizeQuery = z.strictObject({
  organization: z
    .string('Say whose keys may pass: organization=org_…')
    .regex(/^org_[0-9a-z]{1,40}$/, 'Not the id of an organization: org_…')
    .describe('Whose keys may pass. Any other key is `key_invalid`.'),
  scope: neededScope.optional().describe('One that the call must have.'),
  cost: wholeNumber(0, costMax)
    .optional()
    .describe('Credits to take from the organization for a call that passes. A preflight costs nothing.'),
  statuses: z
    .string()
    .regex(statusesPattern, 'Not a list of statuses, such as 401,403.')
    .optional()
    .describe('The statuses that the proxy passes on, such as `401,403`. Any other status of a refusal becomes 403.'),
});
