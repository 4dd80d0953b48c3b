/** `/api/v1`: what is called with a key. */
import { completionInput, uiMessagesInput } from '../client-input.ts';
import {
  authorizeQuery,
  firstLeftMessageInput,
  leftMessageInput,
  messageInput,
  messagePageQuery,
  pageQuery,
  ratingInput,
  verifyInput,
} from '../request-input.ts';
import type { Operation } from './operation.ts';

const passed = [
  'Postern-Organization',
  'Postern-Key',
  'Postern-External-Id',
  'Postern-Mode',
  'Postern-Scopes',
  'Postern-Origin',
] as const;

const readsErrors =
  'Refusals have the member `error` (`message` with the fix, `type`, `code`, `param`) beside the problem’s own, and `X-Should-Retry: false` where a repetition can’t help.';

const authorize = {
  method: 'any',
  tag: 'Protect your own API',
  summary: 'May this call pass? For a proxy',
  description:
    'The verdict on a visitor’s call by status, for nginx `auth_request`, Caddy `forward_auth`, Traefik `forwardAuth` and Envoy `ext_authz`. The visitor’s own `Authorization` and `Origin` are judged; a body is not read. What follows a last `path=` in the query is the visitor’s address and is not read. A preflight passes as nobody.',
  caller: { kind: 'proxy' },
  query: authorizeQuery,
  requestHeaders: {
    'X-Forwarded-Method': 'The visitor’s method; without it `X-Original-Method`, else the method of the call itself.',
    'X-Original-Method': 'The same, as some proxies name it.',
    'X-Forwarded-For': 'The visitor’s address, as far as `TRUST_PROXY` says.',
    'X-Forwarded-Proto': 'The scheme of the visitor’s call, for a page that reads its own origin.',
    'X-Forwarded-Host': 'The host of the visitor’s call, for the same.',
  },
  answers: { 200: { description: 'The call may pass. No body.', headers: passed } },
  refusals: ['credits_exhausted', 'budget_exhausted'],
} as const satisfies Omit<Operation, 'path' | 'id'>;

