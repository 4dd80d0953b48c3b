/**
 * One turn: claim the message, hold its price, ask, store the answer, keep the price.
 *
 * `beginTurn` makes the first two and `finishTurn` the last two. Where no transaction spans them, their order is what makes it safe
 * to die anywhere:
 * 1. the turn is claimed under `(conversationId, messageId)` by an attempt, with a lease; a second attempt gets a conflict;
 * 2. the price is held under the attempt's id, in the same change that checks the credits;
 * 3. the answer and "charged" are stored in one change of the turn that only the attempt which holds it can make;
 * 4. the hold ends: kept, because the turn says charged.
 * Died after 1 or 2: when the lease has run out, the same `messageId` takes the turn over and the hold moves to the new
 * attempt, so it is answered and charged once. Died after 3: the stored answer is given and `credits/end-stale-holds.ts`
 * ends the hold. Nobody asks again: it fails the turn and gives the hold back. When only the store went away, the lease ends with that.
 * An agent that needs no time has a shorter way (`answer-at-once.ts`).
 * Longer than 200 lines, because this order is one thing and is read as one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, AgentError, AnswerOptions, ChatMessage, TokenUse } from '../agents/port.ts';
import { creditsKept } from '../agents/token-price.ts';
import type { Budgets, GiveBack, Spender } from '../credits/budgets.ts';
import { noCreditsFor } from '../credits/no-credits.ts';
import type { Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { AgentRecord } from '../records/agent.ts';
import type { SpendingBound } from '../records/budget.ts';
import type { Credits } from '../records/credits.ts';
import { holdFor, isUnanswered, type ReplyFindings, type Turn, type TurnReply } from '../records/turn.ts';
import { conversationTurnsMax, type Conversation } from '../records/conversation.ts';
import { beginSummary } from '../records/conversation-summary.ts';
import { createId } from '../records/id.ts';
import type { Principal } from '../gate/verdict.ts';
import { StoreUnavailableError, type Store, type TurnBeginning, type TurnEnding } from '../store/port.ts';
import { findVisibleAgent, noSuchAgent, noSuchConversation, ownerFor } from './access.ts';
import { deriveConversationId } from './conversation-id.ts';
import { createAnswerAtOnce } from './answer-at-once.ts';
import { limitAnswer } from './limit-answer.ts';

/** How long nobody else may take a turn over: longer than an agent may take, and less than the two minutes of a retry. */
export const leaseMs = 100_000;
/** Between two tries to end a lease while the store is away. */
const letGoPauseMsMax = 4_000;
const historyTurnsMax = 20;
/** After so many attempts a turn whose reader keeps leaving is charged again. Else one credit would buy any number of answers. */
const attemptsPerPriceMax = 5;

export interface TurnRequest {
  readonly principal: Principal;
  /** What budgets bound it. */
  readonly spender: Spender;
  readonly agentId: string;
  readonly message: string;
  readonly conversationId?: string | undefined;
  readonly messageId?: string | undefined;
  /** What the caller says was said before. The turn is then the only one of its conversation. */
  readonly earlier?: readonly ChatMessage[] | undefined;
  /** What the caller wants the model to be told. Only a secret call may want that, of an agent that allows it. */
  readonly callerInstructions?: string | undefined;
  /** At most so many tokens of an answer, where that means something to the agent. */
  readonly outputTokensMax?: number | undefined;
  /** What the caller calls the question: a later one of that name replaces it, and all that was said since. */
  readonly questionId?: string | undefined;
  /** What the caller calls the conversation, which begins with its first message. */
  readonly chatId?: string | undefined;
  /** Aborted when the reader leaves. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly conversationId: string;
  readonly messageId: string;
  readonly reply: TurnReply;
  /** As the agent reports it; absent when it reports nothing, and for an answer that was stored. */
  readonly use?: TokenUse | undefined;
  readonly credits: { readonly spent: number; readonly remaining: number };
}

export type TurnEvent =
  | { readonly type: 'start'; readonly conversationId: string; readonly messageId: string; readonly replyId: string }
  | { readonly type: 'delta'; readonly text: string; readonly outcome?: 'nearest' | 'none' }
  | { readonly type: 'done'; readonly answer: Answer }
  | { readonly type: 'refused'; readonly refusal: Refusal };

