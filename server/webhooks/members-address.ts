/** Webhooks that are a mailbox: `mailto:ada@example.com`. Only members of the organization get such mail, and not without end. */
import type { Store } from '../store/port.ts';

export async function isMembersAddress(
  store: Pick<Store, 'findUserByEmail' | 'findMember'>,
  organizationId: string,
  email: string,
): Promise<boolean> {
  const user = await store.findUserByEmail(email);
  return user !== undefined && (await store.findMember(organizationId, user.id)) !== undefined;
}
