/** The page of one agent: a draft that is never lost, what is wrong with it, and the preview beside it. */
import { expect } from 'chai';
import type { AgentWithQuestions, CreatedKey, Key, KeyPage, OrganizationCredits } from '../../../server/http/wire.ts';
import { AgentPage } from '../../../dashboard/pages/agent.ts';
import { AgentPreview } from '../../../dashboard/pages/agent/preview.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { auditEntry, key, listing, secretKey, someCredits, wholeAgent } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  choose,
  connect,
  drawn,
  focus,
  get,
  has,
  heard,
  leaving,
  mount,
  press,
  said,
  seen,
  startTestRouter,
  statuses,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

/** Admits pages of this very server. */
const fitting = key({ id: 'key_7', name: 'Pages', allowedDomains: [location.hostname] });
const saved = wholeAgent({ name: 'Guide', greeting: 'Hello!', revision: 3 });
const patches = () => server.bodies('PATCH agents/*');
const frame = () => document.querySelector<HTMLIFrameElement>('iframe');

async function open(
  first: AgentWithQuestions | Trouble | Promise<AgentWithQuestions | Trouble> = saved,
  change: Partial<AgentPage> = {},
): Promise<AgentPage> {
  startTestRouter();
  server.answers('GET agents/*', first);
  server.answers('GET api-keys', listing([fitting]));
  server.answers('GET upstreams', { data: [] });
  server.answers('GET credits', someCredits(100, 0));
  const page = await mount('page-agent', AgentPage, {
    organizationId: 'org_1',
    role: 'member',
    params: { agentId: 'agt_1' },
    ...change,
  });
  await drawn();
  return page;
}

const openNew = () => open(saved, { params: {} });

