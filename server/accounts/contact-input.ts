/** Where visitors turn to, as an owner says it: checked strictly, because every visitor is shown it. */
import { z } from 'zod';
import type { Contact } from '../records/contact.ts';
import { isPlainEmail, isPlainText, plainEmailRule, plainTextRule } from '../records/plain-name.ts';
import { isWithoutSecret, noSecretRule } from '../records/secret-text.ts';
import { contactLimits, isPlausibleEmail, isPhoneNumber, isPublicAddress } from './contact-rules.ts';

/** Of whoever may be written to. */
export const emailAddress = z
  .string()
  .trim()
  .max(contactLimits.email)
  .refine(isPlausibleEmail, 'Write an e-mail address such as help@example.com.')
  .refine(isPlainEmail, plainEmailRule);

const webAddress = (isLocalAllowed: boolean, message: string) =>
  z
    .string()
    .trim()
    .max(contactLimits.url)
    .refine((text) => isPublicAddress(text, isLocalAllowed), message)
    .refine(isWithoutSecret, noSecretRule);

export const contactInput = z
  .strictObject({
    text: z
      .string()
      .trim()
      .min(1)
      .max(contactLimits.text)
      .refine(isPlainText, plainTextRule)
      .refine(isWithoutSecret, noSecretRule)
      .exactOptional()
      .describe('A sentence or a few.'),
    email: emailAddress.refine(isWithoutSecret, noSecretRule).exactOptional(),
    url: webAddress(true, 'Write an address such as https://example.com/contact.')
      .exactOptional()
      .describe('A page: https, or http on localhost.'),
    phone: z
      .string()
      .trim()
      .max(contactLimits.phone)
      .refine(isPhoneNumber, 'Write a telephone number such as +49 30 1234567.')
      .exactOptional(),
    leaveMessage: z.boolean().default(false).describe('The chat offers a form in which visitors leave a message.'),
  })
  .refine(
    ({ leaveMessage, ...ways }) => leaveMessage || Object.keys(ways).length > 0,
    'Give a text, an e-mail address, a page or a telephone number, offer the form, or send null.',
  ) satisfies z.ZodType<Contact>;

export const privacyUrl = webAddress(false, 'Write an address such as https://example.com/privacy.');
