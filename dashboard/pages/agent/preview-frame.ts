/** What the widget's element has, as far as it is used here. */
type Chat = HTMLElement & { reset(): void };

/**
 * As a part of its page, the chat is open however narrow the frame is, and a frame that loads again does not take the focus
 * away from the form. It begins anew, so that the greeting and the suggestions are seen. The page in the frame is this
 * server's own, so it can be reached from here.
 */
export async function showInline({ contentDocument, contentWindow }: HTMLIFrameElement): Promise<void> {
  const chat = contentDocument?.querySelector<Chat>('postern-chat');
  if (!contentDocument || !chat) return;
  contentDocument.body.style.setProperty('margin', '0');
  chat.style.setProperty('height', '100dvh');
  chat.setAttribute('inline', '');
  await contentWindow?.customElements.whenDefined('postern-chat');
  chat.reset();
}
