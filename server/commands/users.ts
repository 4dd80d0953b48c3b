import { email, inviteInput } from '../accounts/account-input.ts';
import { createMemberManager } from '../accounts/members.ts';
import { createPasswords } from '../accounts/passwords.ts';
import { createSetupLinks, setupUrl } from '../accounts/setup-links.ts';
import { createSignInLimiter } from '../accounts/sign-in-limiter.ts';
import { commandLine } from '../audit/audit.ts';
import { systemClock } from '../core/clock.ts';
import type { Store } from '../store/port.ts';
import { z } from 'zod';
import { allowed, check, RefusedError, required, text, type Command } from './command.ts';

export const userCommands: Readonly<Record<string, Command>> = {
  'user invite': {
    options: { org: text, email: text, role: text },
    positionals: [],
    async run({ store, values, publicOrigin }) {
      const organizationId = required(values, 'org');
      const input = check(inviteInput, { email: required(values, 'email'), role: values.role });
      if ((await store.findOrganization(organizationId)) === undefined) {
        throw new RefusedError('There is no such organization.');
      }
      const members = createMemberManager({ store, clock: systemClock, links: createLinks(store), actor: commandLine });
      const { token } = allowed(await members.invite(organizationId, input));
      const url = setupUrl(publicOrigin, token);
      return { json: { url }, text: `${input.email} may join as ${input.role}, once and within 7 days:\n\n  ${url}` };
    },
  },

  'user reset': {
    options: { email: text },
    positionals: [],
    async run({ store, values, publicOrigin }) {
      const input = check(z.strictObject({ email }), { email: required(values, 'email') });
      const { token } = allowed(await createLinks(store).makeReset(input.email));
      const url = setupUrl(publicOrigin, token);
      return { json: { url }, text: `${input.email} may set a new password, once and within a day:\n\n  ${url}` };
    },
  },
};

function createLinks(store: Store) {
  return createSetupLinks({
    store,
    clock: systemClock,
    passwords: createPasswords(),
    limiter: createSignInLimiter(),
  });
}
