/** The list of agents. */
import { expect } from 'chai';
import type { Agent, Listing } from '../../../server/http/wire.ts';
import { AgentsPage } from '../../../dashboard/pages/agents.ts';
import { agent, fromNow, listing } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  connect,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  said,
  seen,
  stopClock,
  textOf,
  until,
  violations,
} from './stage.ts';

const agents = (count: number, first = 1): readonly Agent[] =>
  Array.from({ length: count }, (_, index) => agent({ id: `agt_${first + index}`, name: `Agent ${first + index}` }));

async function open(first: Listing<Agent> | Trouble, change: Partial<AgentsPage> = {}): Promise<AgentsPage> {
  server.answers('GET agents', first);
  const page = await mount('page-agents', AgentsPage, { organizationId: 'org_1', role: 'member', ...change });
  await drawn();
  return page;
}

const names = () => [...document.querySelectorAll('tbody a')].map(textOf);
const row = (name: string) => textOf(get('link', name).closest('tr'));

describe('the list of agents', () => {
  it('says that it loads, and then of each who reaches it, its price and its age, with the way there', async () => {
    stopClock();
    const answer = held<Listing<Agent>>();
    server.answers('GET agents', answer.answer);
    await mount('page-agents', AgentsPage, { organizationId: 'org_1', role: 'member' });
    expect([seen().includes('Loading the agents'), document.title]).to.deep.equal([true, 'Agents · Postern']);
    expect(server.sent().map(({ query }) => query)).to.deep.equal([{ limit: '50' }]);
    answer.go(
      listing([
        agent({ name: 'Free', description: 'Knows all.', creditsPerMessage: 0, createdAt: fromNow(-60_000) }),
        agent({ id: 'agt_2', name: 'Hidden', public: false, creditsPerMessage: 3 }),
      ]),
    );
    await until(() => has('link', 'Free'));
    expect(row('Free')).to.match(/^Free Knows all\. .*Public .*free.* 1 minute ago$/i);
    expect(row('Hidden')).to.match(/^Hidden .*Private .*3 credits/);
    expect(get('link', 'Hidden').getAttribute('href')).to.equal('/org/org_1/settings/agents/agt_2');
    expect(get('link', 'Create agent').getAttribute('href')).to.equal('/org/org_1/settings/agents/new');
  });

  it('without an agent says how to begin, with one way to do it', async () => {
    await open(listing([]));
    expect(seen()).to.contain('No agents yet Paste the questions that your customers ask');
    expect(all('link').map(textOf)).to.deep.equal(['Create agent']);
  });

  for (const [name, first] of [
    ['agents', listing([agent()])],
    ['none', listing([])],
  ] as readonly (readonly [string, Listing<Agent>])[]) {
    it(`a viewer of ${name} reads why they make none, at a button that can be reached`, async () => {
      await open(first, { role: 'viewer' });
      expect(has('link', 'Create agent')).to.equal(false);
      const button = get('button', 'Create agent');
      button.focus();
      expect([focus(), button.ariaDisabled]).to.deep.equal(['button “Create agent”', 'true']);
      const reason = document.getElementById(button.getAttribute('aria-describedby') ?? '');
      expect(textOf(reason)).to.equal('You are a viewer here: members make agents.');
      expect(await violations()).to.deep.equal([]);
    });
  }

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, and read again by Retry and when the connection is back`, async () => {
      await open(trouble);
      expect(alerts().join()).to.contain(words);
      expect([seen().includes('No agents yet'), await violations()]).to.deep.equal([false, []]);
      const again = held<Listing<Agent>>();
      server.answers('GET agents', again.answer);
      await press('Retry');
      expect([alerts(), seen().includes('Loading the agents')]).to.deep.equal([[], true]);
      again.go(trouble);
      await until(() => alerts().length === 1);
      server.answers('GET agents', listing([agent()]));
      connect(true);
      await until(() => has('link', 'Guide'));
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('is read page by page; the button keeps the focus, and what came is said', async () => {
    await open(listing(agents(2), 'c1'));
    server.answers('GET agents', listing(agents(1, 3)));
    get('button', 'Load more').focus();
    await press('Load more');
    await until(() => has('link', 'Agent 3'));
    expect(names()).to.deep.equal(['Agent 1', 'Agent 2', 'Agent 3']);
    expect(server.sent().at(-1)?.query).to.deep.equal({ limit: '50', cursor: 'c1' });
    expect([said, focus()]).to.deep.equal([['1 agent more.'], 'button “That is all: 3 agents”']);
  });

  it('pressed twice, the next page is asked for once', async () => {
    const answer = held<Listing<Agent>>();
    await open(listing(agents(1), 'c1'));
    server.answers('GET agents', answer.answer);
    await press('Load more');
    await press('Load more');
    expect(get('button', 'Load more').ariaBusy).to.equal('true');
    answer.go(listing(agents(1, 2)));
    await until(() => has('link', 'Agent 2'));
    expect(server.sent()).to.have.length(2);
  });

  it('a next page that does not come leaves the first; the connection brings it', async () => {
    await open(listing(agents(2), 'c1'));
    server.answers('GET agents', offline, listing(agents(1, 3)));
    await press('Load more');
    expect([alerts().length, names(), has('button', 'Try again')]).to.deep.equal([1, ['Agent 1', 'Agent 2'], true]);
    connect(true);
    await until(() => has('link', 'Agent 3'));
    expect([alerts(), names()]).to.deep.equal([[], ['Agent 1', 'Agent 2', 'Agent 3']]);
  });

  it('shows what others made within a minute, and leaves it as it is when that fails', async () => {
    const clock = stopClock();
    await open(listing(agents(1)));
    server.answers('GET agents', listing(agents(2)), offline);
    await clock.tickAsync(60_000);
    await drawn();
    expect(names()).to.deep.equal(['Agent 1', 'Agent 2']);
    await clock.tickAsync(60_000);
    await drawn();
    expect([names(), alerts(), server.sent().length]).to.deep.equal([['Agent 1', 'Agent 2'], [], 3]);
  });

  it('asks no more when the page is gone', async () => {
    const clock = stopClock();
    const page = await open(listing(agents(1)));
    page.remove();
    await clock.tickAsync(120_000);
    expect(server.sent()).to.have.length(1);
  });

  it('draws names as text', async () => {
    await open(listing([agent({ name: '<img src=x>', description: '<b>bold</b>' })]));
    expect(row('<img src=x>')).to.contain('<b>bold</b>');
    expect(await violations()).to.deep.equal([]);
  });
});
