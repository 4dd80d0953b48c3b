/** What a person may say about accounts and members, checked strictly: HTTP bodies and the command line share these. */
import { z } from 'zod';
import { isPlainEmail, isPlainName, plainEmailRule, plainNameRule } from '../records/plain-name.ts';
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
export const passwordInput = z.strictObject({ currentPassword: triedPassword, newPassword });
export const previewInput = z.strictObject({ token });
export const setupInput = z.strictObject({
  token,
  password: newPassword,
  email: email.optional(),
  organizationName: organizationName.optional(),
});
export const inviteInput = z.strictObject({ email, role: z.enum(roles).default('member') });
export const organizationInput = z.strictObject({ name: organizationName });
export const roleInput = z.strictObject({ role: z.enum(roles) });

export type SetupInput = z.output<typeof setupInput>;
export type InviteInput = z.output<typeof inviteInput>;