interface ConverseParts {
  readonly store: Store;
  readonly budgets: Budgets;
  readonly clock: Clock;
  readonly openAgent: (agent: AgentRecord) => Promise<Agent | undefined>;
  /** A conversation began: there may be more now than an organization is to keep. */
  readonly onBegun?: (organizationId: string) => void;
  /** An agent answered that it found nothing. */
  readonly onUnanswered?: (agent: AgentRecord) => void;
  /** Why an agent failed, for the log; the visitor gets one sentence. */
  readonly onAgentError: (agent: AgentRecord, error: unknown) => void;
}

type Attempt = Pick<Turn, 'conversationId' | 'messageId' | 'attemptId'>;

export type Converse = (request: TurnRequest) => AsyncGenerator<TurnEvent, void, void>;

/** Ends with exactly one `done` or `refused`; a refusal before `start` has cost nothing. */
export function createConverse(parts: ConverseParts): Converse {
  const { store, budgets, clock } = parts;
  const answerAtOnce = createAnswerAtOnce(parts);

  return async function* converse(request) {
    const { organizationId } = request.principal;
    const bound = budgets.boundOf(request.spender);
    const [agent, left] = await Promise.all([
      findVisibleAgent(store, request.principal, request.agentId),
      store.findLeft(organizationId, bound),
    ]);
    if (agent === undefined) return yield refusedWith(noSuchAgent);
    const { messageId = crypto.randomUUID() } = request;
    const conversation = describeConversation(request, agent);
    const attempt = { conversationId: conversation.id, messageId, attemptId: createId('atm', clock()) };
    const giveBack = await takeOfVisitor(request.spender, attempt, agent.creditsPerMessage);
    if (isRefusal(giveBack)) return yield refusedWith(giveBack);
    let mayHaveLease = false;
    try {
      const replyId = createId('msg', clock());
      const beginning = { ...describeTurn(conversation, agent, request, attempt, bound), left };
      const answered = await answerAtOnce({ agent, beginning, replyId, signal: request.signal });
      if (typeof answered === 'object' && 'turn' in answered) {
        const { turn, credits, pieces } = answered;
        if (beginning.begins) parts.onBegun?.(organizationId);
        if (turn.reply?.findings?.outcome === 'none') parts.onUnanswered?.(agent);
        return yield* tell(toAnswer(turn, turn.price, credits), pieces);
      }

      mayHaveLease = true;
      const begun = answered === 'no_answer' ? await store.beginTurn(beginning) : answered;
      const claimed = await claim(beginning, begun, request.spender);
      if (isRefusal(claimed) || claimed.state === 'answered') {
        mayHaveLease = false;
        await giveBack(agent.creditsPerMessage);
      }
      if (isRefusal(claimed)) return yield refusedWith(claimed);
      if (claimed.state === 'answered') {
        const answer = toAnswer(claimed, 0, await store.findCredits(organizationId));
        return yield* tell(answer, [answer.reply.text]);
      }
      const turn = claimed;
      yield { type: 'start', conversationId: turn.conversationId, messageId: turn.messageId, replyId };
      let text = '';
      let use: TokenUse | undefined;
      let failure: unknown;
      let findings: ReplyFindings | undefined;
      const seen = { isAsked: false, isCutShort: false };
      try {
        for await (const piece of ask(agent, turn, request, {
          onAsked: () => (seen.isAsked = true),
          onCutShort: () => (seen.isCutShort = true),
          onFound: (found) => (findings = found),
        })) {
          if (typeof piece === 'string') {
            text += piece;
            yield { type: 'delta', text: piece, ...noAnswerIn(findings) };
          } else use = piece;
        }
      } catch (error) {
        // Another wait for the store would double the time until somebody is told.
        if (error instanceof StoreUnavailableError) throw error;
        failure = error;
      }

      const isWhole = failure === undefined && !request.signal.aborted && text !== '';
      const reply: TurnReply = {
        id: replyId,
        text,
        createdAt: clock(),
        ...(findings && { findings }),
        ...(seen.isAsked && { isGenerated: true }),
        ...(seen.isCutShort && { isCutShort: true }),
      };
      // A model that was asked costs its operator something, also when its reader leaves before it says a word.
      const isLeft = request.signal.aborted && seen.isAsked;
      const isPaid = isLeft || (failure as AgentError | undefined)?.isPaid === true;
      const state = isWhole ? 'answered' : text === '' && !isPaid ? 'failed' : 'stopped';
      // Another try costs nothing, and may bring the whole answer: what is charged without one is the most that it may cost.
      const price = turn.isCharged ? turn.price : creditsKept(agent, turn.price, isWhole ? use : undefined);
      const ending = endingOf(organizationId, agent.id, turn, price, state, reply);
      const { turn: finished, credits } = await store.finishTurn(ending);
      const spent = finished === 'conflict' || turn.isCharged ? 0 : ending.kept;
      await giveBack(Math.max(0, agent.creditsPerMessage - spent));
      if (finished === 'conflict') return yield refusedWith(takenOver);
      if (finished === 'not_found') return yield refusedWith(deletedMeanwhile);
      if (isWhole && findings?.outcome === 'none') parts.onUnanswered?.(agent);
      if (isWhole) return yield { type: 'done', answer: { ...toAnswer(finished, spent, credits), use } };
      if (!request.signal.aborted) parts.onAgentError(agent, failure ?? new Error('The agent gave an empty answer.'));
      yield refusedWith(finished.isCharged ? chargedFailure(finished, request, text) : agentFailed);
    } catch (error) {
      if (mayHaveLease) void letGo(attempt);
      throw error;
    }
  };

  /** As it is made if this message begins it. */
  function describeConversation(request: TurnRequest, agent: AgentRecord): Conversation {
    const nowMs = clock();
    const { organizationId, keyId, mode, origin } = request.principal;
    const id = request.conversationId ?? derivedIdOf(request) ?? createId('cnv', nowMs);
    const earlier = request.earlier && { earlierMessages: request.earlier.length };
    const times = { createdAt: nowMs, lastActiveAt: nowMs };
    const summary = beginSummary(request.message);
    return { id, organizationId, agentId: agent.id, keyId, mode, origin, ...earlier, summary, ...times };
  }

  /** As it is made if nobody sent the message before. */
  function describeTurn(
    conversation: Conversation,
    agent: AgentRecord,
    { principal, message, questionId, conversationId }: TurnRequest,
    { messageId, attemptId }: Attempt,
    bound: SpendingBound,
  ): TurnBeginning {
    const nowMs = clock();
    const turn: Turn = {
      conversationId: conversation.id,
      messageId,
      message,
      ...(questionId !== undefined && { questionId }),
      askedAt: nowMs,
      price: agent.creditsPerMessage,
      windowId: bound.budget?.window.id ?? null,
      state: 'asking',
      attemptId,
      leaseUntil: nowMs + leaseMs,
      isCharged: false,
      attempts: 1,
      reply: null,
    };
    const owned = { ...ownerFor(principal), agentId: agent.id };
    return { conversation, begins: conversationId === undefined, owned, turn, bound };
  }

  /** The turn that this attempt now holds and has the price of, the answered turn of a repeated message, or a refusal. */
  async function claim(
    { conversation, begins, turn, bound }: TurnBeginning,
    begun: Awaited<ReturnType<Store['beginTurn']>>,
    spender: Spender,
  ): Promise<Turn | Refusal> {
    if (begun === 'not_found') return noSuchConversation;
    if (begun === 'full') return fullConversation;
    if (begun === 'exhausted') return noCreditsFor(spender.mode);
    if (begun === 'over_budget') return budgets.refuseKey(spender, turn.price);
    if (!('known' in begun)) {
      if (begins) parts.onBegun?.(conversation.organizationId);
      return turn;
    }
    const { known } = begun;
    if (known.state === 'answered') return known;
    if (known.state === 'asking' && known.leaseUntil > turn.askedAt)
      return beingAnswered(known.leaseUntil - turn.askedAt);
    const { state, attemptId, leaseUntil } = turn;
    const { price, windowId } = mayStillHold(known, turn) ? known : turn;
    const change = isPaidFor(known)
      ? { state, attemptId, leaseUntil, attempts: known.attempts + 1 }
      : { state, attemptId, leaseUntil, price, windowId, isCharged: false, attempts: 1 };
    return takeOver(conversation.organizationId, known, change, { spender, bound });
  }

  async function takeOver(
    organizationId: string,
    known: Turn,
    change: Partial<Turn>,
    { spender, bound }: { readonly spender: Spender; readonly bound: SpendingBound },
  ): Promise<Turn | Refusal> {
    // A charged turn's hold is still there only if its process died: end it while the turn still names it.
    if (known.isCharged) await store.settleHold(organizationId, holdFor(known, known.askedAt), known.price);
    const turn = await store.changeTurn(known.conversationId, known.messageId, known.attemptId, change);
    if (turn === 'not_found') return noSuchConversation;
    if (turn === 'conflict') return beingAnswered(leaseMs);
    const hold = holdFor(known, known.askedAt);
    if (mayStillHold(known, turn)) await store.moveHold(organizationId, hold, turn.attemptId, clock());
    else if (known.state === 'asking') await store.settleHold(organizationId, hold, 0);
    if (turn.isCharged || turn.price === 0) return turn;
    const held = await store.holdCredits(organizationId, holdFor(turn, clock()), bound);
    if (held !== 'exhausted' && held !== 'over_budget') return turn;
    await store.changeTurn(turn.conversationId, turn.messageId, turn.attemptId, { state: 'failed' });
    return held === 'exhausted' ? noCreditsFor(spender.mode) : budgets.refuseKey(spender, turn.price);
  }

  /** A message that was answered, or is paid for, costs its visitor nothing, also when they have nothing left. */
  async function takeOfVisitor(spender: Spender, { conversationId, messageId }: Attempt, credits: number) {
    const taken = await budgets.takeOfVisitor(spender, credits);
    if (!isRefusal(taken)) return taken;
    const known = await store.findTurn(conversationId, messageId);
    return known?.state === 'answered' || (known !== undefined && isPaidFor(known)) ? nothingTaken : taken;
  }

  /**
   * The store went away in the middle, and nobody knows what of this attempt is in it. Ends its lease as soon as the store
   * is back, so that the same message again is answered then and not when the lease has run out.
   */
  async function letGo({ conversationId, messageId, attemptId }: Attempt): Promise<void> {
    for (let pauseMs = 500, waitedMs = 0; waitedMs < leaseMs; pauseMs = Math.min(2 * pauseMs, letGoPauseMsMax)) {
      await sleep(pauseMs, undefined, { ref: false });
      waitedMs += pauseMs;
      const ended = await store
        .changeTurn(conversationId, messageId, attemptId, { leaseUntil: 0 })
        .catch(() => 'not_found' as const);
      // What is not there may be on its way still: a server that hung does what it was sent when it goes on.
      if (ended !== 'not_found') return;
    }
  }

  async function listEarlier(turn: Turn): Promise<readonly ChatMessage[]> {
    const turns = await store.listTurns(turn.conversationId, historyTurnsMax);
    const others = turns.filter(({ messageId }) => messageId !== turn.messageId);
    return withoutReplaced([...others, turn])
      .slice(0, -1)
      .flatMap(toMessages);
  }

  async function* ask(
    agent: AgentRecord,
    turn: Turn,
    { principal, signal, earlier, outputTokensMax, callerInstructions }: TurnRequest,
    told: Pick<AnswerOptions, 'onAsked' | 'onCutShort' | 'onFound'>,
  ): AsyncGenerator<string | TokenUse, void> {
    const opened = await parts.openAgent(agent);
    if (opened === undefined) throw new Error('The agent has nothing to answer from.');
    const messages =
      opened.answerAtOnce !== undefined ? [] : (earlier?.slice(-2 * historyTurnsMax) ?? (await listEarlier(turn)));
    const limit = limitAnswer(signal);
    try {
      yield* opened.answer([...messages, { role: 'user', text: turn.message }], limit.signal, {
        outputTokensMax,
        ...(principal.mode === 'secret' && agent.model?.allowCallerInstructions === true && { callerInstructions }),
        isHistoryClaimed: earlier !== undefined,
        ...told,
      });
    } finally {
      limit.end();
    }
    if (limit.signal.aborted && !signal.aborted) throw new Error('The agent took too long.');
  }
}

