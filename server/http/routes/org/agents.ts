/** `/api/org/{organizationId}/agents`: what answers an organization's visitors. */
import type { IRouter, Response } from 'express';
import { agentInput, agentPatch } from '../../../agents/agent-input.ts';
import { createAgentManager, type AgentManager } from '../../../agents/manage.ts';
import type { AgentTrouble, Troubles } from '../../../agents/troubles.ts';
import type { Upstream } from '../../../agents/upstream.ts';
import type { KeptAgent } from '../../../records/record-kinds.ts';
import { isRefusal } from '../../../gate/problem.ts';
import { createJsonBody, isId, parseBody, parsePage } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentOwnAgent, presentTrouble, presentUpstream } from '../../present.ts';
import type { OrgRouteParts } from './keys.ts';
import type * as Wire from '../../wire.ts';

/** A FAQ is longer than other bodies. */
const agentBytesMax = 1024 * 1024;

export interface OrgAgentParts extends OrgRouteParts {
  /** What the operator lists for model agents. */
  readonly upstreams: readonly Upstream[];
  readonly troubles: Troubles;
}

export function addOrgAgentRoutes(routes: IRouter, parts: OrgAgentParts): void {
  const { store, clock, requireMember, answers, upstreams, troubles } = parts;
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
}

function presentWhole({ agent, knowledge }: KeptAgent, troubles: readonly AgentTrouble[]): Wire.AgentWithQuestions {
  const faq = knowledge.entries.map(({ question, answer }) => ({ question, answer }));
  return { ...presentOwnAgent(agent), faq, troubles: troubles.map(presentTrouble) };
}
