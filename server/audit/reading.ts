/** Who reads what visitors wrote, where the organization wants that written down (`auditReading`): before anything is shown. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import type { AuditAction, AuditEvent, AuditFacts } from '../records/audit-event.ts';
import type { Store } from '../store/port.ts';
import { createAudit } from './audit.ts';

interface Reading {
  readonly organizationId: string;
  readonly action: AuditAction;
  readonly target: AuditEvent['target'];
  readonly after?: AuditFacts;
}

interface ReadingAudit {
  recordEach(actor: Actor, reading: Reading): Promise<void>;
  /** A list is read again and again: it is written down once in an hour for each reader. Two processes at one moment may both do so. */
  recordHourly(actor: Actor, reading: Reading): Promise<void>;
}

const hourMs = 3_600_000;
const readersMax = 10_000;

export function createReadingAudit(parts: {
  readonly store: Pick<Store, 'findOrganization' | 'listAudit' | 'addAuditEvent'>;
  readonly clock: Clock;
}): ReadingAudit {
  const { store, clock } = parts;
  const recordAudit = createAudit(parts);
  /** Reader and list → until when it counts, and the writing itself. */
  const recent = new LRUCache<string, { until: number; readonly written: Promise<void> }>({ max: readersMax });

  const isWanted = async (organizationId: string): Promise<boolean> =>
    (await store.findOrganization(organizationId))?.auditReading === true;

  const record = (actor: Actor, reading: Reading): Promise<void> =>
    recordAudit(actor, { after: null, ...reading, before: null });

  /** Resolves to when it was written, perhaps by another process or an earlier one. */
  async function recordUnlessRecent(actor: Actor, reading: Reading): Promise<number> {
    const { organizationId, action, target } = reading;
    const nowMs = clock();
    const { items } = await store.listAudit(
      organizationId,
      { limit: 1 },
      { actor: actor.id ?? actor.kind, target: target.id, actions: [action], from: nowMs - hourMs + 1 },
    );
    if (items[0] === undefined) await record(actor, reading);
    return items[0]?.at ?? nowMs;
  }

  return {
    async recordEach(actor, reading) {
      if (await isWanted(reading.organizationId)) await record(actor, reading);
    },

    async recordHourly(actor, reading) {
      if (!(await isWanted(reading.organizationId))) return;
      const name = `${actor.id ?? actor.kind} ${reading.action} ${reading.target.id}`;
      const known = recent.get(name);
      if (known !== undefined && known.until > clock()) return known.written;
      const entry = {
        until: clock() + hourMs,
        written: recordUnlessRecent(actor, reading).then((at) => void (entry.until = at + hourMs)),
      };
      recent.set(name, entry);
      try {
        await entry.written;
      } catch (error) {
        recent.delete(name);
        throw error;
      }
    },
  };
}