/** A question that is asked again takes the place of what it was answered, and of all that was said after. */
function withoutReplaced(turns: readonly Turn[]): readonly Turn[] {
  let kept: readonly Turn[] = [];
  for (const turn of turns) {
    const first = kept.findIndex(({ questionId }) => questionId !== undefined && questionId === turn.questionId);
    kept = [...(first === -1 ? kept : kept.slice(0, first)), turn];
  }
  return kept;
}

function endingOf(
  organizationId: string,
  agentId: string,
  turn: Turn,
  price: number,
  state: 'answered' | 'stopped' | 'failed',
  reply: NonNullable<Turn['reply']>,
): TurnEnding {
  const isCharged = state !== 'failed' || turn.isCharged;
  // A failed attempt doesn't take back the part of a reply that an earlier, charged attempt had brought.
  const nothing = { state: turn.isCharged ? 'stopped' : 'failed' } as const;
  const unanswered = state === 'answered' && isUnanswered(reply) && { unansweredOf: agentId };
  const said = { ...(reply.text !== '' && { reply }), ...unanswered };
  const change = state === 'failed' ? nothing : { state, isCharged, price, ...said };
  return { organizationId, turn, change, kept: isCharged ? price : 0 };
}

/** A chat that says it in its visitor's language shows nothing of such pieces. */
function noAnswerIn(findings: ReplyFindings | undefined): { readonly outcome?: 'nearest' | 'none' } {
  return findings === undefined || findings.outcome === 'answered' ? {} : { outcome: findings.outcome };
}

