/** What happened: the audit log, and what keys were used for. */
import { z } from 'zod';
import { auditSearchFields, toAuditFilter } from '../audit/find-audit.ts';
import { systemClock, toIsoTime } from '../gate/clock.ts';
import type { UsageDay } from '../records/usage-day.ts';
import { presentAuditEvent } from '../http/present.ts';
import type { AuditFilter } from '../store/port.ts';
import { figuresByDay, figuresByOrigin, figuresOfEvidence, lastDates, type DayFigures } from '../usage/report.ts';
import { allowed, textOf, UsageError, wholeNumber, type Command, type Outcome, type Tools } from './command.ts';
import { allPages, findOrganization, findOrganizationOfKey, org } from './find.ts';
import { table } from './table.ts';

const eventsMax = 100;
const daysMax = 90;
const daysDefault = 30;

export const recordCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'audit',
    about: 'who changed what in an organization, newest first',
    options: {
      limit: { takes: 'N', about: `how many events, 1 to ${eventsMax} (50 unless given)` },
      cursor: { takes: 'ID', about: 'go on after this event: the nextCursor of --json' },
      actor: { takes: 'ID', about: 'only what this person or key did, or command_line, demo, server' },
      target: { takes: 'ID', about: 'only what was done to this key, agent, member or webhook' },
      action: { takes: 'ACTION', about: 'only these actions, with commas; key stands for all of keys' },
      from: { takes: 'TIME', about: 'at this time or day (UTC) or later' },
      to: { takes: 'TIME', about: 'at this time or day (UTC) or earlier' },
      org,
    },
    async run(tools) {
      const filter = auditFilterOf(tools);
      const { id } = await findOrganization(tools);
      const limit = between(wholeNumber(tools.values, 'limit') ?? 50, eventsMax, '--limit');
      const { items, nextCursor } = await tools.store.listAudit(
        id,
        { limit, cursor: textOf(tools.values, 'cursor') },
        filter,
      );
      const data = items.map(presentAuditEvent);
      const rows = items.map(({ at, actor, action, target }) => [
        toIsoTime(at),
        actor.name ?? actor.kind,
        action,
        target.name,
      ]);
      const more = nextCursor === null ? [] : [`More: --cursor ${nextCursor}`];
      return { json: { data, nextCursor }, text: [table(rows, 'Nothing yet.'), ...more].join('\n') };
    },
  },

  {
    kind: 'records',
    name: 'usage',
    about: 'what the keys of an organization were used for, or one key by day and origin',
    options: {
      key: { takes: 'KEYID', about: 'just this key' },
      days: { takes: 'N', about: `how many days back, today included, 1 to ${daysMax} (${daysDefault} unless given)` },
      org,
    },
    async run(tools) {
      const { values } = tools;
      const days = between(wholeNumber(values, 'days') ?? daysDefault, daysMax, '--days');
      const dates = lastDates(days, systemClock());
      const keyId = textOf(values, 'key');
      return keyId === undefined ? usageOfAll(tools, dates) : usageOfKey(tools, keyId, dates);
    },
  },
];

const auditSearch = z.object(auditSearchFields);

function auditFilterOf({ values }: Tools): AuditFilter {
  const names = ['actor', 'target', 'action', 'from', 'to'] as const;
  const asked = auditSearch.safeParse(Object.fromEntries(names.map((name) => [name, textOf(values, name)])));
  if (asked.success) return toAuditFilter(asked.data);
  const [issue] = asked.error.issues;
  throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message ?? 'not understood.'}`);
}

async function usageOfAll(tools: Tools, dates: readonly string[]): Promise<Outcome> {
  const { keys } = tools;
  const { id } = await findOrganization(tools);
  const all = await allPages((page) => keys.list(id, page));
  const usage = await readUsage(
    tools,
    id,
    all.map((key) => key.id),
    dates,
  );
  const data = all.map((key) => {
    const days = figuresByDay(
      dates,
      usage.filter(({ keyId }) => keyId === key.id),
    );
    return { keyId: key.id, name: key.name, days };
  });
  const rows = data.map(({ keyId, name, days }) => [keyId, accepted(days), 'accepted', refused(days), 'refused', name]);
  return { json: { data }, text: table(rows, 'No keys yet.') };
}

async function usageOfKey(tools: Tools, keyId: string, dates: readonly string[]): Promise<Outcome> {
  const organizationId = await findOrganizationOfKey(tools, keyId);
  allowed(await tools.keys.find(organizationId, keyId));
  const usage = await readUsage(tools, organizationId, [keyId], dates);
  const days = figuresByDay(dates, usage);
  const origins = figuresByOrigin(usage);
  const evidence = figuresOfEvidence(dates, usage);
  const used = days.filter((day) => accepted([day]) + refused([day]) > 0);
  const dayRows = used.map((day) => [day.date, accepted([day]), 'accepted', refused([day]), 'refused', codesOf(day)]);
  const originRows = origins.map((one) => [one.origin, one.accepted, 'accepted', one.refused, 'refused']);
  return {
    json: { days, origins: origins.map((one) => ({ ...one, lastSeenAt: toIsoTime(one.lastSeenAt) })), evidence },
    text: [table(dayRows, 'Not used in these days.'), table(originRows, ''), evidenceLine(evidence)]
      .filter(Boolean)
      .join('\n\n'),
  };
}

function evidenceLine({ calls, withoutBrowserHeaders, mostScripted }: ReturnType<typeof figuresOfEvidence>): string {
  if (calls === 0) return '';
  const most =
    mostScripted && ` Most on ${mostScripted.date}: ${mostScripted.withoutBrowserHeaders} of ${mostScripted.calls}.`;
  return `Without the headers that every browser sends: ${withoutBrowserHeaders} of ${calls} calls with the publishable key.${most ?? ''}`;
}

function readUsage(
  { store }: Tools,
  organizationId: string,
  keyIds: readonly string[],
  dates: readonly string[],
): Promise<readonly UsageDay[]> {
  return store.listUsage(organizationId, keyIds, dates.at(0) ?? '', dates.at(-1) ?? '');
}

const accepted = (days: readonly DayFigures[]): number => days.reduce((sum, day) => sum + day.accepted, 0);
const refused = (days: readonly DayFigures[]): number =>
  days.flatMap((day) => Object.values(day.refused)).reduce((sum, count) => sum + count, 0);
const codesOf = (day: DayFigures): string =>
  Object.entries(day.refused)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');

function between(value: number, max: number, option: string): number {
  if (value < 1 || value > max) throw new UsageError(`${option} must be a whole number from 1 to ${max}.`);
  return value;
}
