/** Ready answers for the scripted server, as the contract has them. */
import type { Answer, Step } from './scripted-server.ts';

export const KEY = 'pk_0123456789abcdefghijklmnopqrstuv';
export const AGENT_ID = 'agt_test';

export const agent = {
  id: AGENT_ID,
  kind: 'faq',
  name: 'Ada',
  description: '',
  greeting: 'Hello! Ask me about **orders**.',
  suggestions: ['Where is my order?', 'How do I return something?'],
  creditsPerMessage: 1,
  disclosure: true,
  disclosureText: null,
};

export const agentAnswer: Answer = { json: agent };

export function start(conversationId = 'cnv_1'): Step {
  return { event: 'start', data: { conversationId, messageId: 'm', replyId: 'r' } };
}

export function delta(text: string): Step {
  return { event: 'delta', data: { text } };
}

export function done(text: string, conversationId = 'cnv_1'): Step {
  return { event: 'done', data: completion(text, conversationId) };
}

export function completion(text: string, conversationId = 'cnv_1') {
  const reply = { id: 'rpl_1', text, createdAt: '2026-01-01T00:00:00.000Z' };
  return { conversationId, messageId: 'm', reply, credits: { spent: 1 } };
}

/** A reply in as many pieces as it has words. */
export function reply(text: string, conversationId = 'cnv_1'): Answer {
  const pieces = text.split(/(?<= )/).map(delta);
  return { steps: [start(conversationId), ...pieces, done(text, conversationId)] };
}

export function problem(status: number, code: string, more: Record<string, unknown> = {}): Answer {
  const { headers, ...fields } = more as { headers?: Record<string, string> };
  const json = { type: `https://docs.example/errors#${code}`, title: code, status, code, detail: `Detail of ${code}.` };
  return { status, json: { ...json, requestId: 'req_1', ...fields }, ...(headers && { headers }) };
}
