import type { RangeOptions } from 'lmdb';
import type { LmdbConnection } from './connection.ts';
import { listNewestFirst, remove } from './entries.ts';
import type { AuditStore } from '../port.ts';

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;

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
          remove(db.auditTimes, [at, organizationId, id]);
          remove(db.auditEvents, [organizationId, id]);
        }
        return found.length;
      }),

    listAudit: (organizationId, page) => read(() => listNewestFirst(db.auditEvents, organizationId, page)),
  };
}
