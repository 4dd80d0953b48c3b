/** The conversations: the list with its filters, one of them with its messages, and who may delete it. */
import { expect } from 'chai';
import type { ConversationLine, ConversationList, ConversationThread, Message } from '../../../server/http/wire.ts';
import { ConversationPage } from '../../../dashboard/pages/conversation.ts';
import { ConversationsPage } from '../../../dashboard/pages/conversations.ts';
import { keptInEntry } from '../../../dashboard/router.ts';
import { agent, conversation, key, listing, session, wholeAgent } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  choose,
  drawn,
  get,
  has,
  mount,
  press,
  seen,
  startTestRouter,
  statuses,
  stopClock,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

const place = { organizationId: 'org_1', session: session(), role: 'member' } as const;
const path = '/org/org_1/settings/conversations';
const lines = (count: number, first = 1): readonly ConversationLine[] =>
  Array.from({ length: count }, (_, index) => conversation({ id: `cnv_${String(first + index)}` }));
const rows = () => [...document.querySelectorAll('tbody tr')].map(textOf);
const queries = () => server.sent('GET conversations').map(({ query }) => query);

async function open(
  first: ConversationList | Trouble | Promise<ConversationList | Trouble>,
  query = '',
): Promise<ConversationsPage> {
  startTestRouter();
  history.replaceState(null, '', path + query);
  server.answers('GET conversations', first);
  server.answers('GET settings', {
    name: 'Acme',
    auditReading: false,
    retentionDays: 7,
    contact: null,
    privacyUrl: null,
  });
  server.answers('GET agents', listing([agent()]));
  server.answers('GET api-keys', listing([key()]));
  const page = await mount('page-conversations', ConversationsPage, { ...place, query: new URLSearchParams(query) });
  await drawn();
  return page;
}

