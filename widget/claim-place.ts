/**
 * Two chats of one key and agent on a page keep two conversations, each its own on the next page, too: told apart by their
 * `id`, else by the order in which they came onto the page. A chat that left the page makes room for the next one.
 */
const holders = new Map<string, WeakRef<HTMLElement>>();

/** @returns what to add to the name under which the chat remembers; nothing for the first one. */
export function claimPlace(chat: HTMLElement, name: string): string {
  for (const [place, holder] of holders) if (holder.deref() === chat) holders.delete(place);
  if (chat.id) return `#${chat.id}`;
  for (let index = 0; ; index++) {
    const place = `${name}:${index}`;
    if (holders.get(place)?.deref()?.isConnected) continue;
    holders.set(place, new WeakRef(chat));
    return index === 0 ? '' : `:${index}`;
  }
}
