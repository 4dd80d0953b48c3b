import type { LmdbConnection } from './lmdb-connection.ts';
import { listNewestFirst } from './lmdb-entries.ts';
import type { AuditStore } from './port.ts';

export function createAudit({ db, read, create }: LmdbConnection): AuditStore {
  return {
    async addAuditEvent(event) {
      // A conflict is the same event, added before.
      await create('auditEvents', event);
    },

    listAudit: (organizationId, page) => read(() => listNewestFirst(db.auditEvents, organizationId, page)),
  };
}
