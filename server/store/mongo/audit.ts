import mongoose from 'mongoose';
import type { MongoConnection } from './connection.ts';
import { fromAuditEvent, toAuditEvent } from './mapping.ts';
import { limited, newestFirst, toPage } from './queries.ts';
import type { AuditStore } from '../port.ts';

const { trusted } = mongoose;

const deletedAtOnce = 500;

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

    listAudit: (organizationId, page) =>
      run(async () =>
        toPage(await newestFirst(auditEvents, { organizationId }, page, confirmed()).lean(), page, toAuditEvent),
      ),
  };
}
