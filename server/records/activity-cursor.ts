/** Where a page of conversations ends: `1790000000000.cnv_…`, the same in every store. */
import type { Conversation } from './conversation.ts';

export const activityCursorPattern = /^[0-9]{1,16}\.cnv_[0-9a-z]{1,40}$/;

type Place = Pick<Conversation, 'id' | 'lastActiveAt'>;

export function activityCursorOf(last: Place | undefined): string | null {
  return last === undefined ? null : `${last.lastActiveAt}.${last.id}`;
}

/** Undefined: the first page. */
export function placeOfActivity(cursor: string | undefined): Place | undefined {
  const [lastActiveAt, id] = cursor?.split('.', 2) ?? [];
  return lastActiveAt === undefined || id === undefined ? undefined : { id, lastActiveAt: Number(lastActiveAt) };
}
