/**
 * What a chat remembers between two drawings: messages, the reply under way, what went wrong, what is unread.
 * A reactive controller: the element draws it, a client talks. Only the newest call may write (a counter), and a call
 * that was overtaken is aborted, which also stops the agent. Messages are replaced, never changed, so that drawing can
 * skip those that are the same object.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Agent, StoredMessage } from './answer.ts';
import { createMessage, REPLY_CHARACTERS_MAX, type ChatMessage } from './chat-message.ts';
import type { Client, Question } from './client.ts';
import { behaviours, ChatFailure, type FailureCode } from './failure.ts';
import type { Memory, Slot } from './memory.ts';
import { createBreath, Frame } from './pace.ts';
import { createUuid } from './uuid.ts';

/** What went wrong, and with what. `retryAtMs` (Date.now()) is when trying again can help. */
export interface Trouble {
  readonly code: FailureCode;
  readonly about: 'opening' | 'message';
  readonly retryAtMs: number;
}

interface ConversationOptions {
  readonly client: () => Client;
  readonly memory: () => Memory;
  /** Waits before asking again for a reply that is still being made (`conflict`). */
  readonly conflictWaitsMs: () => readonly number[];
  /** The server gave the conversation its id: from here on there is something to come back to. */
  readonly onBegin: () => void;
  readonly onReply: (reply: { text: string; messageId: string; conversationId: string }) => void;
  readonly onFailure: (failure: ChatFailure) => void;
  /** Earlier messages are about to come above those that are there. */
  readonly onEarlier: () => void;
}

export class Conversation implements ReactiveController {
  agent: Agent | undefined;
  messages: readonly ChatMessage[] = [];
  /** Pages of what was said before `messages`, the newest one first; read when the visitor comes near them. */
  earlier: readonly (readonly ChatMessage[])[] = [];
  trouble: Trouble | undefined;
  /** A message was sent, and its reply is not whole yet. */
  isAnswering = false;
  conversationId: string | undefined;
  /** The newest whole reply, for the announcer. */
  lastReply: ChatMessage | undefined;

  readonly #host: ReactiveControllerHost & Node;
  readonly #options: ConversationOptions;
  #question: Question | undefined;
  #newest = 0;
  #asking = new AbortController();
  readonly #frame = new Frame();
  #before: string | undefined;
  #opening: { readonly result: Promise<boolean>; readonly abort: AbortController } | undefined;

