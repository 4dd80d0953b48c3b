/** `/api/org/{organizationId}/conversations`: what visitors asked and were answered. */
import { setImmediate } from 'node:timers/promises';
import type { IRouter, Response } from 'express';
import { createAudit } from '../../../audit/audit.ts';
import { createReadingAudit } from '../../../audit/reading.ts';
import { findConversations, isOutOfDate } from '../../../chat/find-conversations.ts';
import { readConversations, readTurns, withoutSecrets } from '../../../chat/whole-conversations.ts';
import { toIsoTime, toUtcDate } from '../../../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../../../gate/problem.ts';
import type { AuditAction, AuditFacts } from '../../../records/audit-event.ts';
import type { Conversation } from '../../../records/conversation.ts';
import { outcomeOf } from '../../../records/conversation-summary.ts';
import type { Turn } from '../../../records/turn.ts';
import { createJsonBody, isId, parseBody, parseMessagePage, parseWith } from '../../body.ts';
import { beginFile, fileKinds, type FileKind } from '../../begin-file.ts';
import { toCsv } from '../../csv.ts';
import { tooManyExports, type Exports } from '../../exports.ts';
import { memberOf } from '../../locals.ts';
import {
  answerJson,
  presentConversation,
  presentConversationLine,
  presentLeftMessages,
  presentWholeConversation,
} from '../../present.ts';
import { conversationFileQuery, conversationsQuery, conversationsToDelete } from '../../request-input.ts';
import { waitForRoom } from '../../wait-for-room.ts';
import type * as Wire from '../../wire.ts';
import type { OrgRouteParts } from './keys.ts';

const noSuchConversation = refuse('not_found', { detail: 'This organization has no such conversation.' });

