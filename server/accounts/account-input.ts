/** What a person may say about accounts and members, checked strictly: HTTP bodies and the command line share these. */
import { z } from 'zod';
import { isPlainEmail, isPlainName, plainEmailRule, plainNameRule } from '../records/plain-name.ts';
import { retentionDaysMax, retentionDaysMin } from '../records/organization.ts';
import { contactInput, privacyUrl } from './contact-input.ts';
import { roles } from './roles.ts';
import { passwordLengthMax, passwordLengthMin } from './passwords.ts';

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, 'Write an e-mail address such as you@example.com.')
  .refine(isPlainEmail, plainEmailRule);

export const organizationName = z.string().trim().min(1).max(100).refine(isPlainName, plainNameRule);

const newPassword = z
  .string()
  .min(passwordLengthMin, `A password has at least ${passwordLengthMin} characters.`)
  .max(passwordLengthMax);
/** Any text may be tried; it is right or wrong. */
const triedPassword = z.string().min(1).max(1_000);
const token = z.string().min(1).max(200);

export const signInInput = z.strictObject({
  email: z.string().trim().toLowerCase().min(1).max(254),
  password: triedPassword,
});
export const forgottenInput = z.strictObject({ email });
export const passwordInput = z.strictObject({ currentPassword: triedPassword, newPassword });
export const previewInput = z.strictObject({ token });
export const setupInput = z.strictObject({
  token,
  password: newPassword,
  email: email.optional(),
  organizationName: organizationName.optional(),
});
export const inviteInput = z.strictObject({ email, role: z.enum(roles).default('member') });
/** To whom the link is mailed is asked by HTTP alone. */
export const mailedInviteInput = inviteInput.extend({
  mail: z
    .boolean()
    .optional()
    .describe('Mail the link to them too; so it is where this server sends mail, unless `false`.'),
});
export const organizationInput = z.strictObject({ name: organizationName });
export const settingsInput = z
  .strictObject({
    name: organizationName,
    auditReading: z.boolean().describe('Reading and exporting conversations is in the audit log.'),
    retentionDays: z
      .number()
      .min(retentionDaysMin)
      .max(retentionDaysMax)
      .describe('So many days after a conversation was last active it is deleted. `0.04` is an hour, nearly.'),
    contact: contactInput
      .nullable()
      .describe('Where visitors turn to when an agent finds nothing. Replaced as a whole.'),
    privacyUrl: privacyUrl.nullable().describe('The privacy notice, where a page names none of its own.'),
    confirm: z.boolean().describe('Shorten the retention although conversations go at once.'),
  })
  .partial();
export const roleInput = z.strictObject({ role: z.enum(roles) });

export type SetupInput = z.output<typeof setupInput>;
export type SettingsInput = z.output<typeof settingsInput>;
export type InviteInput = z.output<typeof inviteInput>;
