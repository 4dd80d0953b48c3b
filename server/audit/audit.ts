/**
 * Writes down who changed what. The event is stored after the change and before the change is acknowledged, so every
 * acknowledged change is in the log. Facts are named one by one by whoever records; a secret is never among them.
 */
import type { Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import type { AuditAction, AuditEvent, AuditFacts } from '../records/audit-event.ts';
import { createId } from '../records/id.ts';
import type { Store } from '../store/port.ts';

interface AuditEntry {
  readonly organizationId: string;
  readonly action: AuditAction;
  readonly target: AuditEvent['target'];
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
}

type RecordAudit = (actor: Actor, entry: AuditEntry) => Promise<void>;

export function createAudit({ store, clock }: { store: Pick<Store, 'addAuditEvent'>; clock: Clock }): RecordAudit {
  return async (actor, { organizationId, action, target, before, after }) => {
    const at = clock();
    await store.addAuditEvent({ id: createId('evt', at), organizationId, at, actor, action, target, before, after });
  };
}

/** The facts that differ, as they were and as they are; undefined when none does. */
export function differing(
  before: AuditFacts,
  after: AuditFacts,
): { readonly before: AuditFacts; readonly after: AuditFacts } | undefined {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (names.length === 0) return undefined;
  const pick = (facts: AuditFacts): AuditFacts => Object.fromEntries(names.map((name) => [name, facts[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}

/** Changes that nobody signed in for. */
export const commandLine: Actor = { kind: 'command_line', id: null, name: null };
export const demoPage: Actor = { kind: 'demo', id: null, name: null };
export const serverItself: Actor = { kind: 'server', id: null, name: null };