export function addOrgConversationRoutes(routes: IRouter, parts: OrgRouteParts, exports: Exports): void {
  const { store, clock, requireMember, answers } = parts;
  const all = '/api/org/:organizationId/conversations';

  async function find(response: Response, conversationId: unknown): Promise<Conversation | Refusal> {
    const { organizationId } = memberOf(response);
    const id = typeof conversationId === 'string' && isId(conversationId, 'cnv') ? conversationId : '';
    const found = await store.findConversation(organizationId, id);
    if (found === undefined || !isOutOfDate(found, clock())) return found ?? noSuchConversation;
    return (await store.sumUpConversation(found.id, clock())) ?? noSuchConversation;
  }

  async function record(response: Response, action: AuditAction, id: string, after: AuditFacts | null) {
    const { organizationId, actor } = memberOf(response);
    const target = conversationsOf(id);
    await createAudit({ store, clock })(actor, { organizationId, action, target, before: null, after });
  }

  const reading = createReadingAudit({ store, clock });
  const conversationsOf = (id: string) => ({ kind: 'conversation', id, name: id }) as const;

  /** Until the end, or until the reader has left. */
  async function writeAll(response: Response, kind: FileKind, pages: AsyncIterable<readonly Conversation[]>) {
    const hasLeft = (): boolean => response.destroyed;
    for await (const conversations of pages) {
      if (hasLeft()) return;
      for (const conversation of conversations) {
        const turns = await readTurns(parts, conversation.id);
        const text =
          kind === 'csv'
            ? toCsv([...turns.map((turn) => toRow(conversation, turn)), ...leftRows(conversation)])
            : `${JSON.stringify(presentWholeConversation(conversation, turns))}\n`;
        if (!response.write(text)) await waitForRoom(response);
        if (hasLeft()) return;
        await setImmediate();
      }
    }
    response.end();
  }

  routes
    .route(all)
    .get(requireMember('viewer'), async (request, response) => {
      const asked = parseWith(conversationsQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      const { organizationId, actor } = memberOf(response);
      const target = conversationsOf(organizationId);
      await reading.recordHourly(actor, { organizationId, action: 'conversations.listed', target });
      const { items, nextCursor } = await findConversations({ store, clock }, organizationId, asked.value, asked.value);
      answerJson<Wire.ConversationList>(response, { data: items.map(presentConversationLine), nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  // A POST, as bodies of DELETE get lost on the way. Before the route of one conversation.
  routes
    .route(`${all}/delete`)
    .post(requireMember('member'), createJsonBody(), async (request, response) => {
      const input = parseBody(conversationsToDelete, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { organizationId } = memberOf(response);
      const deleted = await store.deleteConversations(organizationId, [...new Set(input.value.ids)]);
      if (deleted > 0) await record(response, 'conversations.deleted', organizationId, { conversations: deleted });
      answerJson<Wire.DeletedConversations>(response, { deleted });
    })
    .all(answers.methodNotAllowed('POST'));

  for (const kind of fileKinds) {
    routes
      .route(`/api/org/:organizationId/conversations.${kind}`)
      .get(requireMember('viewer'), async (request, response) => {
        const asked = parseWith(conversationFileQuery, request.query);
        if (isRefusal(asked)) return answers.answer(response, asked);
        const { organizationId, actor } = memberOf(response);
        const leave = exports.enter(organizationId);
        if (leave === undefined) return answers.answer(response, tooManyExports);
        try {
          const target = conversationsOf(organizationId);
          await reading.recordEach(actor, {
            organizationId,
            action: 'conversations.exported',
            target,
            after: { kind },
          });
          beginFile(response, kind, `postern-conversations-${toUtcDate(clock())}`, csvColumns);
          await writeAll(response, kind, readConversations(parts, organizationId, asked.value));
        } finally {
          leave();
        }
      })
      .all(answers.methodNotAllowed('GET'));
  }

  routes
    .route(`${all}/:conversationId`)
    .get(requireMember('viewer'), async (request, response) => {
      const page = parseMessagePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const conversation = await find(response, request.params.conversationId);
      if (isRefusal(conversation)) return answers.answer(response, conversation);
      const { limit, before } = page.value;
      const { organizationId, actor } = memberOf(response);
      const target = conversationsOf(conversation.id);
      await reading.recordEach(actor, { organizationId, action: 'conversation.read', target });
      const turns = await store.listTurns(conversation.id, limit + 1, before);
      const { messages, nextBefore } = presentConversation(conversation, turns.map(withoutSecrets), limit);
      const leftMessages = presentLeftMessages(conversation);
      const line = presentConversationLine(conversation);
      answerJson<Wire.ConversationThread>(response, { ...line, messages, leftMessages, nextBefore });
    })
    .delete(requireMember('member'), async (request, response) => {
      const { organizationId } = memberOf(response);
      const { conversationId } = request.params;
      const ids = isId(conversationId, 'cnv') ? [conversationId] : [];
      if ((await store.deleteConversations(organizationId, ids)) === 0)
        return answers.answer(response, noSuchConversation);
      await record(response, 'conversation.deleted', ids.join(), null);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('GET', 'DELETE'));
}

const csvColumns = [
  'conversation_id',
  'agent_id',
  'key_id',
  'origin',
  'asked_at',
  'question',
  'answer',
  'outcome',
  'rating',
  'contact_name',
  'contact_email',
  'contact_message',
];

/** A row for each question. */
function toRow({ id, agentId, keyId, origin }: Conversation, turn: Turn): readonly (string | number | null)[] {
  const { askedAt, message, reply, state } = turn;
  const outcome = state === 'asking' ? '' : outcomeOf(turn);
  const rating = reply?.rating ?? null;
  const asked = [toIsoTime(askedAt), message, reply?.text ?? '', outcome, rating];
  return [id, agentId, keyId, origin, ...asked, '', '', ''];
}

/** A row for each message that was left, which stands in columns of its own. */
function leftRows({ id, agentId, keyId, origin, leftMessages = [] }: Conversation) {
  return leftMessages.map(({ name, email, text, createdAt }) => {
    const asked = [toIsoTime(createdAt), '', '', '', null];
    return [id, agentId, keyId, origin, ...asked, name, email, text];
  });
}
