/** What every store must do with agents. */
import { beforeEach, describe, expect, test } from 'vitest';
import { sampleAgent, sampleModel } from '../../support/sample-records.ts';
import { type Given, newOrganization, type StoreUnderTest } from './given.ts';

export function testAgents(given: () => Given): void {
  describe('agents', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const knowledge = {
      entries: [{ question: 'What is $where?', aliases: ['$in', 'Ça?'], answer: 'A "field.name" with dots.' }],
    };

    test('are found exactly as they were made, the knowledge apart', async () => {
      const agent = sampleAgent(org);
      expect(await store.createAgent(agent, knowledge)).toBe('created');
      expect(await store.createAgent(agent, { entries: [] })).toBe('conflict');
      expect(await store.findAgent(org, agent.id)).toStrictEqual(agent);
      expect(await store.findAgentKnowledge(org, agent.id)).toStrictEqual(knowledge);
      expect(await store.findKeptAgent(org, agent.id)).toStrictEqual({ agent, knowledge });
    });

    test('with a model are found as they were made, take another one, and lose it', async () => {
      const agent = sampleAgent(org, { kind: 'model', model: sampleModel({ creditsPer1000Tokens: null }) });
      await store.createAgent(agent, { entries: [] });
      expect(await store.findAgent(org, agent.id)).toStrictEqual(agent);
      expect((await store.listAgents(org, { limit: 1 })).items).toStrictEqual([agent]);
      const model = sampleModel({
        instructions: '$set: {"a.b": 1}',
        answersOnlyFromKnowledge: true,
        allowCallerInstructions: true,
      });
      const other = { ...agent, model, revision: 2 };
      expect(await store.changeAgent(org, agent.id, { model })).toStrictEqual({ before: agent, after: other });
      const faq = { ...other, kind: 'faq', model: null, revision: 3 };
      expect(await store.changeAgent(org, agent.id, { kind: 'faq', model: null })).toStrictEqual({
        before: other,
        after: faq,
      });
      expect(await store.findKeptAgent(org, agent.id)).toStrictEqual({ agent: faq, knowledge: { entries: [] } });
    });

    test('of another organization are not found', async () => {
      const agent = sampleAgent(org);
      await store.createAgent(agent, knowledge);
      const other = await newOrganization(store, 0);
      expect(await store.findAgent(other, agent.id)).toBeUndefined();
      expect(await store.findAgentKnowledge(other, agent.id)).toBeUndefined();
      expect(await store.findAgent(org, 'agt_none')).toBeUndefined();
      expect(await store.findAgentKnowledge(org, 'agt_none')).toBeUndefined();
      expect(await store.findKeptAgent(other, agent.id)).toBeUndefined();
      expect(await store.findKeptAgent(org, 'agt_none')).toBeUndefined();
      expect(await store.listAgents(other, { limit: 5 })).toStrictEqual({ items: [], nextCursor: null });
    });

    test('change in the named fields, with the knowledge or without', async () => {
      const agent = sampleAgent(org);
      await store.createAgent(agent, knowledge);
      const renamed = { ...agent, name: 'Support', suggestions: [], public: false, revision: 2 };
      const { name, suggestions } = renamed;
      expect(await store.changeAgent(org, agent.id, { name, suggestions, public: false })).toStrictEqual({
        before: agent,
        after: renamed,
      });
      expect(await store.findAgentKnowledge(org, agent.id)).toStrictEqual(knowledge);
      const other = { entries: [{ question: '$set', aliases: [], answer: '' }, ...knowledge.entries] };
      const taught = { ...renamed, knowledgeId: 'knw_2', revision: 3 };
      expect(await store.changeAgent(org, agent.id, { knowledgeId: 'knw_2' }, other)).toStrictEqual({
        before: renamed,
        after: taught,
      });
      expect(await store.findAgentKnowledge(org, agent.id)).toStrictEqual(other);
      expect(await store.changeAgent(org, agent.id, {}, { entries: [] })).toStrictEqual({
        before: taught,
        after: { ...taught, revision: 4 },
      });
      expect(await store.findAgent(org, agent.id)).toStrictEqual({ ...taught, revision: 4 });
      for (const said of [
        {
          synonyms: [
            ['a b', '$c'],
            ['d', 'e'],
          ],
        },
        { synonyms: [] },
        { disclosureText: 'A robot.' },
        { disclosure: false },
        { disclosureText: null },
      ]) {
        expect(await store.changeAgent(org, agent.id, said)).toMatchObject({ after: said });
        expect(await store.findAgent(org, agent.id)).toMatchObject(said);
      }
      expect(await store.findAgentKnowledge(org, agent.id)).toStrictEqual({ entries: [] });
    });

    test('change under a guard only while the revision is the one guarded, with the knowledge or not at all', async () => {
      const agent = sampleAgent(org);
      await store.createAgent(agent, knowledge);
      const other = { entries: [{ question: 'q', aliases: [], answer: 'a' }] };
      const change = (name: string, revision: number) =>
        store.changeAgent(org, agent.id, { name }, other, { revision });
      expect(await change('Late', 0)).toBe('conflict');
      expect(await store.findKeptAgent(org, agent.id)).toStrictEqual({ agent, knowledge });
      const made = await Promise.all([change('One', 1), change('Two', 1), change('Three', 1)]);
      const won = made.filter((one) => typeof one !== 'string');
      expect(won).toStrictEqual([{ before: agent, after: { ...agent, name: won[0]?.after.name, revision: 2 } }]);
      expect(await store.findKeptAgent(org, agent.id)).toStrictEqual({ agent: won[0]!.after, knowledge: other });
    });

    test('are gone when deleted, with their knowledge, and only they', async () => {
      const [agent, kept] = [sampleAgent(org), sampleAgent(org)];
      for (const one of [agent, kept]) await store.createAgent(one, knowledge);
      expect(await store.deleteAgent(org, agent.id)).toBe('deleted');
      expect(await store.deleteAgent(org, agent.id)).toBe('not_found');
      expect(await store.findAgent(org, agent.id)).toBeUndefined();
      expect(await store.findAgentKnowledge(org, agent.id)).toBeUndefined();
      expect(await store.findAgentKnowledge(org, kept.id)).toStrictEqual(knowledge);
      expect((await store.listAgents(org, { limit: 10 })).items).toStrictEqual([kept]);
    });

    test('that are not there, or of another organization, are not changed and not deleted', async () => {
      const agent = sampleAgent(org);
      await store.createAgent(agent, knowledge);
      const other = await newOrganization(store, 0);
      for (const [organizationId, agentId] of [
        [org, 'agt_none'],
        [other, agent.id],
      ] as const) {
        expect(await store.changeAgent(organizationId, agentId, { name: 'x' }, { entries: [] })).toBe('not_found');
        expect(await store.findAgentKnowledge(organizationId, agentId)).toBeUndefined();
        expect(await store.deleteAgent(organizationId, agentId)).toBe('not_found');
      }
      expect(await store.findAgent(org, agent.id)).toStrictEqual(agent);
      expect(await store.findAgentKnowledge(org, agent.id)).toStrictEqual(knowledge);
    });

    test('are listed newest first, all or the public ones, also many lists at once', async () => {
      const agents = [0, 1, 2, 3, 4].map((index) => sampleAgent(org, { public: index % 2 === 0 }));
      for (const agent of agents) await store.createAgent(agent, knowledge);
      const [zero, one, two, three, four] = agents;
      const [all, visible, first, other] = await Promise.all([
        store.listAgents(org, { limit: 10 }),
        store.listAgents(org, { limit: 10 }, { public: true }),
        store.listAgents(org, { limit: 2 }, { public: true }),
        store.listAgents('org_none', { limit: 10 }),
        store.listAgents(org, { limit: 10 }),
      ]);
      expect(all.items).toStrictEqual([four, three, two, one, zero]);
      expect(visible.items).toStrictEqual([four, two, zero]);
      expect(first).toStrictEqual({ items: [four, two], nextCursor: two!.id });
      expect(other.items).toStrictEqual([]);
      const rest = await store.listAgents(org, { limit: 2, cursor: first.nextCursor! }, { public: true });
      expect(rest).toStrictEqual({ items: [zero], nextCursor: null });
    });
  });
}
