import { systemClock } from '../core/clock.ts';
import { isPlainName, plainNameRule } from '../core/plain-name.ts';
import { createId } from '../core/records.ts';
import { required, text, UsageError, wholeNumber, type Command } from './command.ts';

export const organizationCommands: Readonly<Record<string, Command>> = {
  'org create': {
    isFirst: true,
    options: { name: text, credits: text },
    positionals: [],
    async run({ store, values }) {
      const name = required(values, 'name').trim();
      if (name.length < 1 || name.length > 100) throw new UsageError('--name needs 1 to 100 characters.');
      if (!isPlainName(name)) throw new UsageError(`--name: ${plainNameRule}`);
      const credits = wholeNumber(values, 'credits') ?? 0;
      const organization = { id: createId('org', systemClock()), name, createdAt: systemClock() };
      await store.createOrganization(organization, credits);
      const { id } = organization;
      return { json: { id, name }, text: `Organization ${id} (${name}) with ${credits} credits.` };
    },
  },
};
