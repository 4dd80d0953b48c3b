/**
 * Reads a `text/event-stream` body (HTML standard, "Server-sent events") as it arrives. Bytes may be cut anywhere: inside
 * a character, between CR and LF, in the middle of a field. Only `event` and `data` matter here; `id` and `retry` belong
 * to EventSource, which can't send an Authorization header. An event that the end of the stream cut off is dropped.
 */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** @param onBytes is called for every chunk, comments too: a sign of life. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onBytes?: () => void,
): AsyncGenerator<StreamEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const takeLine = createEventReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (!done) onBytes?.();
      rest += decoder.decode(value, { stream: !done });
      // A CR at the very end of a chunk may be half of a CRLF: it waits for the next one.
      const lineEnd = done ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/;
      for (let end; (end = lineEnd.exec(rest)); rest = rest.slice(end.index + end[0].length)) {
        const event = takeLine(rest.slice(0, end.index));
        if (event) yield event;
      }
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
  return (line) => {
    if (line === '') {
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