describe('the conversations', () => {
  it('loading is said, and a failure has a Retry that mends it', async () => {
    const answer = held<ConversationList>();
    await open(answer.answer);
    expect([seen().includes('Loading the conversations'), document.title]).to.deep.equal([
      true,
      'Conversations · Postern',
    ]);
    answer.go(offline);
    await until(() => alerts().length === 1);
    server.answers('GET conversations', listing(lines(1)));
    await press('Retry');
    await until(() => rows().length === 1);
    expect(alerts()).to.deep.equal([]);
  });

  it('that there are none is said, without anything to search in', async () => {
    await open(listing([]));
    expect([has('heading', 'Nobody has asked anything yet'), has('searchbox')]).to.deep.equal([true, false]);
    expect(await violations()).to.deep.equal([]);
  });

  it('says of each what was asked first, whom, with which key on which page, and leads to it', async () => {
    await open(
      listing([conversation(), conversation({ id: 'cnv_2', agentId: 'agt_9', origin: null, firstQuestion: '' })]),
    );
    for (const words of ['When are you open?', 'Guide', 'Shop', 'shop.example']) expect(rows()[0]).to.contain(words);
    for (const words of ['Without a question', 'agt_9', 'A server, with the secret']) {
      expect(rows()[1]).to.contain(words);
    }
    expect(get('link', 'When are you open?').getAttribute('href')).to.equal(`${path}/cnv_1`);
    expect(statuses()).to.include('2 conversations shown.');
    expect(seen()).to.contain('Each is deleted 7 days after its last message.');
  });

  for (const [change, badges] of [
    [{}, ''],
    [{ outcome: null }, ''],
    [{ outcome: 'unanswered' }, 'Unanswered'],
    [{ outcome: 'nearest' }, 'Near answer'],
    [{ outcome: 'failed', rating: -1 }, 'Failed Not helpful'],
    [{ rating: 1 }, 'Helpful'],
  ] as const) {
    it(`${JSON.stringify(change)} is marked “${badges}”`, async () => {
      await open(listing([conversation(change)]));
      expect(textOf(document.querySelector('tbody .badges'))).to.equal(badges);
    });
  }

  it('what visitors wrote is text, and runs as its own letters do', async () => {
    await open(listing([conversation({ firstQuestion: '<img src=x> متى تفتحون؟' }), conversation({ id: 'cnv_2' })]));
    const link = get('link', '<img src=x> متى تفتحون؟');
    expect([link.dir, document.querySelector('tbody img') === null]).to.deep.equal(['auto', true]);
    server.answers(
      'GET conversations',
      listing([conversation({ firstQuestion: 'متى تفتحون؟', outcome: 'unanswered' })]),
    );
    await choose('radio', 'Unanswered');
    await until(() => rows().length === 1);
    expect(getComputedStyle(get('link', 'متى تفتحون؟')).direction).to.equal('rtl');
    expect(await violations()).to.deep.equal([]);
  });

  describe('a filter', () => {
    it('is sent, stands in the address and in the address of the files; “Show all” takes it away', async () => {
      await open(listing(lines(2)));
      server.answers('GET conversations', listing([]));
      await choose('radio', 'Unanswered');
      await choose('combobox', 'Agent', 'agt_1');
      await choose('combobox', 'Key', 'key_1');
      await choose('combobox', 'Rating', '-1');
      const wanted = { agent: 'agt_1', key: 'key_1', outcome: 'unanswered', rating: '-1' };
      await until(() => seen().includes('No conversation is like that.') && queries().at(-1)?.rating === '-1');
      expect(queries().at(-1)).to.deep.equal({ ...wanted, limit: '50' });
      expect(Object.fromEntries(new URLSearchParams(location.search))).to.deep.equal(wanted);
      for (const [name, kind] of [
        ['CSV', 'csv'],
        ['JSON lines', 'ndjson'],
      ] as const) {
        const url = new URL((get('link', name) as HTMLAnchorElement).href);
        expect(url.pathname).to.equal(`/api/org/org_1/conversations.${kind}`);
        expect(Object.fromEntries(url.searchParams)).to.deep.equal(wanted);
      }
      expect(await violations()).to.deep.equal([]);
      server.answers('GET conversations', listing(lines(2)));
      await press('Show all');
      await until(() => rows().length === 2);
      expect([location.search, queries().at(-1)]).to.deep.equal(['', { limit: '50' }]);
    });

    it('of an address is taken over; what is none is left out', async () => {
      await open(listing([]), '?q=caf%C3%A9&outcome=nearest&agent=x&rating=5&from=2026-11-01&to=never&owner=1');
      expect(queries()).to.deep.equal([{ q: 'café', outcome: 'nearest', from: '2026-11-01', limit: '50' }]);
      expect([
        valueOf(/^First question/, 'searchbox'),
        (get('radio', 'Only near answers') as HTMLInputElement).checked,
      ]).to.deep.equal(['café', true]);
    });

    it('that is typed is sent once, when the typing pauses', async () => {
      const clock = stopClock();
      await open(listing(lines(2)));
      server.answers('GET conversations', listing(lines(1)));
      await write(/^First question/, 'o', 'searchbox');
      await clock.tickAsync(200);
      await write(/^First question/, 'open ', 'searchbox');
      await clock.tickAsync(299);
      expect(queries()).to.have.length(1);
      await clock.tickAsync(1);
      await drawn();
      expect([queries().slice(1), rows().length, location.search]).to.deep.equal([
        [{ q: 'open', limit: '50' }],
        1,
        '?q=open',
      ]);
      expect(valueOf(/^First question/, 'searchbox'), 'the space stays for the next word').to.equal('open ');
    });

    it('that the server refuses can be changed where it stands', async () => {
      const problems = [{ path: 'from', message: 'Write a day.' }];
      await open(problem('request_invalid', { problems }), '?from=2026-13-45');
      expect([alerts().length, has('radio', 'All')]).to.deep.equal([1, true]);
      server.answers('GET conversations', listing(lines(1)));
      await choose('radio', 'Answered');
      await until(() => rows().length === 1);
    });

    it('that few fit is asked again by itself, until one is found', async () => {
      const page = (data: readonly ConversationLine[], nextCursor: string | null) => ({ data, nextCursor });
      startTestRouter();
      await open(listing([]), '?outcome=failed');
      server.answers('GET conversations', page([], 'a'), page([], 'b'), page(lines(1), 'c'));
      await choose('radio', 'Unanswered');
      await until(() => rows().length === 1);
      expect(
        queries()
          .slice(1)
          .map(({ cursor }) => cursor),
      ).to.deep.equal([undefined, 'a', 'b']);
      expect(has('button', 'Load more')).to.equal(true);
    });
  });

  it('ids are looked for as they are; those that nothing is found of are named', async () => {
    await open(listing(lines(2)), '?q=cnv_1%2C%20cnv_9%20cnv_2');
    expect(queries()).to.deep.equal([{ q: 'cnv_1, cnv_9 cnv_2', limit: '50' }]);
    expect(seen()).to.contain('Not here, or deleted already: cnv_9');
    server.answers('GET conversations', listing(lines(1)));
    await write(/^First question/, `cnv_1 ${'cnv_0 '.repeat(99)}`.trim(), 'searchbox');
    await until(() => rows().length === 1);
    expect(queries().at(-1)?.q).to.have.length.above(500);
  });

  it('agents and keys beyond the first hundred have their names, in the rows and the filters', async () => {
    startTestRouter();
    server.answers('GET conversations', listing([conversation({ agentId: 'agt_101', keyId: 'key_101' })]));
    server.answers('GET settings', problem('not_found'));
    server.answers('GET agents', listing([agent()], 'agt_1'), listing([agent({ id: 'agt_101', name: 'Late agent' })]));
    server.answers('GET api-keys', listing([key()], 'key_1'), listing([key({ id: 'key_101', name: 'Late key' })]));
    await mount('page-conversations', ConversationsPage, { ...place, query: new URLSearchParams() });
    await until(() => (rows()[0] ?? '').includes('Late agent'));
    expect(rows()[0]).to.contain('Late key');
    expect(server.sent('GET agents').map(({ query }) => query)).to.deep.equal([
      { limit: '100' },
      { limit: '100', cursor: 'agt_1' },
    ]);
    await choose('combobox', 'Key', 'key_101');
  });

  describe('that are picked', () => {
    const bodies = () => server.bodies('POST conversations/delete');
    const count = () => textOf(document.querySelector('.list-count [role=status]'));

    it('are deleted together after a yes, and it is said how many were gone already', async () => {
      await open(listing(lines(3)));
      await choose('checkbox', 'Pick all');
      expect(count()).to.equal('3 conversations picked');
      const [first] = document.querySelectorAll<HTMLInputElement>('tbody .pick');
      first?.click();
      await drawn();
      expect(count()).to.equal('2 conversations picked');
      expect(await violations()).to.deep.equal([]);
      await press('Delete 2 conversations…');
      expect(textOf(get('dialog', 'Delete 2 conversations?'))).to.contain('for their visitors too');
      await press('Cancel');
      expect(bodies()).to.deep.equal([]);
      const answer = held<{ deleted: number }>();
      server.answers('POST conversations/delete', answer.answer);
      server.answers('GET conversations', listing(lines(1)));
      await press('Delete 2 conversations…');
      await press('Delete 2 conversations', get('dialog'));
      await until(() => count().startsWith('Deleting: 0 of 2'));
      answer.go({ deleted: 1 });
      await until(() => rows().length === 1);
      expect(bodies()).to.deep.equal([{ ids: ['cnv_2', 'cnv_3'] }]);
      expect(toasts.map(({ message }) => message)).to.deep.equal([
        '1 conversation is deleted. 1 other was gone already.',
      ]);
      await until(() => count() === '1 conversation shown.');
      expect(has('button', /^Delete/)).to.equal(false);
    });

    it('more than a hundred go in several calls; where one fails the others stay picked', async () => {
      await open(listing(lines(150)));
      server.answers('POST conversations/delete', { deleted: 100 }, offline);
      server.answers('GET conversations', listing(lines(50, 101)));
      // Not by their roles: to ask each of 150 rows for its own takes the browser many seconds.
      const click = async (selector: string): Promise<void> => {
        document.querySelector<HTMLElement>(selector)?.click();
        await drawn();
      };
      await click('.list-count input');
      await click('.list-count .quiet-danger');
      await click('ui-confirm-dialog [type=submit]');
      await until(() => toasts.length === 1);
      expect(bodies().map((body) => (body as { ids: string[] }).ids.length)).to.deep.equal([100, 50]);
      expect(toasts[0]?.message).to.contain('100 conversations are deleted. The others are still here.');
      await until(() => count() === '50 conversations picked');
      await until(() => rows().length === 50);
    });

    it('are picked anew once something else is looked for', async () => {
      await open(listing(lines(2)));
      await choose('checkbox', 'Pick all');
      await choose('radio', 'Answered');
      await until(() => count() === '2 conversations shown.');
    });

    it('of a viewer are none', async () => {
      startTestRouter();
      await open(listing(lines(2)));
      const page = document.querySelector<ConversationsPage>('page-conversations');
      if (page) page.role = 'viewer';
      await drawn();
      expect([has('checkbox'), has('button', /^Delete/)]).to.deep.equal([false, false]);
      expect(statuses()).to.include('2 conversations shown.');
    });
  });

  it('is read page by page, and somebody who comes back finds as many', async () => {
    const page = await open(listing(lines(2), 'c1'));
    server.answers('GET conversations', listing(lines(1, 3), 'c2'));
    await press('Load more');
    await until(() => rows().length === 3);
    expect(keptInEntry('pages')).to.equal(2);
    server.answers('GET conversations', listing(lines(2), 'c1'), listing(lines(1, 3), 'c2'));
    page.remove();
    await mount('page-conversations', ConversationsPage, place);
    await until(() => rows().length === 3);
    expect(
      queries()
        .slice(-2)
        .map(({ cursor }) => cursor),
    ).to.deep.equal([undefined, 'c1']);
  });
});

