/** The audit log as somebody looks for changes in it: by who, what, which action and when. */
import { z } from 'zod';
import { dayMs } from '../gate/clock.ts';
import { auditActions, type AuditAction } from '../records/audit-event.ts';
import type { AuditFilter } from '../store/port.ts';

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()], 'A time or a day (UTC), such as 2026-11-24.');

/** Of a query. */
export const auditSearchFields = {
  actor: z
    .string()
    .regex(
      /^((usr|key)_[0-9a-z]{1,40}|command_line|demo|server)$/,
      'Not an actor: usr_…, key_…, command_line, demo or server.',
    )
    .optional()
    .describe('Who did it: the id of a person or a key, or `command_line`, `demo`, `server`.'),
  target: z
    .string()
    .regex(/^[a-z]{3}_[0-9a-z]{1,40}$/, 'Not an id, such as key_….')
    .optional()
    .describe('The id of what was changed: a key, an agent, a member, a webhook, the organization. It may be deleted.'),
  action: z
    .string()
    .max(400)
    .refine((text) => text.split(',').every((word) => actionsOf(word).length > 0), 'Not an action of the audit log.')
    .optional()
    .describe('Actions, separated by commas: `key.created`; `key` stands for all that begin with it.'),
  from: time.optional().describe('At this time or later; a day begins at 0:00 UTC.'),
  to: time.optional().describe('At this time or earlier; a day is included.'),
};

interface AuditSearch {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Of a search that its fields' schema has accepted. */
export function toAuditFilter({ actor, target, action, from, to }: AuditSearch): AuditFilter {
  return {
    actor,
    target,
    actions: action === undefined ? undefined : [...new Set(action.split(',').flatMap(actionsOf))],
    from: momentOf(from),
    to: momentOf(to, dayMs - 1),
  };
}

function actionsOf(word: string): readonly AuditAction[] {
  return auditActions.filter((action) => action === word || action.startsWith(`${word}.`));
}

function momentOf(text: string | undefined, ofDayMs = 0): number | undefined {
  return text === undefined ? undefined : Date.parse(text) + (text.includes('T') ? 0 : ofDayMs);
}
