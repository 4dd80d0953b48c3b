/** Who is signed in, for every part of the dashboard. `undefined`: nobody, or not known yet. */
import { readSession } from './api.ts';
import type { Session } from '../server/http/wire.ts';

const listeners = new Set<() => void>();
let session: Session | undefined;
let isKnown = false;

export function currentSession(): Session | undefined {
  return session;
}

/** False until the server said who is signed in. */
export function isSessionKnown(): boolean {
  return isKnown;
}

export function setSession(next: Session | undefined): void {
  session = next;
  isKnown = true;
  for (const listener of listeners) listener();
}

/** Asks the server again, after the person's own organizations or roles changed. Throws an `ApiError`. */
export async function reloadSession(): Promise<Session | undefined> {
  setSession(await readSession());
  return session;
}

/** The returned function ends it. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