describe('one conversation', () => {
  const messages: readonly Message[] = [
    { id: 'msg_1', role: 'user', text: 'متى تفتحون؟', createdAt: '2026-11-24T10:00:00.000Z' },
    {
      id: 'msg_2',
      role: 'agent',
      text: 'I have no answer.',
      createdAt: '2026-11-24T10:00:01.000Z',
      outcome: 'none',
      suggestions: ['When are you open?'],
      sources: [],
    },
    { id: 'msg_3', role: 'user', text: '<b>When?</b>', createdAt: '2026-11-24T10:01:00.000Z' },
    {
      id: 'msg_4',
      role: 'agent',
      text: 'At nine.',
      createdAt: '2026-11-24T10:01:01.000Z',
      outcome: 'answered',
      generated: true,
      rating: -1,
      sources: [{ title: 'Opening hours', url: null }],
    },
  ];
  const thread = (change: Partial<ConversationThread> = {}): ConversationThread => ({
    ...conversation({ outcome: 'unanswered', firstQuestion: 'متى تفتحون؟', rating: -1 }),
    messages,
    leftMessages: [],
    nextBefore: null,
    ...change,
  });
  const items = () => [...document.querySelectorAll<HTMLElement>('.thread > li')];

  async function openOne(first: ConversationThread | Trouble = thread(), change: Partial<ConversationPage> = {}) {
    startTestRouter();
    server.answers('GET conversations/*', first);
    server.answers('GET agents/*', wholeAgent());
    server.answers('GET api-keys/*', problem('not_found'));
    await mount('page-conversation', ConversationPage, { ...place, params: { conversationId: 'cnv_1' }, ...change });
    await drawn();
  }

  it('is read once, and says who was asked, on which page, and of each reply what it stands on', async () => {
    await openOne(thread({ earlierMessages: 2 }));
    await until(() => has('link', 'Guide'));
    expect(server.sent('GET conversations/*')).to.have.length(1);
    expect([has('heading', 'متى تفتحون؟'), has('link', 'key_1')]).to.deep.equal([true, true]);
    for (const words of ['https://shop.example', '2 messages came before', 'Unanswered']) {
      expect(seen()).to.contain(words);
    }
    const [first = '', second = '', third = '', fourth = ''] = items().map(textOf);
    expect([first.includes('Visitor'), third.includes('<b>When?</b>')]).to.deep.equal([true, true]);
    for (const words of ['Agent', 'No answer', 'Offered instead: When are you open?']) expect(second).to.contain(words);
    for (const words of ['By a model', 'Not helpful', 'From: Opening hours']) expect(fourth).to.contain(words);
    const text = items()[0]?.querySelector<HTMLElement>('.thread-text');
    expect([text?.dir, text && getComputedStyle(text).direction]).to.deep.equal(['auto', 'rtl']);
    expect(await violations()).to.deep.equal([]);
  });

  it('replies are drawn as the chat draws them, and what visitors wrote stays as it is; a link leads nowhere unsafe', async () => {
    const text = [
      '**At nine**, see [our hours](https://shop.example/hours) or [this](javascript:alert(1)).',
      '- one\n- `two`',
      '![a picture](https://evil.example/p.png) <img src=x>',
      '| Day | Time |\n|---|---|\n| Monday | 9 |',
      '```\nnpm start\n```',
    ].join('\n\n');
    const [question, reply] = messages as readonly [Message, Message];
    await openOne(
      thread({
        messages: [
          { ...question, text: '**not bold**' },
          { ...reply, text },
        ],
      }),
    );
    const [asked, answered] = items();
    expect([textOf(asked).includes('**not bold**'), asked?.querySelector('strong')]).to.deep.equal([true, null]);
    const links = [...(answered?.querySelectorAll('a') ?? [])];
    expect(links.map(({ href, target, rel }) => [href, target, rel])).to.deep.equal([
      ['https://shop.example/hours', '_blank', 'noopener noreferrer nofollow'],
      ['https://evil.example/p.png', '_blank', 'noopener noreferrer nofollow'],
    ]);
    expect(answered?.querySelector('img, script')).to.equal(null);
    expect([...(answered?.querySelectorAll('.rich-text :is(strong, li, td, pre)') ?? [])].map(textOf)).to.deep.equal([
      'At nine',
      'one',
      'two',
      'Monday',
      '9',
      'npm start',
    ]);
    expect(await violations()).to.deep.equal([]);
  });

  it('messages that were left stand below it, with a mail to nobody else', async () => {
    const left = {
      id: 'lft_1',
      name: 'ليلى',
      email: 'a?bcc=evil@shop.example',
      text: '<b>Call me</b>\nsoon',
      createdAt: '2026-11-24T10:02:00.000Z',
    };
    await openOne(thread({ contact: true, leftMessages: [left, { ...left, id: 'lft_2', name: null }] }));
    const [first, second] = [...document.querySelectorAll<HTMLElement>('[aria-labelledby=left-heading] li')];
    for (const words of ['ليلى', left.email, '<b>Call me</b>']) expect(textOf(first)).to.contain(words);
    expect(textOf(second)).to.contain('Visitor');
    expect(first?.querySelector('a')?.getAttribute('href')).to.equal('mailto:a%3Fbcc%3Devil@shop.example');
    expect(seen()).to.contain('Left a message');
    expect(await violations()).to.deep.equal([]);
  });

  it('questions that a reply names itself are not said twice', async () => {
    const [question, reply] = messages as readonly [Message, Message];
    const text = 'Nearest: When are you open?';
    await openOne(thread({ messages: [question, { ...reply, text, outcome: 'nearest' }] }));
    expect([textOf(items()[1]).includes('Near answer'), seen().includes('Offered instead')]).to.deep.equal([
      true,
      false,
    ]);
  });

  it('earlier messages come before the others, until there are none', async () => {
    await openOne(thread({ messages: messages.slice(2), nextBefore: 'msg_3' }));
    server.answers('GET conversations/*', offline, thread({ messages: messages.slice(0, 2) }));
    await press('Load earlier messages');
    await until(() => alerts().length === 1);
    expect(items().length).to.equal(2);
    await press('Load earlier messages');
    await until(() => items().length === 4);
    expect(textOf(items()[0])).to.contain('متى تفتحون؟');
    expect(server.sent('GET conversations/*').at(-1)?.query).to.deep.equal({ before: 'msg_3' });
    expect([has('button', 'Load earlier messages'), alerts()]).to.deep.equal([false, []]);
  });

  for (const [name, answer] of [
    ['is deleted after a yes', undefined],
    ['that is gone already counts as deleted', problem('not_found')],
  ] as const) {
    it(`${name}, and leads to the list`, async () => {
      server.answers('DELETE conversations/*', answer);
      await openOne();
      await press('Delete conversation…');
      expect(textOf(get('dialog', 'Delete this conversation?'))).to.contain('for its visitor too');
      expect(await violations()).to.deep.equal([]);
      await press('Cancel');
      expect(server.sent('DELETE conversations/*')).to.deep.equal([]);
      await press('Delete conversation…');
      await press('Delete for good', get('dialog'));
      await until(() => visited.length === 1);
      expect(server.sent('DELETE conversations/*').map(({ call }) => call)).to.deep.equal([
        'DELETE conversations/cnv_1',
      ]);
      expect([visited, toasts[0]?.message]).to.deep.equal([[path], 'The conversation is deleted.']);
    });
  }

  it('that can not be deleted stays, and it is said', async () => {
    server.answers('DELETE conversations/*', offline);
    await openOne();
    await press('Delete conversation…');
    await press('Delete for good', get('dialog'));
    await until(() => alerts().length === 1);
    expect([visited, toasts, items().length]).to.deep.equal([[], [], 4]);
  });

  it('a viewer reads it and can not delete it', async () => {
    await openOne(thread(), { role: 'viewer' });
    expect([items().length, has('button', /^Delete/)]).to.deep.equal([4, false]);
  });

  it('that is not there says why, with a way to the others', async () => {
    await openOne(problem('not_found'));
    expect(has('heading', 'This conversation is not here')).to.equal(true);
    expect(get('link', 'All conversations').getAttribute('href')).to.equal(path);
    expect(await violations()).to.deep.equal([]);
  });

  it('that can not be read is read again by Retry', async () => {
    await openOne(offline);
    server.answers('GET conversations/*', thread());
    await press('Retry');
    await until(() => items().length === 4);
  });
});
