/** Conversations with all that was said in them, for files: some at a time, so that nothing waits long for a reading. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../gate/clock.ts';
import type { Conversation } from '../records/conversation.ts';
import { hideSecrets } from '../records/secret-text.ts';
import type { Turn } from '../records/turn.ts';
import type { Store } from '../store/port.ts';
import { findConversations, type ConversationSearch } from './find-conversations.ts';

const conversationsPerRead = 100;
/** Some of the longest take 20 ms to read, and nothing else runs meanwhile. */
const turnsPerRead = 50;

interface ReaderParts {
  readonly store: Pick<Store, 'findConversation' | 'listConversations' | 'sumUpConversation' | 'listTurns'>;
  readonly clock: Clock;
}

/** In pages, of which some are empty where few fit, so that a reader who left is noticed. */
export async function* readConversations(
  parts: ReaderParts,
  organizationId: string,
  search: ConversationSearch,
): AsyncGenerator<readonly Conversation[], void, void> {
  for (let cursor: string | undefined; ;) {
    const page = await findConversations(parts, organizationId, search, { limit: conversationsPerRead, cursor });
    yield page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
    await setImmediate();
  }
}

/** All turns of a conversation, as members see them. */
export async function readTurns({ store }: Pick<ReaderParts, 'store'>, conversationId: string) {
  let turns: readonly Turn[] = [];
  for (let before: string | undefined; ;) {
    const some = await store.listTurns(conversationId, turnsPerRead, before);
    turns = [...some.map(withoutSecrets), ...turns];
    before = some[0]?.messageId;
    if (some.length < turnsPerRead) return turns;
    await setImmediate();
  }
}

/** Visitors paste keys by mistake, which members need not see. */
export function withoutSecrets(turn: Turn): Turn {
  const reply = turn.reply && { ...turn.reply, text: hideSecrets(turn.reply.text) };
  return { ...turn, message: hideSecrets(turn.message), reply };
}
