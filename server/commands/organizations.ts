import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { organizationName } from '../accounts/account-input.ts';
import { grantInput, reserveInput } from '../credits/grant-input.ts';
import { reserveCredits } from '../credits/reserve.ts';
import { createOrganization } from '../accounts/organizations.ts';
import { grantCredits } from '../credits/grant.ts';
import { commandLine } from '../audit/audit.ts';
import { systemClock, toIsoTime } from '../gate/clock.ts';
import { archiveFiles, recordArchive } from '../http/archive.ts';
import { zipFiles } from '../http/zip.ts';
import { allowed, check, given, parseWholeNumber, refusedBy, wholeNumber, type Command } from './command.ts';
import { findOrganization, org, organizationsIn } from './find.ts';
import { table } from './table.ts';
import { writeNewFile } from './write-new-file.ts';

export const organizationCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'org list',
    about: 'every organization with its id and its credits',
    async run({ store }) {
      const data = [];
      for await (const { organization, credits } of organizationsIn(store)) {
        const { id, name, createdAt } = organization;
        const { granted, spent } = credits;
        data.push({ id, name, createdAt: toIsoTime(createdAt), credits: { granted, spent } });
      }
      const rows = data.map(({ id, name, credits: { granted, spent } }) => [
        id,
        `${granted - spent} credits left`,
        name,
      ]);
      return { json: { data }, text: table(rows, 'No organizations yet.') };
    },
  },

  {
    kind: 'records',
    name: 'org create',
    about: 'make an organization',
    isFirst: true,
    options: {
      name: { takes: 'NAME', about: 'what people call it', isRequired: true },
      credits: { takes: 'N', about: 'what it may spend on messages (0 unless given)' },
    },
    async run({ store, values }) {
      const { name } = check(z.strictObject({ name: organizationName }), { name: given(values, 'name') });
      const credits = wholeNumber(values, 'credits') ?? 0;
      const { id } = await createOrganization({ store, clock: systemClock, actor: commandLine }, { name, credits });
      return { json: { id, name, credits }, text: `Organization ${id} (${name}) with ${credits} credits.` };
    },
  },

  {
    kind: 'records',
    name: 'org export',
    about: 'write everything of an organization into one ZIP, without secrets',
    options: { out: { takes: 'FILE', about: 'a file that is not there yet', isRequired: true }, org },
    async run(tools) {
      const { store } = tools;
      const path = given(tools.values, 'out');
      const organization = await findOrganization(tools);
      const { id, name } = organization;
      const credits = (await store.findCredits(id)) ?? { granted: 0, spent: 0 };
      const files = archiveFiles({ store, clock: systemClock }, organization, credits);
      const bytes = await writeNewFile(path, async (file) => {
        await recordArchive({ store, clock: systemClock }, commandLine, organization);
        await pipeline(zipFiles(files, new Date(systemClock())), file);
      });
      return {
        json: { id, path: resolve(path), bytes },
        text: `Everything of ${name} (${id}) is in ${path}: ${(bytes / 1e6).toFixed(1)} MB.`,
      };
    },
  },

  {
    kind: 'records',
    name: 'credits reserve',
    about: 'keep credits back for secret calls: web pages can’t spend them',
    words: { N: 'how many; usual: a fifth of what was granted' },
    options: { org },
    async run(tools) {
      const [text = ''] = tools.words;
      const { reservedCredits } = check(reserveInput, {
        reservedCredits: text === 'usual' ? null : parseWholeNumber(text, 'N'),
      });
      const { id, name } = await findOrganization(tools);
      const refusal = await reserveCredits(
        { store: tools.store, clock: systemClock, actor: commandLine },
        id,
        reservedCredits,
      );
      if (refusal !== undefined) throw refusedBy(refusal);
      const kept = reservedCredits === null ? 'a fifth of its credits' : `${reservedCredits} credits`;
      return { json: { id, reservedCredits }, text: `${name} (${id}) keeps ${kept} back for secret calls.` };
    },
  },

  {
    kind: 'records',
    name: 'credits grant',
    about: 'give an organization more credits',
    words: { N: 'how many more' },
    options: { org },
    async run(tools) {
      const { grant } = check(grantInput, { grant: parseWholeNumber(tools.words[0] ?? '', 'N') });
      const { id, name } = await findOrganization(tools);
      const parts = { store: tools.store, clock: systemClock, actor: commandLine };
      const { granted, spent } = allowed(await grantCredits(parts, id, grant));
      return {
        json: { granted, spent },
        text: `${name} (${id}) has ${granted - spent} credits left: ${granted} granted, ${spent} spent.`,
      };
    },
  },
];