/** An attempt that died may have a hold that is as good for the next one: of the same window. */
function mayStillHold({ state, isCharged, windowId }: Turn, next: Turn): boolean {
  return state === 'asking' && !isCharged && windowId === next.windowId;
}

/** Another attempt costs nothing. */
function isPaidFor({ isCharged, attempts }: Turn): boolean {
  return isCharged && attempts < attemptsPerPriceMax;
}

function toAnswer(turn: Turn, spent: number, credits: Credits = { granted: 0, spent: 0 }): Answer {
  if (turn.reply === null) throw new Error('An answered turn has no reply.');
  const { conversationId, messageId, reply } = turn;
  const left = credits.granted - credits.spent;
  return { conversationId, messageId, reply, credits: { spent, remaining: left } };
}

/** A whole answer, to whoever is told it piece by piece. */
function* tell(answer: Answer, pieces: readonly string[]): Generator<TurnEvent, void> {
  const { conversationId, messageId, reply } = answer;
  yield { type: 'start', conversationId, messageId, replyId: reply.id };
  for (const text of pieces) yield { type: 'delta', text, ...noAnswerIn(reply.findings) };
  yield { type: 'done', answer };
}

/**
 * The first message carries no conversation id, and its answer may get lost on the way. Derived from who asks what under
 * which `messageId`, the id is the same when it is sent again, so that one is not charged twice either. Where the caller has
 * a name for the conversation, it is derived from that.
 */
