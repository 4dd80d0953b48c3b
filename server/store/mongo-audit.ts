import type { MongoConnection } from './mongo-connection.ts';
import { fromAuditEvent, toAuditEvent } from './mongo-mapping.ts';
import { newestFirst, toPage } from './mongo-queries.ts';
import type { AuditStore } from './port.ts';

export function createAudit({ models, run, create, confirmed }: MongoConnection): AuditStore {
  const { auditEvents } = models;
  return {
    async addAuditEvent(event) {
      // A conflict is the same event, added before.
      await create(auditEvents, fromAuditEvent(event));
    },

    listAudit: (organizationId, page) =>
      run(async () =>
        toPage(await newestFirst(auditEvents, { organizationId }, page, confirmed()).lean(), page, toAuditEvent),
      ),
  };
}