  constructor(host: ReactiveControllerHost & Node, options: ConversationOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The page may not chat at all. */
  get isRefused(): boolean {
    return !!this.trouble && behaviours[this.trouble.code].refused === true;
  }

  hostConnected(): void {
    addEventListener('online', this.#comeBack);
  }

  /** An element that is only being moved (a page library swaps the body) keeps its reply. */
  hostDisconnected(): void {
    removeEventListener('online', this.#comeBack);
    setTimeout(() => {
      if (!this.#host.isConnected && this.isAnswering) this.#failMessage(new ChatFailure('interrupted'));
    });
  }

  /** Reads the agent, and the kept conversation if there is one; once, unless it failed. True when it worked. */
  open(): Promise<boolean> {
    if (!this.#opening) {
      if (this.trouble?.about === 'opening') this.trouble = undefined;
      const abort = new AbortController();
      this.#opening = { result: this.#open(abort.signal), abort };
    }
    return this.#opening.result;
  }

  /** The same page, another key or agent: everything begins again. */
  restart(): void {
    this.agent = undefined;
    this.#clear();
    this.#forgetOpening();
  }

  /** Forgets the conversation, here and in storage. */
  reset(): void {
    this.forget();
    this.#clear();
    // Without an agent yet, the next opening reads it, and finds no conversation to restore.
    if (!this.agent) this.#forgetOpening();
  }

  /** Nothing is left in storage, not even the draft. */
  forget(): void {
    for (const slot of Object.values(this.#options.memory()) as Slot[]) slot.write(undefined);
  }

  send(message: string): Promise<void> {
    const messageId = createUuid();
    this.messages = [...this.messages, createMessage({ id: messageId, role: 'user', text: message, isWhole: true })];
    return this.#ask({ message, messageId });
  }

  /** The network is there again: what failed without it is tried again, with the same message. */
  readonly #comeBack = (): void => {
    if (this.trouble && behaviours[this.trouble.code].network) void this.retry();
  };

  async retry(): Promise<void> {
    if (this.trouble?.about === 'opening') {
      this.#forgetOpening();
      const opened = this.open();
      this.#host.requestUpdate();
      await opened;
    } else if (this.#question) await this.#ask(this.#question);
  }

  /** Takes the message that failed out of the history, and answers its text. */
  takeBack(): string {
    const question = this.#question;
    this.messages = this.messages.filter(({ id }) => id !== question?.messageId);
    this.#question = undefined;
    this.#options.memory().asked.write(undefined);
    this.trouble = undefined;
    this.#host.requestUpdate();
    return question?.message ?? '';
  }

  /** Changes something of what the server keeps; answers the id of a conversation that begins so. @throws ChatFailure */
  async change(path: string, method: string, body?: object): Promise<unknown> {
    return this.#options.client().change(this.conversationId, path, method, body);
  }

  stop(): void {
    if (this.isAnswering) this.#failMessage(new ChatFailure('stopped'));
  }

  async #open(signal: AbortSignal): Promise<boolean> {
    try {
      const client = this.#options.client();
      const [agent] = await Promise.all([client.readAgent(signal), this.#restore(client, signal)]);
      if (signal.aborted) return false;
      this.agent = agent;
      this.#host.requestUpdate();
      return true;
    } catch (error) {
      if (!signal.aborted) this.#failOpening(asFailure(error));
      return false;
    }
  }

  async #restore(client: Client, signal: AbortSignal): Promise<void> {
    const memory = this.#options.memory();
    const id = memory.conversationId.read();
    const asked = memory.asked.read();
    if (id !== undefined) await this.#readHistory(client, id, signal);
    if (asked && !signal.aborted) this.#restoreAsked(asked);
  }

  async #readHistory(client: Client, id: string, signal: AbortSignal): Promise<void> {
    this.conversationId = id;
    try {
      const { messages: stored, nextBefore } = await client.readConversation(id, signal);
      if (signal.aborted || this.conversationId !== id) return;
      this.#before = nextBefore;
      // A visitor who is quicker than the history already has messages below it.
      const known = new Set(this.messages.map((message) => message.id));
      const earlier = stored.filter((message) => !known.has(message.id));
      const isQuiet = this.messages.length === 0;
      this.messages = [...earlier.map((message) => createMessage({ ...message, isWhole: true })), ...this.messages];
      const last = earlier.at(-1);
      if (isQuiet && last?.role === 'user') this.#offerRetry(last);
    } catch (error) {
      if (!isGone(error)) throw error;
      if (this.conversationId === id) this.keep(undefined);
    }
  }

  /** Reads the page before the first one that is there. One that can't be read is asked for when it is wanted again. */
  async showEarlier(): Promise<void> {
    const { conversationId: id } = this;
    const before = this.#before;
    const signal = this.#opening?.abort.signal;
    if (id === undefined || before === undefined || !signal) return;
    this.#before = undefined;
    const page = await this.#options
      .client()
      .readConversation(id, signal, before)
      .catch(() => undefined);
    if (signal.aborted || this.conversationId !== id) return;
    this.#before = page ? page.nextBefore : before;
    if (!page) return;
    this.#options.onEarlier();
    this.earlier = [...this.earlier, page.messages.map((message) => createMessage({ ...message, isWhole: true }))];
    this.#host.requestUpdate();
  }

  /** The page was left before the server could know of the message. */
  #restoreAsked(asked: string): void {
    const [, id = '', text = ''] = /^([\da-f-]{36}) ([^]+)$/.exec(asked) ?? [];
    if (id === '' || this.#question || this.messages.some((message) => message.id === id)) return;
    this.messages = [...this.messages, createMessage({ id, role: 'user', text, isWhole: true })];
    this.#offerRetry({ id, role: 'user', text });
  }

  /** The page was left before the reply was whole. */
  #offerRetry({ id, text }: StoredMessage): void {
    this.#question = { message: text, messageId: id };
    this.trouble = { code: 'interrupted', about: 'message', retryAtMs: 0 };
  }

  async #ask(question: Question): Promise<void> {
    const { signal, isNewest } = this.#overtake();
    this.#question = question;
    this.#options.memory().asked.write(`${question.messageId} ${question.message}`);
    this.trouble = undefined;
    this.isAnswering = true;
    this.#host.requestUpdate();
    let mayBeginAnew = this.conversationId !== undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#readReply(question, signal, isNewest);
        return;
      } catch (error) {
        if (!isNewest()) return;
        const waitMs = this.#options.conflictWaitsMs()[attempt];
        if (error instanceof ChatFailure && error.code === 'conflict' && waitMs !== undefined) {
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          if (!isNewest()) return;
        } else if (isGone(error) && mayBeginAnew) {
          // Deleted after long silence, or begun on another origin: the message begins a new one.
          mayBeginAnew = false;
          this.keep(undefined);
        } else {
          this.#failMessage(asFailure(error));
          return;
        }
      }
    }
  }

  async #readReply(question: Question, signal: AbortSignal, isNewest: () => boolean): Promise<void> {
    const { message, messageId } = question;
    const sent = { message, messageId, ...(this.conversationId && { conversationId: this.conversationId }) };
    const parts = this.#options.client().ask(sent, signal);
    const breathe = createBreath();
    const id = replyIdOf(messageId);
    let text = '';
    for (;;) {
      const { done, value } = await parts.next();
      if (!isNewest()) return;
      if (done) {
        this.#finish(question, value.reply, value.conversationId);
        return;
      }
      if (value.kind === 'start') this.keep(value.conversationId);
      else {
        text += value.text;
        if (text.length > REPLY_CHARACTERS_MAX) {
          this.#overtake();
          this.#finish(question, { id, role: 'agent', text }, this.conversationId ?? '');
          return;
        }
        this.#frame.ask(() => this.#putReply(createMessage({ id, role: 'agent', text, isWhole: false })));
      }
      await breathe();
      if (!isNewest()) return;
    }
  }