function derivedIdOf({
  principal,
  agentId,
  message,
  messageId,
  earlier,
  callerInstructions,
  chatId,
}: TurnRequest): string | undefined {
  if (messageId === undefined && chatId === undefined) return undefined;
  const told = [earlier, callerInstructions].filter((part) => part !== undefined);
  const name = chatId === undefined ? [messageId, message, ...told] : [{ chatId }];
  return deriveConversationId(principal, agentId, name);
}

function toMessages(turn: Turn): ChatMessage[] {
  const question: ChatMessage = { role: 'user', text: turn.message };
  return turn.reply === null ? [question] : [question, { role: 'agent', text: turn.reply.text }];
}

function refusedWith(refusal: Refusal): TurnEvent {
  return { type: 'refused', refusal };
}

const nothingTaken: GiveBack = () => Promise.resolve();

const agentFailed = refuse('agent_failed', { fix: 'Send the same message again; nothing was charged.' });

function chargedFailure(turn: Turn, request: TurnRequest, text: string): Refusal {
  const again =
    request.messageId === undefined
      ? 'It was charged. With a messageId of your own, sending a message again costs nothing.'
      : 'Send it again with the same messageId: that costs nothing more.';
  return refuse('agent_failed', {
    ...(text !== '' && { detail: 'The agent broke off in the middle of its answer.' }),
    isCharged: true,
    fix: isPaidFor(turn) ? again : 'Try it later, as a new message: this one was tried as often as one price allows.',
  });
}

/** As if it were not there any more: a chat then begins another one by itself. */
const fullConversation = refuse('not_found', {
  detail: `This conversation has ${conversationTurnsMax} messages, and takes no more.`,
  fix: 'Leave conversationId out to begin a new one.',
});

const deletedMeanwhile = refuse('not_found', { detail: 'This conversation was deleted while the reply was made.' });

const takenOver = refuse('conflict', { detail: 'Another request took this message over.' });

function beingAnswered(remainingMs: number): Refusal {
  return refuse('conflict', {
    detail: 'This message is being answered already.',
    fix: 'Wait for that answer, or send the same messageId again a little later.',
    retryAfterSeconds: Math.min(2, Math.ceil(remainingMs / 1_000)),
  });
}
