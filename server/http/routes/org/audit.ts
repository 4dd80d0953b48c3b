/** `/api/org/{organizationId}/audit`: who changed what, as pages and as a file. */
import { setImmediate } from 'node:timers/promises';
import type { IRouter } from 'express';
import { toAuditFilter } from '../../../audit/find-audit.ts';
import { toIsoTime, toUtcDate } from '../../../gate/clock.ts';
import { isRefusal } from '../../../gate/problem.ts';
import type { AuditEvent } from '../../../records/audit-event.ts';
import type { AuditFilter } from '../../../store/port.ts';
import { parseWith } from '../../body.ts';
import { beginFile, fileKinds } from '../../begin-file.ts';
import { toCsv } from '../../csv.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentAuditEvent } from '../../present.ts';
import { auditFileQuery, auditQuery } from '../../request-input.ts';
import { waitForRoom } from '../../wait-for-room.ts';
import type * as Wire from '../../wire.ts';
import type { OrgRouteParts } from './keys.ts';

/** An event may have 40 KB, and nothing else runs while a page of them is read. */
const eventsPerRead = 50;

export function addOrgAuditRoutes(routes: IRouter, { store, clock, requireMember, answers }: OrgRouteParts): void {
  const mayRead = requireMember('viewer');

  async function* readAll(
    organizationId: string,
    filter: AuditFilter,
  ): AsyncGenerator<readonly AuditEvent[], void, void> {
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = await store.listAudit(organizationId, { limit: eventsPerRead, cursor }, filter);
      yield items;
      if (nextCursor === null) return;
      cursor = nextCursor;
      await setImmediate();
    }
  }

  routes
    .route('/api/org/:organizationId/audit')
    .get(mayRead, async (request, response) => {
      const asked = parseWith(auditQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const { organizationId } = memberOf(response);
      const { items, nextCursor } = await store.listAudit(organizationId, asked.value, toAuditFilter(asked.value));
      answerJson<Wire.AuditPage>(response, { data: items.map(presentAuditEvent), nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  for (const kind of fileKinds) {
    routes
      .route(`/api/org/:organizationId/audit.${kind}`)
      .get(mayRead, async (request, response) => {
        const asked = parseWith(auditFileQuery, request.query);
        if (isRefusal(asked)) return answers.answer(response, asked);
        const { organizationId } = memberOf(response);
        for await (const events of readAll(organizationId, toAuditFilter(asked.value))) {
          // After the first page: a store that is away is a refusal still.
          if (!response.headersSent) beginFile(response, kind, `postern-audit-${toUtcDate(clock())}`, csvColumns);
          const text = kind === 'csv' ? toCsv(events.map(toRow)) : events.map(toLine).join('');
          if (!response.write(text)) await waitForRoom(response);
          if (response.destroyed) return;
        }
        response.end();
      })
      .all(answers.methodNotAllowed('GET'));
  }
}

const csvColumns = [
  'id',
  'at',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'target_kind',
  'target_id',
  'target_name',
  'before',
  'after',
];

function toRow({ id, at, actor, action, target, before, after }: AuditEvent): readonly (string | null)[] {
  const who = [actor.kind, actor.id, actor.name];
  const facts = [before, after].map((found) => found && JSON.stringify(found));
  return [id, toIsoTime(at), ...who, action, target.kind, target.id, target.name, ...facts];
}

const toLine = (event: AuditEvent): string => `${JSON.stringify(presentAuditEvent(event))}\n`;
