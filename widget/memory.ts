/**
 * What outlives a page: the id of the conversation, and whether the chat was open. Written only once a conversation
 * exists. A page whose storage is blocked (or full) has a chat that forgets, not one that breaks.
 */
export interface MemoryOptions {
  readonly publicKey: string;
  readonly agentId: string;
  /** Beyond the tab: `localStorage` instead of `sessionStorage`. */
  readonly remember: boolean;
}

export interface Memory {
  readConversationId(): string | undefined;
  /** Nothing is left of a conversation that is `undefined`. */
  writeConversationId(id: string | undefined): void;
  readOpen(): boolean;
  writeOpen(isOpen: boolean): void;
}

function memoryName(publicKey: string, agentId: string): string {
  return `postern:${publicKey}:${agentId}`;
}

/** For the loader, which needs to know no more than this. */
export function wasLeftOpen(publicKey: string, agentId: string): boolean {
  return attempt(() => sessionStorage.getItem(`${memoryName(publicKey, agentId)}:open`)) === 'yes';
}

export function createMemory({ publicKey, agentId, remember }: MemoryOptions): Memory {
  const name = memoryName(publicKey, agentId);
  const openName = `${name}:open`;
  const storage = () => (remember ? localStorage : sessionStorage);
  return {
    readConversationId: () => attempt(() => storage().getItem(name)) ?? undefined,
    writeConversationId(id) {
      attempt(() => {
        if (id !== undefined) storage().setItem(name, id);
        else {
          storage().removeItem(name);
          sessionStorage.removeItem(openName);
        }
      });
    },
    readOpen: () => wasLeftOpen(publicKey, agentId),
    writeOpen(isOpen) {
      attempt(() => {
        if (isOpen) sessionStorage.setItem(openName, 'yes');
        else sessionStorage.removeItem(openName);
      });
    },
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
