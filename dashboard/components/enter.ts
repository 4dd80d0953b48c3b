import type { Session } from '../../server/http/wire.ts';
import { navigate, ownPath } from '../router.ts';
import { setSession } from '../session.ts';
import { keepTypedEmail } from '../typed-email.ts';

/** Begins with a session that the server just gave: to the page that was asked for, or to the person's keys. */
export async function enter(session: Session, next: string | null): Promise<void> {
  setSession(session);
  keepTypedEmail('');
  const path = ownPath(next, '/');
  await navigate(/^\/(sign-in|forgotten|setup)(?=[/?#]|$)/.test(path) ? '/' : path, { replace: true });
}
