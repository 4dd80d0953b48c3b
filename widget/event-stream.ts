/**
 * Reads a `text/event-stream` body (HTML standard, "Server-sent events") as it arrives. Bytes may be cut anywhere: inside
 * a character, between CR and LF, in the middle of a field. Only `event` and `data` matter here; `id` and `retry` belong
 * to EventSource, which can't send an Authorization header. An event that the end of the stream cut off is dropped; one
 * without an end is no event of ours.
 */
import { ChatFailure } from './failure.ts';

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Twice what a reply of the most characters takes with every one of them escaped. */
const EVENT_CHARACTERS_MAX = 1_200_000;

/** @param onBytes is called for every chunk, comments too: a sign of life. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onBytes?: () => void,
): AsyncGenerator<StreamEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const takeLine = createEventReader();
  let rest = '';
  /** How much of it has no end of a line in it. */
  let searched = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (!done) onBytes?.();
      rest += decoder.decode(value, { stream: !done });
      // A CR at the very end of a chunk may be half of a CRLF: it waits for the next one.
      const lineEnd = done ? /\r\n|\n|\r/g : /\r\n|\n|\r(?!$)/g;
      let begin = 0;
      lineEnd.lastIndex = searched;
      for (let end; (end = lineEnd.exec(rest)); begin = lineEnd.lastIndex) {
        const event = takeLine(rest.slice(begin, end.index));
        if (event) yield event;
      }
      rest = rest.slice(begin);
      requireBounded(rest.length);
      searched = Math.max(rest.length - 1, 0);
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Takes lines; answers an event when a blank line completes one. */
function createEventReader(): (line: string) => StreamEvent | undefined {
  let event = '';
  let data: string[] = [];
  let characters = 0;
  return (line) => {
    requireBounded((characters += line.length));
    if (line === '') {
      characters = 0;
      const complete = data.length > 0 ? { event: event || 'message', data: data.join('\n') } : undefined;
      event = '';
      data = [];
      return complete;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
    return undefined;
  };
}

function requireBounded(characters: number): void {
  if (characters > EVENT_CHARACTERS_MAX) throw new ChatFailure('answer_unexpected');
}
