/**
 * What outlives a page: the id of the conversation, whether the chat was open, what the visitor was writing, and the message
 * that is not answered yet. Nothing is written before the visitor writes. A page whose storage is blocked (or full) has a
 * chat that forgets, not one that breaks.
 */
interface MemoryOptions {
  readonly publicKey: string;
  readonly agentId: string;
  /** Tells chats of one key and agent on a page apart (`claim-place.ts`). */
  readonly place: string;
  /** The conversation beyond the tab: `localStorage` instead of `sessionStorage`. */
  readonly remember: boolean;
}

export interface Slot {
  read(): string | undefined;
  /** Nothing is left of what is `undefined` or empty. */
  write(value: string | undefined): void;
}

export interface Memory {
  readonly conversationId: Slot;
  readonly open: Slot;
  readonly draft: Slot;
  /** `<messageId> <message>` */
  readonly asked: Slot;
}

function memoryName(publicKey: string, agentId: string): string {
  return `postern:${publicKey}:${agentId}`;
}

/** For the loader, which needs to know no more than this. */
export function wasLeftOpen(publicKey: string, agentId: string): boolean {
  return attempt(() => sessionStorage.getItem(`${memoryName(publicKey, agentId)}:open`)) === 'yes';
}

export function createMemory({ publicKey, agentId, place, remember }: MemoryOptions): Memory {
  const name = memoryName(publicKey, agentId) + place;
  const tab = () => sessionStorage;
  return {
    conversationId: createSlot(remember ? () => localStorage : tab, name),
    open: createSlot(tab, `${name}:open`),
    draft: createSlot(tab, `${name}:draft`),
    asked: createSlot(tab, `${name}:asked`),
  };
}

function createSlot(storage: () => Storage, name: string): Slot {
  return {
    read: () => attempt(() => storage().getItem(name)) ?? undefined,
    write: (value) => attempt(() => (value ? storage().setItem(name, value) : storage().removeItem(name))),
  };
}

/** Even naming `sessionStorage` throws where it is blocked. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
