/**
 * Bodies of clients that others wrote: of the OpenAI interface and of the AI SDK. They send many fields that mean nothing
 * here, so what is unknown is passed over. What would change the answer, and can't be done, is refused with the reason.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { CallMode } from '../gate/scope.ts';

const messageLengthMax = 4_000;
const messagesMax = 1_000;
const idempotencyKeyLengthMax = 200;
/** As long as an owner's own. */
const callerInstructionsLengthMax = 20_000;

const onlyText = 'An agent reads text alone: leave images, audio and files out.';
const noTools = 'An agent calls no tools: leave this out.';
const noLogprobs = 'An agent gives no log probabilities: leave this out.';

const textParts = z.array(z.object({ type: z.literal('text', onlyText), text: z.string() }));
const content = z.union([z.string(), textParts], {
  error: ({ input }) => (Array.isArray(input) ? onlyText : 'A text, or a list of texts.'),
});

const chatMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant'], 'One of user, assistant, system and developer.'),
  content: content.nullish(),
});

const tokens = z.number().int().min(1).nullish();

const nothing = (reason: string) => z.array(z.unknown()).max(0, reason).nullish();

export const completionInput = z.object({
  model: z.string().min(1).max(100).describe('The id of an agent.'),
  messages: z
    .array(chatMessage)
    .min(1)
    .max(messagesMax)
    .describe(
      'The last one is what is asked, of at most 4,000 characters. What `system` and `developer` say is left out, but for a secret call of an agent with `allowCallerInstructions`.',
    ),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: tokens.describe('At most so many of the answer, and at most the agent’s own.'),
  max_tokens: tokens.describe('The same.'),
  n: z.literal(1, 'An agent gives one answer: leave n out.').nullish(),
  tools: nothing(noTools),
  functions: nothing(noTools),
  logprobs: z.literal(false, noLogprobs).nullish(),
  audio: z.null(onlyText).optional(),
  modalities: z.array(z.literal('text', onlyText)).nullish(),
});

export const uiMessagesInput = z.object({
  id: z.string().min(1).max(200).describe('Names the conversation, for this key and origin.'),
  messages: z
    .array(
      z.object({
        id: z.string().max(200).optional(),
        role: z.enum(['system', 'user', 'assistant']),
        parts: z.array(z.looseObject({ type: z.string() })),
      }),
    )
    .min(1)
    .max(messagesMax)
    .describe('The last one is what is asked. What came before is known here.'),
  trigger: z.enum(['submit-message', 'regenerate-message']).nullish(),
  messageId: z.string().max(200).nullish().describe('To regenerate: the reply that is replaced.'),
});

interface Said {
  readonly role: 'user' | 'agent';
  readonly text: string;
}

/** What is asked, and what the caller says was said before it. */
interface Asked {
  readonly message: string;
  readonly earlier: readonly Said[];
  /** What `system` and `developer` of a secret call say; undefined: nothing. */
  readonly callerInstructions: string | undefined;
}

export function readCompletion({ messages }: z.output<typeof completionInput>, mode: CallMode): Asked | Refusal {
  const last = messages.length - 1;
  if (messages[last]?.role !== 'user')
    return refuseAt(`messages.${last}.role`, 'The last message must be of the user.');
  const said = messages.map(({ role, content: text }) => ({ role, text: textOf(text) }));
  const message = said[last]?.text ?? '';
  const problem = problemOf(message);
  if (problem !== undefined) return refuseAt(`messages.${last}.content`, problem);
  const earlier = said.slice(0, last).flatMap(({ role, text }): readonly Said[] => {
    // Else anybody's page could give an agent other instructions than its owner's.
    if (role === 'system' || role === 'developer' || text === '') return [];
    return [{ role: role === 'user' ? 'user' : 'agent', text }];
  });
  if (mode === 'publishable') return { message, earlier, callerInstructions: undefined };
  const instructions = messages
    .flatMap(({ role }, index) => (role === 'system' || role === 'developer' ? [said[index]?.text ?? ''] : []))
    .filter((text) => text !== '')
    .join('\n\n');
  if (isLonger(instructions, callerInstructionsLengthMax)) {
    const max = `Of system and developer at most ${callerInstructionsLengthMax} characters together.`;
    return refuseAt('messages', max);
  }
  return { message, earlier, callerInstructions: instructions === '' ? undefined : instructions };
}

/** What is asked, and the id that the client gave it. */
export function readUiMessage({
  messages,
}: z.output<typeof uiMessagesInput>): { readonly message: string; readonly id: string | undefined } | Refusal {
  // To regenerate, the client sends what is left: the last one is of the user in any case.
  const last = messages.length - 1;
  const { role, parts = [], id } = messages[last] ?? {};
  if (role !== 'user') return refuseAt(`messages.${last}.role`, 'The last message must be of the user.');
  const file = parts.findIndex(({ type }) => type === 'file');
  if (file !== -1) return refuseAt(`messages.${last}.parts.${file}`, onlyText);
  const texts = parts.filter(({ type }) => type === 'text').map(({ text }) => (typeof text === 'string' ? text : ''));
  const message = texts.join('\n').trim();
  const problem = problemOf(message);
  return problem === undefined ? { message, id } : refuseAt(`messages.${last}.parts`, problem);
}

/** The `messageId` of a call: a UUID as it is, and of any other text one that is always the same. */
export function readIdempotencyKey(header: string | undefined): { readonly messageId: string | undefined } | Refusal {
  if (header === undefined) return { messageId: undefined };
  if (header === '' || header.length > idempotencyKeyLengthMax) {
    return refuseAt('Idempotency-Key', `1 to ${idempotencyKeyLengthMax} characters.`);
  }
  return { messageId: z.guid().safeParse(header).success ? header.toLowerCase() : uuidOf(header) };
}

/** Version 8: the bits are our own, of what they name. */
export function uuidOf(...named: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(named)).digest('hex');
  const variant = ((parseInt(digest.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

function textOf(text: z.output<typeof content> | null | undefined): string {
  if (text === null || text === undefined) return '';
  return (typeof text === 'string' ? text : text.map((part) => part.text).join('\n')).trim();
}

function problemOf(message: string): string | undefined {
  if (message === '') return 'Nothing is asked.';
  return isLonger(message, messageLengthMax) ? `At most ${messageLengthMax} characters.` : undefined;
}

function refuseAt(path: string, message: string): Refusal {
  return refuse('request_invalid', { problems: [{ path, message }] });
}

/** In characters, as the other ways to send a message count them; one may be two units of a string. */
function isLonger(text: string, max: number): boolean {
  return text.length > max && Array.from(text).length > max;
}
