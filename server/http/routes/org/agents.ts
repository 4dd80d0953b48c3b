/** `/api/org/{organizationId}/agents`: what answers an organization's visitors. */
import type { IRouter, Response } from 'express';
import { agentInput, agentPatch } from '../../../agents/agent-input.ts';
import { faqEntry } from '../../../agents/faq-source.ts';
import { createAgentManager, type AgentManager } from '../../../agents/manage.ts';
import type { AgentTrouble, Troubles } from '../../../agents/troubles.ts';
import type { ListUnanswered } from '../../../agents/unanswered.ts';
import type { Upstream } from '../../../agents/upstream.ts';
import type { AgentRecord, FaqEntry } from '../../../records/agent.ts';
import type { KeptAgent } from '../../../records/record-kinds.ts';
import { dayMs } from '../../../gate/clock.ts';
import { createReadingAudit } from '../../../audit/reading.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, isId, parseBody, parseDays, parsePage } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import {
  answerJson,
  presentAnswer,
  presentOwnAgent,
  presentQuestion,
  presentTrouble,
  presentUnanswered,
  presentUpstream,
} from '../../present.ts';
import { readerOf } from '../../reader.ts';
import { previewQuestion } from '../../request-input.ts';
import type { Preview } from '../../../chat/preview.ts';
import type { OrgRouteParts } from './keys.ts';
import type * as Wire from '../../wire.ts';

/** A FAQ is longer than other bodies. */
const agentBytesMax = 1024 * 1024;

export interface OrgAgentParts extends OrgRouteParts {
  /** What the operator lists for model agents. */
  readonly upstreams: readonly Upstream[];
  readonly troubles: Troubles;
  readonly preview: Preview;
  readonly listUnanswered: ListUnanswered;
}

export function addOrgAgentRoutes(routes: IRouter, parts: OrgAgentParts): void {
  const { store, clock, requireMember, answers, upstreams, troubles, preview, listUnanswered } = parts;
  const body = createJsonBody(agentBytesMax);

  function open(
    response: Response,
    agentId: unknown = '',
  ): { agents: AgentManager; organizationId: string; agentId: string } {
    const { organizationId, actor } = memberOf(response);
    const id = typeof agentId === 'string' && isId(agentId, 'agt') ? agentId : '';
    return { agents: createAgentManager({ store, clock, actor, upstreams }), organizationId, agentId: id };
  }

  const presentWithFaq = (kept: KeptAgent): Wire.AgentWithQuestions => presentWhole(kept, troubles.list(kept.agent.id));

  routes
    .route('/api/org/:organizationId/upstreams')
    .get(requireMember('viewer'), (_request, response) => {
      answerJson<Wire.AgentUpstreams>(response, { data: upstreams.map(presentUpstream) });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route('/api/org/:organizationId/agents')
    .get(requireMember('viewer'), async (request, response) => {
      const page = parsePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { agents, organizationId } = open(response);
      const { items, nextCursor } = await agents.list(organizationId, page.value);
      answerJson<Wire.AgentPage>(response, { data: items.map(presentOwnAgent), nextCursor });
    })
    .post(requireMember('member'), body, async (request, response) => {
      const input = parseBody(agentInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { agents, organizationId } = open(response);
      const made = await agents.create(organizationId, input.value);
      if (isRefusal(made)) return answers.answer(response, made);
      response.statusCode = 201;
      answerJson(response, presentWithFaq(made));
    })
    .all(answers.methodNotAllowed('GET', 'POST'));

  routes
    .route('/api/org/:organizationId/agents/:agentId')
    .get(requireMember('viewer'), async (request, response) => {
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const found = await agents.find(organizationId, agentId);
      if (isRefusal(found)) return answers.answer(response, found);
      answerJson(response, presentWithFaq(found));
    })
    .patch(requireMember('member'), body, async (request, response) => {
      const patch = parseBody(agentPatch, request);
      if (isRefusal(patch)) return answers.answer(response, patch);
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const changed = await agents.edit(organizationId, agentId, patch.value);
      if (isRefusal(changed)) {
        const { current } = changed;
        const extra: Wire.AgentConflict = current ? { current: presentWithFaq(current) } : {};
        return answers.answer(response, changed, { ...extra });
      }
      answerJson(response, presentWithFaq(changed));
    })
    .delete(requireMember('member'), async (request, response) => {
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const refusal = await agents.remove(organizationId, agentId);
      if (refusal !== undefined) return answers.answer(response, refusal);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('GET', 'PATCH', 'DELETE'));

  routes
    .route('/api/org/:organizationId/agents/:agentId/preview')
    .post(requireMember('member'), createJsonBody(), async (request, response) => {
      const input = parseBody(previewQuestion, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const found = await agents.find(organizationId, agentId);
      if (isRefusal(found)) return answers.answer(response, found);
      const answer = await preview(found.agent, input.value.message, readerOf(response));
      if (isRefusal(answer)) return answers.answer(response, answer);
      answerJson(response, presentAnswer(answer, false));
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route('/api/org/:organizationId/agents/:agentId/faq')
    .post(requireMember('member'), createJsonBody(), async (request, response) => {
      const entry = parseBody(faqEntry, request);
      if (isRefusal(entry)) return answers.answer(response, entry);
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const taught = await agents.teach(organizationId, agentId, entry.value);
      if (isRefusal(taught)) return answers.answer(response, taught);
      response.statusCode = 201;
      answerJson(response, presentAdded(entry.value, taught.agent));
    })
    .all(answers.methodNotAllowed('POST'));

  const reading = createReadingAudit({ store, clock });

  routes
    .route('/api/org/:organizationId/agents/:agentId/unanswered')
    .get(requireMember('viewer'), async (request, response) => {
      const days = parseDays(request);
      if (isRefusal(days)) return answers.answer(response, days);
      const { agents, organizationId, agentId } = open(response, request.params.agentId);
      const found = await agents.find(organizationId, agentId);
      if (isRefusal(found)) return answers.answer(response, found);
      const { id, name } = found.agent;
      const target = { kind: 'agent', id, name } as const;
      await reading.recordHourly(memberOf(response).actor, { organizationId, action: 'conversations.listed', target });
      const askedSince = clock() - days.value * dayMs;
      const groups = await listUnanswered(found.agent, askedSince);
      answerJson<Wire.UnansweredQuestions>(response, groups.map(presentUnanswered));
    })
    .all(answers.methodNotAllowed('GET'));
}

/** As somebody adds one. */
function presentAdded(entry: FaqEntry, { revision }: AgentRecord): Wire.AddedAnswer {
  return { ...presentQuestion(entry), revision };
}

function presentWhole({ agent, knowledge }: KeptAgent, troubles: readonly AgentTrouble[]): Wire.AgentWithQuestions {
  const faq = knowledge.entries.map(presentQuestion);
  return { ...presentOwnAgent(agent), faq, synonyms: agent.synonyms, troubles: troubles.map(presentTrouble) };
}
