import mongoose, { type QueryFilter } from 'mongoose';
import type { MongoConnection } from './connection.ts';
import { fromAuditEvent, toAuditEvent } from './mapping.ts';
import type { AuditEventDocument } from './models.ts';
import { limited, newestFirst, toPage } from './queries.ts';
import { firstIdOf } from '../../records/id.ts';
import type { AuditFilter, AuditStore } from '../port.ts';

const { trusted } = mongoose;

const deletedAtOnce = 500;
/** Other actors are known by their kind. */
const hasId = /^(usr|key)_/;

export function createAudit({ models, run, create, confirmed }: MongoConnection): AuditStore {
  const { auditEvents } = models;
  return {
    async addAuditEvent(event) {
      // A conflict is the same event, added before.
      await create(auditEvents, fromAuditEvent(event));
    },

    deleteOldAuditEvents: (before) =>
      run(async () => {
        const old = auditEvents.find({ at: trusted({ $lt: before }) }, { _id: 1 }, limited).sort({ at: 1 });
        const ids = (await old.limit(deletedAtOnce).lean()).map(({ _id }) => _id);
        if (ids.length === 0) return 0;
        return (await auditEvents.deleteMany({ _id: trusted({ $in: ids }) }, limited)).deletedCount;
      }),

    listAudit: (organizationId, page, filter = {}) =>
      run(async () => {
        const found = newestFirst(auditEvents, { organizationId }, page, confirmed()).find(wantedBy(filter));
        return toPage(await found.lean(), page, toAuditEvent);
      }),
  };
}

function wantedBy({ actor, target, actions, from = 0, to }: AuditFilter): QueryFilter<AuditEventDocument> {
  return {
    ...(actor !== undefined && (hasId.test(actor) ? { 'actor.id': actor } : { 'actor.id': null, 'actor.kind': actor })),
    ...(target !== undefined && { 'target.id': target }),
    ...(actions !== undefined && { action: trusted({ $in: actions }) }),
    // Beside the cursor's own bound.
    $and: [
      { _id: trusted({ $gte: firstIdOf('evt', from) }) },
      ...(to === undefined ? [] : [{ _id: trusted({ $lt: firstIdOf('evt', to + 1) }) }]),
    ],
  } as QueryFilter<AuditEventDocument>;
}
