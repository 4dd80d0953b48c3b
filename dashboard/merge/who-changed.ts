import { listAudit } from '../api.ts';

const entriesLookedAt = 50;

/** Who changed a thing last, by the audit log. Undefined: not known, and not worth a failure. */
export async function whoChanged(organizationId: string, targetId: string): Promise<string | undefined> {
  try {
    const { data } = await listAudit(organizationId, { limit: entriesLookedAt });
    const last = data.find(({ target, action }) => target.id === targetId && /\.(changed|rotated)$/.test(action));
    if (last === undefined) return undefined;
    const { kind, name } = last.actor;
    if (kind === 'command_line') return 'The command line';
    return kind === 'key' ? `The key “${name ?? ''}”` : (name ?? undefined);
  } catch {
    return undefined;
  }
}
