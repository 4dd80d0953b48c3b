import type { Reply } from '../../../server/http/wire.ts';

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

/** Tells what the chat inside of a frame is answered, as it came; its page is this server's own. */
export function watchAnswers({ contentWindow }: HTMLIFrameElement, onAnswer: (answer: Reply) => void): void {
  if (contentWindow === null) return;
  const realm = contentWindow as Window & typeof globalThis;
  const realFetch = realm.fetch.bind(realm);
  realm.fetch = async (...asked) => {
    const response = await realFetch(...asked);
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      void readAnswer(response.clone()).then((answer) => answer && onAnswer(answer));
    }
    return response;
  };
}

/** Undefined: it broke off, which the chat says itself. */
async function readAnswer(response: Response): Promise<Reply | undefined> {
  try {
    const [, data] = /^event: done\ndata: (.*)$/m.exec(await response.text()) ?? [];
    return data === undefined ? undefined : (JSON.parse(data) as Reply);
  } catch {
    return undefined;
  }
}
