/** The page of an agent that answers by a language model, and of one that may. */
import { expect } from 'chai';
import type { AgentModel, AgentTrouble, AgentUpstream, AgentWithQuestions } from '../../../server/http/wire.ts';
import { AgentPage } from '../../../dashboard/pages/agent.ts';
import { listing, someCredits, wholeAgent } from './samples.ts';
import { problem, server } from './server.ts';
import {
  alerts,
  choose,
  drawn,
  get,
  all,
  mount,
  press,
  seen,
  startTestRouter,
  statuses,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const model: AgentModel = {
  upstream: 'openai',
  name: 'gpt-5-mini',
  instructions: 'You sell socks.',
  outputTokensMax: 500,
  creditsPer1000Tokens: 0.5,
  answersOnlyFromKnowledge: false,
  allowCallerInstructions: false,
};
const upstreams: readonly AgentUpstream[] = [
  { name: 'ollama', models: ['llama3.2', 'gemma3'] },
  { name: 'openai', models: ['gpt-5-mini'] },
  { name: 'any', models: [] },
];
const byModel = wholeAgent({ kind: 'model', model, creditsPerMessage: 5, revision: 3 });
const chosen = (name: string): string => (get('combobox', name) as HTMLSelectElement).value;
const patches = () => server.bodies('PATCH agents/*');

async function open(
  saved: AgentWithQuestions = byModel,
  listed: readonly AgentUpstream[] = upstreams,
  change: Partial<AgentPage> = {},
): Promise<void> {
  startTestRouter();
  server.answers('GET agents/*', saved);
  server.answers('GET agents', listing([saved]));
  server.answers('GET api-keys', listing([]));
  server.answers('GET credits', someCredits(100));
  server.answers('GET upstreams', { data: listed });
  server.answers('GET agents/*/unanswered', []);
  await mount('page-agent', AgentPage, {
    organizationId: 'org_1',
    role: 'member',
    params: { agentId: 'agt_1' },
    ...change,
  });
  await drawn();
}

describe('an agent that answers by a model', () => {
  it('shows what it answers with, and nothing to save', async () => {
    await open();
    await until(() => chosen('Model') === 'gpt-5-mini');
    expect([
      chosen('Server of the model'),
      valueOf(/^Instructions/),
      valueOf('Most tokens of an answer'),
      valueOf(/^Credits for 1,000/),
    ]).to.deep.equal(['openai', 'You sell socks.', '500', '0.5']);
    expect((get('spinbutton', 'Credits for a message, at most') as HTMLInputElement).value).to.equal('5');
    expect(statuses()).to.include('Nothing to save.');
    expect(await violations()).to.deep.equal([]);
  });

  it('sends what changed of it whole, and nothing else', async () => {
    server.answers('PATCH agents/*', wholeAgent({ ...byModel, revision: 4 }));
    await open();
    await write(/^Instructions/, 'You sell shoes.');
    await write(/^Credits for 1,000/, '');
    await press('Save');
    await until(() => patches().length === 1);
    expect(patches()).to.deep.equal([
      { model: { ...model, instructions: 'You sell shoes.', creditsPer1000Tokens: null }, revision: 3 },
    ]);
  });

  it('lets an owner’s servers add instructions, when that is switched on', async () => {
    server.answers('PATCH agents/*', wholeAgent({ ...byModel, revision: 4 }));
    await open();
    const own = get('switch', 'Your servers may add instructions');
    expect(own.getAttribute('aria-checked')).to.equal('false');
    own.click();
    await press('Save');
    await until(() => patches().length === 1);
    expect(patches()).to.deep.equal([{ model: { ...model, allowCallerInstructions: true }, revision: 3 }]);
    expect(await violations()).to.deep.equal([]);
  });

  it('of another server has the first of its models', async () => {
    await open();
    await choose('combobox', 'Server of the model', 'ollama');
    expect(chosen('Model')).to.equal('llama3.2');
    await choose('combobox', 'Server of the model', 'any');
    await write('Model', 'my/own');
    expect(valueOf('Model')).to.equal('my/own');
  });

  it('that is no longer listed is still shown', async () => {
    await open(byModel, [upstreams[0]!]);
    await until(() => chosen('Server of the model') === 'openai');
    expect(valueOf('Model')).to.equal('gpt-5-mini');
  });

  it('says what is wrong at its field, found here or by the server', async () => {
    await open();
    await write('Most tokens of an answer', 'many');
    await write(/^Credits for 1,000/, '0.0001');
    await press('Save');
    await until(() => alerts().includes('Write a whole number from 1 to 8,000.'));
    expect(alerts().join()).to.contain('at most three decimals');
    expect(patches()).to.deep.equal([]);
    await write('Most tokens of an answer', '100');
    await write(/^Credits for 1,000/, '1');
    server.answers(
      'PATCH agents/*',
      problem('request_invalid', { problems: [{ path: 'model.name', message: 'Not listed.' }] }),
    );
    await press('Save');
    await until(() => alerts().includes('Not listed.'));
  });

  it('tells why visitors got no answer', async () => {
    const at = '2026-11-24T10:00:00.000Z';
    const troubles: readonly AgentTrouble[] = [
      { trouble: 'status', status: 401, count: 2, lastAt: at },
      { trouble: 'silent', status: null, count: 1, lastAt: at },
      { trouble: 'unlisted', status: null, count: 1_200, lastAt: at },
    ];
    await open(wholeAgent({ ...byModel, troubles }));
    await until(() => seen().includes('The model answered 401 twice in the last hour: its key is wrong'));
    expect(seen()).to.include('The model said nothing for 30 seconds, once in the last hour.');
    expect(seen()).to.include(
      'asked for a hundred times or more in the last hour, but the operator’s list no longer has it',
    );
    expect(await violations()).to.deep.equal([]);
  });

  it('is read by a viewer, who changes nothing of it', async () => {
    await open(byModel, upstreams, { role: 'viewer' });
    await until(() => chosen('Model') === 'gpt-5-mini');
    expect(get('combobox', 'Model').matches(':disabled')).to.equal(true);
    expect(all('radio', undefined, document.querySelector('form')!)).to.deep.equal([]);
    expect(await violations()).to.deep.equal([]);
  });
});

describe('an agent that answers from its questions', () => {
  it('may be given a model, and keeps its questions; what was typed is there again', async () => {
    server.answers('PATCH agents/*', byModel);
    await open(wholeAgent({ revision: 3 }));
    await choose('radio', 'A language model');
    await until(() => chosen('Model') === 'llama3.2');
    await write(/^Instructions/, 'Be brief.');
    await choose('radio', 'Questions and answers');
    expect(statuses()).to.include('Nothing to save.');
    await choose('radio', 'A language model');
    await press('Save');
    await until(() => patches().length === 1);
    expect(patches()).to.deep.equal([
      {
        model: {
          upstream: 'ollama',
          name: 'llama3.2',
          instructions: 'Be brief.',
          outputTokensMax: 1_000,
          creditsPer1000Tokens: null,
          answersOnlyFromKnowledge: false,
          allowCallerInstructions: false,
        },
        revision: 3,
      },
    ]);
  });

  it('says what the operator would have to do where none is listed', async () => {
    await open(wholeAgent(), []);
    await until(() => seen().includes('AGENT_UPSTREAMS'));
    expect(all('radio', undefined, document.querySelector('form')!)).to.deep.equal([]);
    expect(await violations()).to.deep.equal([]);
  });
});