export const v1Operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/agents',
    id: 'listAgents',
    tag: 'Chat',
    summary: 'The agents, newest first',
    description: 'A publishable call sees the public ones.',
    caller: { kind: 'key', scope: 'agents:read' },
    query: pageQuery,
    answers: { 200: { description: 'A page of agents.', type: 'PublicAgentPage' } },
  },
  {
    method: 'get',
    path: '/api/v1/agents/{agentId}',
    id: 'getAgent',
    tag: 'Chat',
    summary: 'One agent',
    description:
      'The widget adds `?widget=` and its version, such as `0.1.0`: with its page’s origin it is among the key’s `installations`. Nothing else depends on it, and what is no version is ignored.',
    caller: { kind: 'key', scope: 'agents:read' },
    answers: { 200: { description: 'The agent.', type: 'PublicAgent' } },
    refusals: ['not_found'],
  },
  {
    method: 'post',
    path: '/api/v1/agents/{agentId}/messages',
    id: 'sendMessage',
    tag: 'Chat',
    summary: 'Send a message and get the reply',
    description:
      'Costs the agent’s `creditsPerMessage`. With `Accept: text/event-stream` the reply comes piece by piece: one `start`, any number of `delta`, then one `done` or `error`. A comment line comes every 15 seconds. What is refused before the first event is an ordinary problem. A client that leaves stops the agent.',
    caller: { kind: 'key', scope: 'messages:write' },
    body: messageInput,
    answers: {
      200: {
        description: 'The reply.',
        type: 'Reply',
        events: { start: 'StreamStart', delta: 'StreamDelta', done: 'Reply', error: 'ProblemDocument' },
        headers: ['X-Accel-Buffering'],
      },
    },
    refusals: ['not_found', 'conflict', 'credits_exhausted', 'budget_exhausted', 'agent_failed'],
  },
  {
    method: 'post',
    path: '/api/v1/agents/{agentId}/ui-messages',
    id: 'sendUiMessage',
    tag: 'Chat',
    summary: 'Send a message as the AI SDK’s useChat does',
    description:
      'The AI SDK’s UI message stream, version 1: what `useChat` with `DefaultChatTransport` sends and reads. Unknown fields are passed over. The last message is what is asked; those before it are known here, by `id`. Sent again, a message gets the stored reply; with `trigger` `regenerate-message` it is asked anew, and costs again.',
    caller: { kind: 'key', scope: 'messages:write' },
    body: uiMessagesInput,
    answers: {
      200: {
        description: 'The reply.',
        lines: ['UiMessagePart'],
        headers: ['X-Accel-Buffering', 'X-Vercel-AI-UI-Message-Stream'],
      },
    },
    refusals: ['not_found', 'conflict', 'credits_exhausted', 'agent_failed'],
  },
  {
    method: 'get',
    path: '/api/v1/models',
    id: 'listModels',
    tag: 'Chat',
    summary: 'The agents, as clients of the OpenAI interface list them',
    description: `The newest 100. ${readsErrors}`,
    caller: { kind: 'key', scope: 'agents:read' },
    answers: { 200: { description: 'The agents.', type: 'ModelList' } },
  },
  {
    method: 'post',
    path: '/api/v1/chat/completions',
    id: 'createChatCompletion',
    tag: 'Chat',
    summary: 'Ask an agent as clients of the OpenAI interface do',
    description: `For clients whose base URL ends in \`/api/v1\`. Unknown fields are passed over; what would change the answer and can’t be done (tools, several answers, images, log probabilities) is refused. Each call is kept as a conversation of one turn. ${readsErrors}`,
    caller: { kind: 'key', scope: 'messages:write' },
    body: completionInput,
    requestHeaders: {
      'Idempotency-Key':
        'A UUID or any other text of at most 200 characters. The same call sent again under it gets the stored reply and costs nothing.',
    },
    answers: {
      200: {
        description: 'The reply; with `stream` piece by piece.',
        type: 'ChatCompletion',
        lines: ['ChatCompletionChunk', 'OpenAiStreamError'],
        headers: ['X-Accel-Buffering'],
      },
    },
    refusals: ['not_found', 'conflict', 'credits_exhausted', 'agent_failed'],
  },
  {
    method: 'get',
    path: '/api/v1/conversations/{conversationId}',
    id: 'getConversation',
    tag: 'Chat',
    summary: 'The newest messages of a conversation, oldest first',
    description:
      'A publishable call sees what the same key began from the same origin; a secret call sees all of its organization.',
    caller: { kind: 'key', scope: 'messages:write' },
    query: messagePageQuery,
    answers: { 200: { description: 'A page of messages.', type: 'ConversationPage' } },
    refusals: ['not_found'],
  },
  {
    method: 'delete',
    path: '/api/v1/conversations/{conversationId}',
    id: 'deleteConversation',
    tag: 'Chat',
    summary: 'Delete a conversation, at once and for ever',
    description: 'Whoever may read it may delete it.',
    caller: { kind: 'key', scope: 'messages:write' },
    answers: { 204: { description: 'Done. No body.' } },
    refusals: ['not_found'],
  },
  {
    method: 'put',
    path: '/api/v1/conversations/{conversationId}/messages/{replyId}/rating',
    id: 'rateReply',
    tag: 'Chat',
    summary: 'Say what a reply was worth',
    description: 'Whoever may read it may rate it. The rating before is replaced.',
    caller: { kind: 'key', scope: 'messages:write' },
    body: ratingInput,
    answers: { 204: { description: 'Done. No body.' } },
    refusals: ['not_found'],
  },
  {
    method: 'post',
    path: '/api/v1/conversations/{conversationId}/contact',
    id: 'leaveMessage',
    tag: 'Chat',
    summary: 'Leave a message for the people behind the agent',
    description:
      'Whoever may read the conversation may leave one, where the agent’s `contact` says `leaveMessage`; `forbidden` elsewhere. A conversation takes three (`conflict` after that). The same words from the same address count once. It is kept with the conversation and goes with it, costs no credits, and webhooks are told (`contact.requested`).',
    caller: { kind: 'key', scope: 'messages:write' },
    body: leftMessageInput,
    answers: { 204: { description: 'It is kept. No body.' } },
    refusals: ['not_found', 'forbidden', 'conflict'],
  },
  {
    method: 'post',
    path: '/api/v1/agents/{agentId}/contact',
    id: 'beginWithLeftMessage',
    tag: 'Chat',
    summary: 'Leave a message for the people behind the agent, before any question',
    description:
      'For when not even a first question can be answered, because the credits are used up, say. It begins a conversation without questions, in which the message is kept as `POST /api/v1/conversations/{conversationId}/contact` keeps one, and which can be read, gone on with and deleted. The same words from the same address under the same `messageId` count once. An address begins ten of these an hour, and an organization 60 (`rate_limited`).',
    caller: { kind: 'key', scope: 'messages:write' },
    body: firstLeftMessageInput,
    answers: { 200: { description: 'It is kept.', type: 'BegunConversation' } },
    refusals: ['not_found', 'forbidden', 'conflict'],
  },
  {
    method: 'get',
    path: '/api/v1/key',
    id: 'getCaller',
    tag: 'Keys',
    summary: 'Who am I?',
    caller: { kind: 'key' },
    answers: { 200: { description: 'The key; a secret call is told more.', type: 'AnyCaller' } },
  },
  {
    method: 'post',
    path: '/api/v1/keys/verify',
    id: 'verifyKey',
    tag: 'Protect your own API',
    summary: 'Is this somebody’s valid key?',
    description:
      '200 whatever the visitor sent, when the caller itself was let in and the body has this shape. `status` is what your own API should answer. When this call fails, let nobody in.',
    caller: { kind: 'key', scope: 'keys:verify', isPairOnly: true },
    body: verifyInput,
    answers: { 200: { description: 'The verdict.', type: 'KeyVerdict' } },
  },
  { ...authorize, path: '/api/v1/authorize', id: 'authorize' },
  { ...authorize, path: '/api/v1/authorize/{path}', id: 'authorizeBelow', summary: 'The same, with any path below it' },
];
