import type { RangeOptions } from 'lmdb';
import type { LmdbConnection } from './connection.ts';
import type { AuditEvent } from '../../records/audit-event.ts';
import { firstIdOf } from '../../records/id.ts';
import { facetsOf, facetsWantedBy, isWantedBy } from './audit-facets.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, remove } from './entries.ts';
import type { AuditFilter, AuditStore, Page, PageRequest } from '../port.ts';

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;
/** To look at more would hold up the process. */
const lookedAtMax = 1_000;

export function createAudit({ db, read, write, create }: LmdbConnection): AuditStore {
  return {
    async addAuditEvent(event) {
      // A conflict is the same event, added before.
      await create('auditEvents', event);
    },

    deleteOldAuditEvents: (before) =>
      write(() => {
        const old = { end: [before], limit: deletedAtOnce } as unknown as RangeOptions;
        const found = [...db.auditTimes.getKeys(old)];
        for (const [at, organizationId, id] of found) {
          const event = db.auditEvents.get([organizationId, id]);
          for (const facet of event === undefined ? [] : facetsOf(event))
            remove(db.auditFacets, [organizationId, facet, id]);
          remove(db.auditTimes, [at, organizationId, id]);
          remove(db.auditEvents, [organizationId, id]);
        }
        return found.length;
      }),

    listAudit: (organizationId, page, filter = {}) => read(() => list(db, organizationId, page, filter)),
  };
}

function list(
  db: LmdbDatabases,
  organizationId: string,
  { limit, cursor }: PageRequest,
  filter: AuditFilter,
): Page<AuditEvent> {
  const items: AuditEvent[] = [];
  let looked = 0;
  let last: string | undefined;
  for (const id of newestIds(db, organizationId, cursor, filter)) {
    if (looked++ === lookedAtMax) return { items, nextCursor: last ?? null };
    last = id;
    const event = db.auditEvents.get([organizationId, id]);
    if (event === undefined || !isWantedBy(filter, event)) continue;
    if (items.length === limit) return { items, nextCursor: items.at(-1)?.id ?? null };
    items.push(event);
  }
  return { items, nextCursor: null };
}

/** Of the events that have a wanted facet and are from the wanted time, each once: an event has one facet of each sort. */
function* newestIds(
  { auditEvents, auditFacets }: LmdbDatabases,
  organizationId: string,
  cursor: string | undefined,
  filter: AuditFilter,
): Generator<string, void, void> {
  const { from = 0, to } = filter;
  const end = firstIdOf('evt', from);
  const latest = to === undefined ? afterAll : firstIdOf('evt', to + 1);
  const start = cursor === undefined || cursor > latest ? latest : cursor;
  if (start < end) return;
  const range = { reverse: true, exclusiveStart: true } as const;
  const facets = facetsWantedBy(filter);
  if (facets === undefined) {
    const ids = auditEvents.getKeys({ ...range, start: [organizationId, start], end: [organizationId, end] });
    for (const [, id] of ids) yield id;
    return;
  }
  const lines = facets.map((facet) => {
    const ids = idsOf(
      auditFacets.getKeys({ ...range, start: [organizationId, facet, start], end: [organizationId, facet, end] }),
    );
    return { ids, next: ids.next().value };
  });
  for (;;) {
    const newest = lines.reduce<string>((best, { next = '' }) => (next > best ? next : best), '');
    if (newest === '') return;
    yield newest;
    for (const line of lines) if (line.next === newest) line.next = line.ids.next().value;
  }
}

function* idsOf(keys: Iterable<[string, string, string]>): Generator<string, undefined, void> {
  for (const [, , id] of keys) yield id;
  return undefined;
}
