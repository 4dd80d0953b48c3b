import { expect } from 'chai';
import fc from 'fast-check';
import { readEvents, type StreamEvent } from '../../widget/event-stream.ts';
import { readRetryAfter } from '../../widget/answer.ts';
import { createUuid } from '../../widget/uuid.ts';

async function read(chunks: readonly Uint8Array[]): Promise<StreamEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const events: StreamEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the event stream', () => {
  const cases: readonly [string, string, readonly StreamEvent[]][] = [
    ['an event with a name', 'event: a\ndata: 1\n\n', [{ event: 'a', data: '1' }]],
    ['an event without one', 'data: 1\n\n', [{ event: 'message', data: '1' }]],
    ['lines that end in CRLF', 'event: a\r\ndata: 1\r\n\r\n', [{ event: 'a', data: '1' }]],
    ['lines that end in CR', 'event: a\rdata: 1\r\r', [{ event: 'a', data: '1' }]],
    ['data of several lines', 'data: 1\ndata: 2\n\n', [{ event: 'message', data: '1\n2' }]],
    ['one space after the colon, no more', 'data:  1\n\n', [{ event: 'message', data: ' 1' }]],
    ['no space after the colon', 'data:1\n\n', [{ event: 'message', data: '1' }]],
    ['comments', ': hi\n\ndata: 1\n: hi\n\n', [{ event: 'message', data: '1' }]],
    ['fields it doesn’t know', 'id: 7\nretry: 1\nfoo\ndata: 1\n\n', [{ event: 'message', data: '1' }]],
    ['a byte order mark', '\uFEFFdata: 1\n\n', [{ event: 'message', data: '1' }]],
    ['an event without data', 'event: a\n\ndata: 1\n\n', [{ event: 'message', data: '1' }]],
    ['an event that the end cut off', 'data: 1\n\ndata: 2\n', [{ event: 'message', data: '1' }]],
    ['characters outside the basic plane', 'data: 👩‍🚀 日本\n\n', [{ event: 'message', data: '👩‍🚀 日本' }]],
  ];
  for (const [name, text, expected] of cases) {
    it(`reads ${name}, however the bytes are cut`, async () => {
      const whole = bytes(text);
      expect(await read([whole])).to.deep.equal(expected);
      expect(await read(Array.from(whole, (byte) => Uint8Array.of(byte)))).to.deep.equal(expected);
      const cuts = fc.array(fc.nat({ max: whole.length }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(cuts, async (at) => {
          const edges = [0, ...at.sort((a, b) => a - b), whole.length];
          expect(await read(edges.slice(1).map((end, index) => whole.slice(edges[index], end)))).to.deep.equal(
            expected,
          );
        }),
        { numRuns: 60 },
      );
    });
  }

  it('lets the connection go when its reader leaves', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes('data: 1\n\n')),
      cancel: () => void (isCancelled = true),
    });
    for await (const event of readEvents(body)) {
      expect(event.data).to.equal('1');
      break;
    }
    expect(isCancelled).to.equal(true);
  });
});

describe('what comes beside it', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  for (const [header, seconds] of [
    [null, undefined],
    ['7', 7],
    ['0', 0],
    ['999999', 3600],
    ['Thu, 01 Jan 2026 00:00:09 GMT', 9],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
  ] as const) {
    it(`Retry-After ${String(header)} is ${String(seconds)} s`, () => {
      expect(readRetryAfter(header, now)).to.equal(seconds);
    });
  }

  it('a message id is a UUID of version 4, on a page without crypto.randomUUID too', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(createUuid()).to.match(form);
    const original = Object.getOwnPropertyDescriptor(Crypto.prototype, 'randomUUID')!;
    Reflect.deleteProperty(Crypto.prototype, 'randomUUID');
    try {
      const made = new Set(Array.from({ length: 50 }, createUuid));
      expect(made.size).to.equal(50);
      for (const id of made) expect(id).to.match(form);
    } finally {
      Object.defineProperty(Crypto.prototype, 'randomUUID', original);
    }
  });
});
