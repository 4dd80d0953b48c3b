/** What audit events are found by, each in an index of the embedded store. */
import type { AuditEvent } from '../../records/audit-event.ts';
import type { AuditFilter } from '../port.ts';

export function facetsOf({ actor, target, action }: AuditEvent): readonly string[] {
  return [`actor ${actor.id ?? actor.kind}`, `target ${target.id}`, `action ${action}`];
}

/** The facets of which an event must have one: those that fewest events have. Undefined: all events have to be looked at. */
export function facetsWantedBy({ actor, target, actions }: AuditFilter): readonly string[] | undefined {
  if (target !== undefined) return [`target ${target}`];
  if (actor !== undefined) return [`actor ${actor}`];
  return actions?.map((action) => `action ${action}`);
}

export function isWantedBy({ actor, target, actions }: AuditFilter, event: AuditEvent): boolean {
  return (
    (actor === undefined || (event.actor.id ?? event.actor.kind) === actor) &&
    (target === undefined || event.target.id === target) &&
    (actions === undefined || actions.includes(event.action))
  );
}