  #finish({ messageId }: Question, stored: StoredMessage, conversationId: string): void {
    const reply = createMessage({ ...stored, isWhole: true });
    this.#frame.drop();
    this.keep(conversationId);
    this.isAnswering = false;
    this.#question = undefined;
    this.#options.memory().asked.write(undefined);
    this.#putReply(reply, replyIdOf(messageId));
    this.lastReply = reply;
    this.#options.onReply({ text: reply.text, messageId, conversationId });
  }

  /** After the message it answers: a retry replaces the part that it kept. */
  #putReply(reply: ChatMessage, streamedId = reply.id): void {
    const others = this.messages.filter(({ id }) => id !== streamedId);
    this.messages = [...others, reply];
    this.#host.requestUpdate();
  }

  #failMessage(failure: ChatFailure): void {
    // What has come of the reply stays.
    this.#frame.flush();
    this.#overtake();
    this.isAnswering = false;
    this.#show('message', failure);
  }

  #failOpening(failure: ChatFailure): void {
    this.#opening = undefined;
    // The message under way tells the visitor itself how it went.
    if (this.isAnswering) this.#options.onFailure(failure);
    else this.#show('opening', failure);
  }

  #show(about: Trouble['about'], failure: ChatFailure): void {
    const isWait = behaviours[failure.code].action === 'wait';
    const waitMs = isWait ? (failure.facts.retryAfterSeconds ?? 0) * 1000 : 0;
    this.trouble = { code: failure.code, about, retryAtMs: Date.now() + waitMs };
    this.#host.requestUpdate();
    if (failure.code !== 'stopped') this.#options.onFailure(failure);
  }

  #forgetOpening(): void {
    this.#opening?.abort.abort();
    this.#opening = undefined;
  }

  /** Goes on in that conversation, also on the next page. */
  keep(conversationId: string | undefined): void {
    if (conversationId === this.conversationId) return;
    this.conversationId = conversationId;
    const memory = this.#options.memory();
    memory.conversationId.write(conversationId);
    if (conversationId !== undefined) this.#options.onBegin();
    else memory.open.write(undefined);
  }

  #clear(): void {
    this.#overtake();
    this.messages = [];
    this.earlier = [];
    this.#before = undefined;
    this.trouble = undefined;
    this.isAnswering = false;
    this.conversationId = undefined;
    this.lastReply = undefined;
    this.#question = undefined;
    this.#host.requestUpdate();
  }

  #overtake(): { signal: AbortSignal; isNewest: () => boolean } {
    this.#frame.drop();
    this.#asking.abort();
    this.#asking = new AbortController();
    const run = ++this.#newest;
    return { signal: this.#asking.signal, isNewest: () => run === this.#newest };
  }
}

/** The reply's own id isn't known while it streams; the message it answers is, and has one reply. */
function replyIdOf(messageId: string): string {
  return `${messageId}:reply`;
}

function isGone(error: unknown): boolean {
  return error instanceof ChatFailure && error.code === 'not_found';
}

function asFailure(error: unknown): ChatFailure {
  return error instanceof ChatFailure ? error : new ChatFailure('answer_unexpected');
}
