/** Every command. Parser, help and a test of docs/command-line.md read this list. */
import { agentCommands } from './agents.ts';
import { backupCommands } from './backup.ts';
import type { AnyCommand } from './command.ts';
import { doctorCommands } from './doctor.ts';
import { keyDomainCommands } from './key-domains.ts';
import { keyCommands } from './keys.ts';
import { migrateCommands } from './migrate-store.ts';
import { organizationCommands } from './organizations.ts';
import { recordCommands } from './records.ts';
import { userCommands } from './users.ts';
import { webhookCommands } from './webhooks.ts';

export const allCommands: readonly AnyCommand[] = [
  { kind: 'server', name: 'start', about: 'start the server' },
  ...organizationCommands,
  ...userCommands,
  ...keyCommands,
  ...keyDomainCommands,
  ...agentCommands,
  ...webhookCommands,
  ...doctorCommands,
  ...recordCommands,
  ...backupCommands,
  ...migrateCommands,
];

export const commandGroups = {
  org: 'organizations',
  credits: 'what an organization may spend',
  user: 'people',
  keys: 'API keys',
  agents: 'what answers messages',
  webhooks: 'where an organization is told what happens',
};
