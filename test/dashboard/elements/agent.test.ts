/** The page of one agent: a draft that is never lost, what is wrong with it, and the preview beside it. */
import { expect } from 'chai';
import type { AgentWithQuestions, Reply, UnansweredQuestion, UnansweredQuestions } from '../../../server/http/wire.ts';
import { AgentPage } from '../../../dashboard/pages/agent.ts';
import { AgentPreview } from '../../../dashboard/pages/agent/preview.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { auditEntry, key, listing, wholeAgent } from './samples.ts';
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

const saved = wholeAgent({ name: 'Guide', greeting: 'Hello!', revision: 3 });
const patches = () => server.bodies('PATCH agents/*');
const frame = () => document.querySelector<HTMLIFrameElement>('iframe');

let unansweredNow: UnansweredQuestions | Trouble = [];
afterEach(() => (unansweredNow = []));

async function open(
  first: AgentWithQuestions | Trouble | Promise<AgentWithQuestions | Trouble> = saved,
  change: Partial<AgentPage> = {},
): Promise<AgentPage> {
  startTestRouter();
  server.answers('GET agents/*', first);
  server.answers('GET api-keys', listing([key()]));
  server.answers('GET agents', listing([saved]));
  server.answers('GET upstreams', { data: [] });
  server.answers('GET agents/*/unanswered', unansweredNow);
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
      expect(statuses().join()).to.contain('It answers from what was saved last');
      await write('Name', 'Guide');
      expect([isUnsaved(), get('button', 'Save').ariaDisabled]).to.deep.equal([false, 'true']);
    });

    it('is saved alone, with the revision that it was made from; then there is nothing to save, and it is said', async () => {
      server.answers('PATCH agents/*', wholeAgent({ ...saved, name: 'Other', revision: 4 }));
      await open();
      await until(frame);
      await write('Name', ' Other ');
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()).to.deep.equal([{ name: 'Other', revision: 3 }]);
      expect([has('heading', 'Other'), isUnsaved(), statuses().includes('Saved.')]).to.deep.equal([true, false, true]);
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

  describe('what was asked and not answered', () => {
    const unanswered = (question: string, change: Partial<UnansweredQuestion> = {}): UnansweredQuestion => ({
      question,
      count: 3,
      lastAskedAt: '2026-11-24T10:00:00.000Z',
      conversationIds: ['cnv_9', 'cnv_8'],
      answeredNow: false,
      nearest: [],
      ...change,
    });
    const card = () => document.querySelector('agent-unanswered');
    const openWith = async (first: UnansweredQuestions | Trouble, change: Partial<AgentPage> = {}) => {
      unansweredNow = first;
      await open(saved, change);
    };

    it('that nothing is, is said', async () => {
      await open();
      expect(textOf(card())).to.contain('No question without an answer in what is kept.');
    });

    it('is listed: what waits for an answer first, with how often, and the way to where it was asked', async () => {
      await openWith([unanswered('Old?', { answeredNow: true }), unanswered('هل تشحنون؟', { count: 1 })]);
      const rows = [...document.querySelectorAll<HTMLElement>('.unanswered-list li')];
      expect(rows.map((row) => textOf(row.querySelector('p')))).to.deep.equal(['هل تشحنون؟', 'Old?']);
      expect([textOf(rows[0]).includes('Once,'), textOf(rows[1]).includes('3 times,')]).to.deep.equal([true, true]);
      expect([textOf(rows[1]).includes('Answered now'), has('button', /“Old\?”/)]).to.deep.equal([true, false]);
      expect(rows[0]?.querySelector('p')?.dir).to.equal('auto');
      expect(rows[0]?.querySelector('a')?.getAttribute('href')).to.equal('/org/org_1/settings/conversations/cnv_9');
      expect(server.sent('GET agents/*/unanswered').at(-1)?.query).to.deep.equal({ days: '30' });
      expect(await violations()).to.deep.equal([]);
    });

    it('is answered where it is read: a question in these words is opened, and one press more makes no second', async () => {
      server.answers(
        'PATCH agents/*',
        wholeAgent({
          ...saved,
          faq: [...saved.faq, { question: 'Do you ship?', aliases: [], answer: 'Yes.' }],
          revision: 4,
        }),
      );
      await openWith([unanswered('Do you ship?')]);
      await press('Add an answer to “Do you ship?”');
      await until(() => focus() === 'textbox “Answer”');
      expect([valueOf('Question'), isUnsaved(), patches()]).to.deep.equal(['Do you ship?', true, []]);
      await press('Add an answer to “Do you ship?”');
      await until(() => focus() === 'textbox “Answer”');
      await write('Answer', 'Yes.');
      server.answers('GET agents/*/unanswered', [unanswered('Do you ship?', { answeredNow: true })]);
      await press('Save');
      await until(() => textOf(card()).includes('Answered now'));
      expect(patches()).to.deep.equal([
        { faq: [...saved.faq, { question: 'Do you ship?', aliases: [], answer: 'Yes.' }], revision: 3 },
      ]);
    });

    it('becomes another wording of a question that is chosen, which is saved with it and answers it at once', async () => {
      const [first] = saved.faq;
      const faq = [{ ...first!, aliases: ['Opening times?'] }, ...saved.faq.slice(1)];
      server.answers('PATCH agents/*', wholeAgent({ ...saved, faq, revision: 4 }));
      await openWith([unanswered('Opening times?')]);
      await press('Add as another wording: “Opening times?”');
      expect(has('combobox', 'The question that it asks in other words')).to.equal(true);
      expect(await violations()).to.deep.equal([]);
      await press('Cancel');
      expect(isUnsaved()).to.equal(false);
      await press('Add as another wording: “Opening times?”');
      await press('Add to this question');
      await until(() => focus().startsWith('textbox “Other wordings'));
      expect([valueOf(/^Other wordings/), isUnsaved()]).to.deep.equal(['Opening times?', true]);
      server.answers('GET agents/*/unanswered', [unanswered('Opening times?', { answeredNow: true })]);
      await press('Save');
      await until(() => textOf(card()).includes('Answered now'));
      expect(patches()).to.deep.equal([{ faq, revision: 3 }]);
    });

    it('the nearest questions are the first to choose from, the others stay in their order', async () => {
      const faq = ['One?', 'Two?', 'Three?', 'Four?'].map((question) => ({ question, aliases: [], answer: 'Yes.' }));
      const asked = unanswered('Opening times?', { nearest: ['Three?', 'Gone?', 'Two?'] });
      unansweredNow = [asked];
      await open({ ...saved, faq });
      await press('Add as another wording: “Opening times?”');
      const offered = [...document.querySelectorAll<HTMLOptionElement>('#wording-of option')];
      expect(offered.map((option) => option.text)).to.deep.equal(['Three?', 'Two?', 'One?', 'Four?']);
      server.answers('PATCH agents/*', wholeAgent({ ...saved, faq, revision: 4 }));
      await press('Add to this question');
      await press('Save');
      await until(() => patches().length === 1);
      const [, , third] = faq;
      expect(patches()).to.deep.equal([
        { faq: [...faq.slice(0, 2), { ...third!, aliases: ['Opening times?'] }, faq[3]], revision: 3 },
      ]);
    });

    it('ten are shown, and how many more there are', async () => {
      await openWith(Array.from({ length: 12 }, (_, index) => unanswered(`Question ${index}?`)));
      expect(document.querySelectorAll('.unanswered-list li').length).to.equal(10);
      expect(textOf(card())).to.contain('And 2 more.');
    });

    it('a viewer reads it and has nothing to press', async () => {
      await openWith([unanswered('Do you ship?')], { role: 'viewer' });
      expect([textOf(card()).includes('Do you ship?'), has('button', /^Add an answer/)]).to.deep.equal([true, false]);
    });

    it('that can not be read is said there alone, and read again by Retry', async () => {
      await openWith(offline);
      expect([textOf(card()).includes('The server can not be reached'), valueOf('Name')]).to.deep.equal([
        true,
        'Guide',
      ]);
      server.answers('GET agents/*/unanswered', [unanswered('Do you ship?')]);
      await press('Retry');
      await until(() => has('button', 'Add an answer to “Do you ship?”'));
    });

    it('of an agent that is not made yet is not asked for', async () => {
      await openNew();
      expect([card() === null, server.sent('GET agents/*/unanswered')]).to.deep.equal([true, []]);
    });
  });

  describe('words that mean the same', () => {
    const label = /^Words that mean the same/;

    it('are a group in each line, and are sent as groups', async () => {
      server.answers('PATCH agents/*', wholeAgent({ ...saved, synonyms: [['a', 'b c']], revision: 4 }));
      await open(wholeAgent({ ...saved, synonyms: [['a', 'b']] }));
      expect(valueOf(label)).to.equal('a, b');
      await write(label, 'a ,b c,\n\n');
      await press('Save');
      await until(() => said.includes('Saved.'));
      expect(patches()).to.deep.equal([{ synonyms: [['a', 'b c']], revision: 3 }]);
    });

    it('one alone in its line is not sent, and said with its line', async () => {
      await open();
      await write(label, 'a, b\nc');
      await press('Save');
      await until(() => alerts().some((text) => text.startsWith('Line 2 has one word alone.')));
      expect(patches()).to.deep.equal([]);
      expect(focus()).to.contain('Words that mean the same');
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
          synonyms: [],
          creditsPerMessage: 1,
          public: true,
          disclosure: true,
          disclosureText: null,
          faq: [{ question: 'Why?', aliases: [], answer: 'Therefore.' }],
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
  const words = { name: 'Guide', greeting: 'Hello!', suggestions: [], disclosure: true, disclosureText: null };
  const reply = (change: object = {}): Reply => ({
    conversationId: 'cnv_1',
    messageId: 'm',
    reply: {
      id: 'msg_1',
      text: 'At nine.',
      createdAt: '2026-11-24T12:00:00.000Z',
      outcome: 'answered',
      suggestions: [],
      sources: [],
    },
    credits: { spent: 0 },
    ...change,
  });
  /** A frame whose page has a chat that does nothing by itself. */
  async function preview(change: Partial<AgentPreview> = {}) {
    const element = await mount('agent-preview', AgentPreview, {
      organizationId: 'org_1',
      agent: saved,
      shown: words,
      mayChange: true,
      ...change,
    });
    await until(() => frame()?.contentDocument?.querySelector('postern-chat')?.hasAttribute('inline'));
    return element;
  }
  const realm = () => frame()!.contentWindow as Window & typeof globalThis;
  const chat = () => frame()!.contentDocument!.querySelector('postern-chat')!;
  const question = (message: string) =>
    realm().fetch('/api/v1/agents/agt_preview/messages', { method: 'POST', body: JSON.stringify({ message }) });

  it('shows the words on the screen in a frame of its name, without a key', async () => {
    const element = await preview();
    expect([frame()!.title, new URL(frame()!.src).search]).to.deep.equal(['Chat with Guide', '']);
    expect(await (await realm().fetch('/api/v1/agents/agt_preview?widget=')).json()).to.deep.equal(words);
    const before = chat().getAttribute('agent');
    element.shown = { ...words, greeting: 'Good evening!' };
    await drawn();
    expect(chat().getAttribute('agent') === before).to.equal(false);
    expect(await (await realm().fetch('/api/v1/agents/agt_preview')).json()).to.include({ greeting: 'Good evening!' });
    expect((await realm().fetch('/api/v1/conversations/cnv_1')).status).to.equal(404);
    expect(server.sent()).to.deep.equal([]);
  });

  it('asks what was saved by the session, and says what a model took', async () => {
    const made = reply({ usage: { inputTokens: 1_700, outputTokens: 300 } });
    server.answers('POST agents/*/preview', reply(), { ...made, reply: { ...made.reply, generated: true } });
    await preview({ isDirty: true });
    expect(seen()).to.contain('It answers from what was saved last');
    expect(await (await question('When?')).json()).to.deep.equal(reply());
    expect(server.bodies('POST agents/*/preview')).to.deep.equal([{ message: 'When?' }]);
    expect(seen()).to.not.contain('Last answer');
    await question('And then?');
    await until(() => seen().includes('Last answer: 1,700 tokens read and 300 written.'));
    expect(await violations()).to.deep.equal([]);
    await press('Reload');
    expect(seen()).to.not.contain('Last answer');
  });

  it('what the server refuses, the chat is told', async () => {
    server.answers('POST agents/*/preview', problem('rate_limited', { retryAfterSeconds: 9 }), offline);
    await preview();
    const refused = await question('When?');
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).to.deep.equal([
      429,
      '9',
      { code: 'rate_limited', status: 429 },
    ]);
    expect((await question('When?')).status).to.equal(503);
  });

  for (const [name, change, words] of [
    ['not saved yet', { agent: undefined }, 'Once the agent is saved, it answers here.'],
    ['a viewer’s', { mayChange: false }, 'Members can ask it here; you are a viewer.'],
  ] as const) {
    it(`${name}, it asks nothing`, async () => {
      await preview(change);
      expect(seen()).to.contain(words);
      expect((await question('When?')).status).to.equal(404);
      expect(server.sent()).to.deep.equal([]);
    });
  }

  it('shows a private agent too, and says that no page reaches it', async () => {
    await preview({ agent: wholeAgent({ public: false, creditsPerMessage: 2 }) });
    expect(seen()).to.contain('On a page: 2 credits');
    expect(seen()).to.contain('no page reaches it before you make it public');
  });
});