describe('the page of an agent', () => {
  it('says that it loads, and shows what is saved with nothing to save', async () => {
    const answer = held<AgentWithQuestions>();
    await open(answer.answer);
    expect([seen().includes('Loading the agent'), document.title]).to.deep.equal([true, 'Agent · Postern']);
    answer.go(saved);
    await until(() => has('heading', 'Guide'));
    expect([valueOf('Name'), valueOf(/^Greeting/), document.title]).to.deep.equal([
      'Guide',
      'Hello!',
      'Guide · Postern',
    ]);
    expect([get('button', 'Save').ariaDisabled, has('button', 'Discard…'), isUnsaved()]).to.deep.equal([
      'true',
      false,
      false,
    ]);
    expect(statuses()).to.include('Nothing to save.');
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, and read again by Retry and when the connection is back`, async () => {
      await open(trouble);
      expect(alerts().join()).to.contain(words);
      expect(has('textbox')).to.equal(false);
      await press('Retry');
      await until(() => alerts().length === 1 && server.sent('GET agents/*').length === 2);
      server.answers('GET agents/*', saved);
      connect(true);
      await until(() => has('textbox', 'Name'));
    });
  }

  it('one that is not there leaves nothing to edit, and a way back', async () => {
    await open(problem('not_found'));
    expect([has('heading', 'No such agent'), has('textbox'), document.title]).to.deep.equal([
      true,
      false,
      'No such agent · Postern',
    ]);
    expect(get('link', 'All agents').getAttribute('href')).to.equal('/org/org_1/settings/agents');
    expect(await violations()).to.deep.equal([]);
  });

  describe('a change', () => {
    it('is a draft until it is saved: guarded, and no change when it is taken back', async () => {
      await open();
      await until(frame);
      await write('Name', 'Other');
      expect([isUnsaved(), statuses().includes('Not saved yet.'), patches()]).to.deep.equal([true, true, []]);
      expect(statuses().join()).to.contain('It shows what was saved last: save to see your edits.');
      await write('Name', 'Guide');
      expect([isUnsaved(), get('button', 'Save').ariaDisabled]).to.deep.equal([false, 'true']);
    });

    it('is saved alone, with the revision that it was made from; then there is nothing to save, and it is said', async () => {
      server.answers('PATCH agents/*', wholeAgent({ ...saved, name: 'Other', revision: 4 }));
      await open();
      const before = (await until(frame)).src;
      await write('Name', ' Other ');
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()).to.deep.equal([{ name: 'Other', revision: 3 }]);
      expect([has('heading', 'Other'), isUnsaved(), statuses().includes('Saved.')]).to.deep.equal([true, false, true]);
      expect(frame()!.src, 'the preview is loaded anew').to.not.equal(before);
    });

    it('pressed twice, it is saved once; meanwhile it can not be discarded', async () => {
      const answer = held<AgentWithQuestions>();
      server.answers('PATCH agents/*', answer.answer);
      await open();
      await write('Name', 'Other');
      await press('Save');
      await press('Save');
      expect([get('button', 'Save').ariaBusy, statuses().includes('Saving…')]).to.deep.equal(['true', true]);
      expect((get('button', 'Discard…') as HTMLButtonElement).disabled).to.equal(true);
      answer.go(wholeAgent({ ...saved, name: 'Other', revision: 4 }));
      await until(() => said.length === 1);
      expect(patches()).to.have.length(1);
    });

    for (const [name, trouble, words] of [
      ['offline', offline, 'The server can not be reached'],
      ['403', problem('forbidden', { detail: 'You may only look.' }), 'You may only look.'],
      ['too much of it', problem('body_too_large'), 'All questions and answers together may have at most 1 MiB.'],
    ] as readonly (readonly [string, Trouble, string])[]) {
      it(`${name} on saving: it is said, everything typed stays, and the next press saves it`, async () => {
        server.answers('PATCH agents/*', trouble, wholeAgent({ ...saved, name: 'Other', revision: 4 }));
        await open();
        await write('Name', 'Other');
        await press('Save');
        expect(alerts().join()).to.contain(words);
        expect([valueOf('Name'), isUnsaved()]).to.deep.equal(['Other', true]);
        await press('Save');
        await until(() => said.length === 1);
        expect([alerts(), patches()[1]]).to.deep.equal([[], { name: 'Other', revision: 3 }]);
      });
    }

    for (const [name, act, sentence, place] of [
      ['without a name', () => write('Name', '  '), 'Write a name.', 'textbox “Name”'],
      [
        'with half a credit',
        () => write('Credits for a message', '0.5', 'spinbutton'),
        'Write a whole number from 0 to 1,000.',
        'spinbutton “Credits for a message”',
      ],
      [
        'with a question that has no answer',
        async () => {
          await press(/^When are you open/);
          await write('Answer', '');
        },
        'Write the answer.',
        'textbox “Answer”',
      ],
    ] as const) {
      it(`${name} is not sent: it is said at its field, which has the focus, until it is mended`, async () => {
        await open();
        await act();
        await press('Save');
        expect([alerts().includes(sentence), patches()]).to.deep.equal([true, []]);
        expect(statuses()).to.include('Something above needs another look.');
        await until(() => focus() === place);
        const field = document.activeElement as HTMLInputElement;
        field.value = '1';
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        await drawn();
        expect(alerts()).to.not.include(sentence);
      });
    }

    it('with several things wrong begins with the first in the page', async () => {
      await open();
      await press(/^When are you open/);
      await write('Answer', '');
      await write('Name', '');
      await press('Save');
      await until(() => focus() === 'textbox “Name”');
    });

    it('what the server finds wrong stands at its field, and what has none is said above the buttons', async () => {
      const problems = [
        { path: 'faq.0.answer', message: 'Not like this.' },
        { path: 'owner', message: 'Unknown.' },
      ];
      server.answers('PATCH agents/*', problem('request_invalid', { problems }));
      await open();
      await write('Name', 'Other');
      await press('Save');
      await until(() => focus() === 'textbox “Answer”');
      expect(alerts()).to.have.members(['Not like this.', 'owner: Unknown.']);
      expect(valueOf('Name')).to.equal('Other');
    });

    it('Discard shows what is saved, after a yes', async () => {
      await open();
      await write('Name', 'Other');
      await press('Discard…');
      await press('Cancel');
      expect(valueOf('Name')).to.equal('Other');
      await press('Discard…');
      await press('Discard', get('dialog'));
      await drawn();
      expect([valueOf('Name'), isUnsaved(), patches()]).to.deep.equal(['Guide', false, []]);
    });

    it('of one that is gone meanwhile leaves nothing to edit, and holds nobody', async () => {
      server.answers('PATCH agents/*', problem('not_found'));
      await open();
      await write('Name', 'Other');
      await press('Save');
      await until(() => has('heading', 'No such agent'));
      expect([has('textbox'), isUnsaved()]).to.deep.equal([false, false]);
    });
  });

  describe('that no human answers', () => {
    const name = 'Say that no human answers';
    const flip = async () => {
      get('switch', name).click();
      await drawn();
    };
    const isOn = () => get('switch', name).ariaChecked === 'true';

    it('is switched off after it was asked twice, with the reason; either no keeps it', async () => {
      server.answers('PATCH agents/*', wholeAgent({ ...saved, disclosure: false, revision: 4 }));
      await open();
      await flip();
      expect(textOf(get('dialog'))).to.contain('a duty since August 2026');
      await press('Keep the line');
      await flip();
      await press('Go on…');
      expect(textOf(get('dialog'))).to.contain('Do your visitors learn it elsewhere?');
      expect(await violations()).to.deep.equal([]);
      await press('Keep the line');
      expect([isOn(), isUnsaved()]).to.deep.equal([true, false]);
      await flip();
      await press('Go on…');
      await press('My page says it: switch off');
      await drawn();
      expect([isOn(), isUnsaved(), has('textbox', /^In your words/), patches()]).to.deep.equal([
        false,
        true,
        false,
        [],
      ]);
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()).to.deep.equal([{ disclosure: false, revision: 3 }]);
    });

    it('is worded by the owner, and switched on again at once', async () => {
      const own = wholeAgent({ ...saved, disclosure: false });
      server.answers(
        'PATCH agents/*',
        wholeAgent({ ...own, disclosure: true, disclosureText: 'A robot.', revision: 4 }),
      );
      await open(own);
      await flip();
      await write(/^In your words/, ' A robot. ');
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()).to.deep.equal([{ disclosure: true, disclosureText: 'A robot.', revision: 3 }]);
    });
  });

  describe('when somebody else was faster', () => {
    const theirs = wholeAgent({ ...saved, name: 'Theirs', greeting: 'Welcome!', revision: 4 });

    it('what does not touch it is saved without a word, and what they did is shown', async () => {
      server.answers('PATCH agents/*', problem('conflict', { current: theirs }), {
        ...theirs,
        description: 'Knows all.',
        revision: 5,
      });
      await open();
      await write(/^Description/, 'Knows all.');
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()[1]).to.deep.equal({ description: 'Knows all.', revision: 4 });
      expect([valueOf('Name'), valueOf(/^Greeting/), isUnsaved()]).to.deep.equal(['Theirs', 'Welcome!', false]);
    });

    async function clash(): Promise<void> {
      server.answers('PATCH agents/*', problem('conflict', { current: theirs }), {
        ...theirs,
        name: 'Mine',
        revision: 5,
      });
      server.answers(
        'GET audit',
        listing([auditEntry({ action: 'agent.changed', target: { kind: 'agent', id: 'agt_1', name: 'Guide' } })]),
      );
      await open();
      await write('Name', 'Mine');
      await press('Save');
      await until(() => has('dialog', 'Changed meanwhile'));
    }

    it('theirs is written over only by a choice, which says who it was', async () => {
      await clash();
      expect(textOf(get('dialog'))).to.contain('grace@example.com changed this agent while you were editing it.');
      await choose('radio', /^Use mine/);
      await press('Save like this');
      await until(() => said.includes('Saved.'));
      expect(patches()[1]).to.deep.equal({ name: 'Mine', revision: 4 });
    });

    it('“Go on editing” saves nothing and keeps the draft', async () => {
      await clash();
      await press('Go on editing');
      expect([valueOf('Name'), isUnsaved(), patches().length, said]).to.deep.equal(['Mine', true, 1, []]);
    });
  });

  describe('a new one', () => {
    const made = wholeAgent({ id: 'agt_9', name: 'New' });

    async function fill(): Promise<void> {
      await openNew();
      await write('Name', 'New');
      await press('Add question');
      await write('Question', 'Why?');
      await write('Answer', 'Therefore.');
    }

    it('is read from nowhere, and holds nobody until something is written', async () => {
      await openNew();
      expect([server.sent('GET agents/*'), isUnsaved(), has('heading', 'New agent')]).to.deep.equal([[], false, true]);
      expect(seen()).to.contain('Once the agent is saved, it answers here');
      await write(/^Description/, 'x');
      expect(isUnsaved()).to.equal(true);
    });

    it('is made once, whole, and leads to its own address, which takes the place of this one', async () => {
      const answer = held<AgentWithQuestions>();
      server.answers('POST agents', answer.answer);
      await fill();
      await press('Create agent');
      await press('Create agent');
      const before = history.length;
      answer.go(made);
      await until(() => visited.length === 1);
      expect(server.bodies('POST agents')).to.deep.equal([
        {
          name: 'New',
          description: '',
          greeting: '',
          suggestions: [],
          creditsPerMessage: 1,
          public: true,
          disclosure: true,
          disclosureText: null,
          faq: [{ question: 'Why?', answer: 'Therefore.' }],
          model: null,
        },
      ]);
      expect([visited, history.length, toasts[0]?.message]).to.deep.equal([
        ['/org/org_1/settings/agents/agt_9'],
        before,
        '“New” is made.',
      ]);
    });

    it('without a question is not sent: it is said, and the focus is on the way to one', async () => {
      await openNew();
      await write('Name', 'New');
      await press('Create agent');
      expect(alerts()).to.include('An agent needs at least one question with an answer.');
      await until(() => /question/i.test(focus()));
      expect(server.sent('POST agents')).to.deep.equal([]);
    });

    it('that can not be made is said, with everything that was typed still there', async () => {
      server.answers('POST agents', offline);
      await fill();
      await press('Create agent');
      expect(alerts().join()).to.contain('The server can not be reached');
      expect([valueOf('Name'), valueOf('Answer'), isUnsaved(), visited]).to.deep.equal(['New', 'Therefore.', true, []]);
    });
  });

  describe('deleting it', () => {
    async function ask(...answers: (undefined | Trouble)[]): Promise<void> {
      server.answers('DELETE agents/*', ...answers);
      await open();
      await press('Delete agent…');
      await write(/Guide/, 'Guide');
    }

    for (const [name, answer] of [
      ['there', undefined],
      ['gone already', problem('not_found')],
    ] as const) {
      it(`of one that is ${name} is done after its name was typed, and leads to the list`, async () => {
        await ask(answer);
        expect(server.sent('DELETE agents/*')).to.deep.equal([]);
        await press('Delete for good');
        await until(() => visited.length === 1);
        expect([server.sent('DELETE agents/*').length, visited, toasts[0]?.message]).to.deep.equal([
          1,
          ['/org/org_1/settings/agents'],
          '“Guide” is deleted.',
        ]);
      });
    }

    it('that fails is said in the question, and the agent is still there', async () => {
      await ask(offline);
      await press('Delete for good');
      expect(alerts().join()).to.contain('The server can not be reached');
      await press('Cancel');
      expect([valueOf('Name'), visited]).to.deep.equal(['Guide', []]);
    });

    it('holds nobody with what was edited in it', async () => {
      await ask(undefined);
      await write('Name', 'Other');
      await press('Delete for good');
      await until(() => visited.length === 1);
      expect([isUnsaved(), leaving.asked]).to.deep.equal([false, []]);
    });
  });

  it('a viewer reads all of it and can change nothing', async () => {
    const page = await open(saved, { role: 'viewer' });
    expect(seen()).to.contain('You are a viewer here: you can read this agent, not change it.');
    expect(all('button', /Save|Delete|Discard|Add/)).to.deep.equal([]);
    const fields = [...page.querySelectorAll<HTMLInputElement>('form input, form textarea')];
    expect(fields.filter(({ type }) => type !== 'search').every(({ readOnly }) => readOnly)).to.equal(true);
    expect(get('switch', /^Public\. You are a viewer here/).ariaDisabled).to.equal('true');
    page.querySelector('form')!.requestSubmit();
    await drawn();
    expect([patches(), await violations()]).to.deep.equal([[], []]);
  });

  it('who became a viewer while editing saves nothing', async () => {
    const page = await open(saved);
    await write('Name', 'Mine');
    page.role = 'viewer';
    await drawn();
    page.querySelector('form')!.requestSubmit();
    await drawn();
    expect(patches()).to.deep.equal([]);
  });

  it('axe finds nothing in it with every problem', async () => {
    await open(wholeAgent({ ...saved, suggestions: ['When?'] }));
    await write('Name', '');
    await write('Credits for a message', 'x', 'spinbutton');
    await press('Save');
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<agent-preview>', () => {
  interface Shown extends Partial<AgentPreview> {
    readonly keys?: KeyPage | Trouble;
    readonly credits?: OrganizationCredits | Trouble;
  }
  async function preview({ keys = listing([fitting]), credits = someCredits(100, 0), ...change }: Shown = {}) {
    server.answers('GET api-keys', keys);
    server.answers('GET credits', credits);
    const element = await mount('agent-preview', AgentPreview, {
      organizationId: 'org_1',
      agent: saved,
      mayChange: true,
      ...change,
    });
    await until(() => !seen().includes('Looking for a key'));
    return element;
  }

  it('shows the saved agent in a frame of its name, with the key that it calls with and what that costs', async () => {
    await preview({ agent: wholeAgent({ creditsPerMessage: 2 }) });
    expect(frame()!.title).to.equal('Chat with Guide');
    expect(new URL(frame()!.src).search).to.equal(`?key=${fitting.publicKey}&agent=agt_1&r=0-0`);
    expect(get('link', 'Pages').getAttribute('href')).to.equal('/org/org_1/settings/api-keys/key_7');
    expect(seen()).to.contain('Messages here cost credits like any other: 2 credits');
  });

  it('says what each answer in it took and cost, as it came, and what all of them did', async () => {
    // Its own load comes first, or it would be watched twice.
    const loaded = new Set<EventTarget | null>();
    document.addEventListener('load', ({ target }) => loaded.add(target), { capture: true });
    await preview({ agent: wholeAgent({ creditsPerMessage: 2 }) });
    await until(() => loaded.has(frame()));
    const page = frame()!.contentWindow as Window & typeof globalThis;
    let answer: object = {};
    let type = 'text/event-stream';
    const streamed = () => `event: delta\ndata: {"text":"Hi"}\n\nevent: done\ndata: ${JSON.stringify(answer)}\n\n`;
    page.fetch = () => Promise.resolve(new Response(streamed(), { headers: { 'content-type': type } }));
    frame()!.dispatchEvent(new Event('load'));
    const ask = async () => expect(await (await page.fetch('/x')).text()).to.equal(streamed());

    answer = { reply: { generated: true }, usage: { inputTokens: 1_700, outputTokens: 300 }, credits: { spent: 2 } };
    await ask();
    await until(() => seen().includes('Last answer: 2 credits, 1,700 tokens read and 300 written.'));
    answer = { reply: { generated: true }, credits: { spent: 1 } };
    await ask();
    await until(() => seen().includes('Last answer: 1 credit, tokens not reported. All 2 answers here: 3 credits.'));
    answer = { reply: {}, credits: { spent: 0 } };
    await ask();
    await until(() => seen().includes('Last answer: 0 credits. All 3 answers here: 3 credits.'));
    type = 'application/json';
    await ask();
    expect(seen()).to.include('All 3 answers here');
    expect(await violations()).to.deep.equal([]);
    await press('Reload');
    await until(() => !seen().includes('Last answer'));
  });

  it('Reload takes another frame, and no step in the history', async () => {
    await preview();
    const [first, before] = [frame(), history.length];
    await press('Reload');
    expect([frame() === first, new URL(frame()!.src).searchParams.get('r'), history.length]).to.deep.equal([
      false,
      '0-1',
      before,
    ]);
  });

  it('takes no key that is off, of another site, or without the scopes', async () => {
    const [off, elsewhere, narrow] = [
      { ...fitting, id: 'key_1', status: 'disabled' },
      key({ id: 'key_2', allowedDomains: ['shop.example'] }),
      { ...fitting, id: 'key_3', scopes: ['agents:read'] },
    ] as const;
    await preview({ keys: listing<Key>([off, elsewhere, narrow, fitting]) });
    expect(get('link', 'Pages').getAttribute('href')).to.contain('key_7');
  });

  it('takes the key that was made for it before others', async () => {
    await preview({ keys: listing([fitting, { ...fitting, id: 'key_8', name: 'Dashboard preview' }]) });
    expect(get('link', 'Dashboard preview').getAttribute('href')).to.contain('key_8');
  });

  it('looks for one through all pages of keys', async () => {
    server.answers('GET credits', someCredits(1, 0));
    server.answers('GET api-keys', listing([key()], 'c1'), listing([fitting]));
    await mount('agent-preview', AgentPreview, { organizationId: 'org_1', agent: saved });
    await until(() => has('link', 'Pages'));
    expect(server.sent('GET api-keys').map(({ query }) => query)).to.deep.equal([
      { limit: '100' },
      { limit: '100', cursor: 'c1' },
    ]);
  });

  it('keys that can not be read are said, and read again by Retry', async () => {
    await preview({ keys: offline });
    expect([alerts().length, frame(), has('button', 'Reload')]).to.deep.equal([1, null, false]);
    server.answers('GET api-keys', listing([fitting]));
    await press('Retry');
    await until(frame);
  });

  describe('without a key that fits', () => {
    const keys = listing([key()]);
    const made: CreatedKey = { key: { ...fitting, name: 'Dashboard preview' }, secretKey, warnings: [] };

    it('offers to make one, for this host alone; pressed twice, once, and its secret is nowhere', async () => {
      const answer = held<CreatedKey>();
      server.answers('POST api-keys', answer.answer);
      await preview({ keys });
      expect(frame()).to.equal(null);
      await press('Make a preview key');
      await press('Make a preview key');
      expect(get('button', 'Make a preview key').ariaBusy).to.equal('true');
      answer.go(made);
      await until(frame);
      expect(server.bodies('POST api-keys')).to.deep.equal([
        { name: 'Dashboard preview', allowedDomains: [location.hostname], scopes: ['agents:read', 'messages:write'] },
      ]);
      expect(toasts.map(({ message }) => message)).to.deep.equal(['The key “Dashboard preview” is made.']);
      expect(document.documentElement.outerHTML).to.not.contain(secretKey);
    });

    it('says what failed, and the next press may succeed', async () => {
      server.answers('POST api-keys', offline, made);
      await preview({ keys });
      await press('Make a preview key');
      await until(() => alerts().length === 1);
      expect(alerts()[0]).to.contain('The server can not be reached');
      expect(await violations()).to.deep.equal([]);
      await press('Make a preview key');
      await until(frame);
    });

    it('a viewer reads who can make one', async () => {
      await preview({ keys, mayChange: false });
      expect([has('button'), seen().includes('A member or an owner can make one on this page.')]).to.deep.equal([
        false,
        true,
      ]);
    });
  });

  it('a private agent is not shown; who may, makes it public by a button that tells the page', async () => {
    const element = await preview({ agent: wholeAgent({ public: false }) });
    const wished = heard(element, 'preview-publish');
    expect([frame(), has('button', 'Reload')]).to.deep.equal([null, false]);
    await press('Make it public');
    expect(wished).to.have.length(1);
    element.mayChange = false;
    await drawn();
    expect([has('button'), seen().includes('A member or an owner can make it public.')]).to.deep.equal([false, true]);
  });

  for (const [credits, price, isShort] of [
    [someCredits(10, 9), 2, true],
    [someCredits(10, 8), 2, false],
    [someCredits(10, 5, { reserved: 4 }), 2, true],
    [someCredits(10, 4, { reserved: 4 }), 2, false],
    [someCredits(0, 0), 0, false],
    [someCredits(10, 9, { reserved: 4 }), 0, false],
    [offline, 2, false],
  ] as const) {
    it(`with ${'granted' in credits ? `${credits.granted - credits.spent}, of which ${credits.reserved} are kept back,` : 'unknown'} credits and a price of ${price} it ${isShort ? 'says that there are too few' : 'says nothing of them'}`, async () => {
      await preview({ credits, agent: wholeAgent({ creditsPerMessage: price }) });
      expect(seen().includes('too few credits for an answer')).to.equal(isShort);
    });
  }
});

describe('making a private agent public from the preview', () => {
  const hidden = wholeAgent({ ...saved, public: false });

  it('changes that alone, at once, and keeps the draft of the rest', async () => {
    server.answers('PATCH agents/*', { ...saved, revision: 4 });
    await open(hidden);
    await write('Name', 'Other');
    await press('Make it public');
    await until(() => toasts.length === 1);
    expect([patches(), toasts[0]?.message]).to.deep.equal([[{ public: true, revision: 3 }], '“Guide” is public.']);
    expect([valueOf('Name'), isUnsaved(), get('switch', 'Public').ariaChecked]).to.deep.equal(['Other', true, 'true']);
    await until(frame);
  });

  it('that fails says that it is still private', async () => {
    server.answers('PATCH agents/*', offline);
    await open(hidden);
    await press('Make it public');
    await until(() => toasts.length === 1);
    expect(toasts[0]).to.include({ kind: 'problem' });
    expect(toasts[0]?.message).to.match(/^It is still private\. The server can not be reached/);
    expect(has('button', 'Make it public')).to.equal(true);
  });
});
