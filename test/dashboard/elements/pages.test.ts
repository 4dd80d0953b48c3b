/** Members, the audit log, usage with its chart, and the page of a one-time link. */
import { expect } from 'chai';
import type {
  AuditEntry,
  CreatedInvitation,
  Listing,
  OrganizationCredits,
  SetupPreview,
} from '../../../server/http/wire.ts';
import { UsageChart } from '../../../dashboard/components/usage-chart.ts';
import { AuditPage } from '../../../dashboard/pages/audit.ts';
import { MembersPage } from '../../../dashboard/pages/members.ts';
import { SetupPage } from '../../../dashboard/pages/setup.ts';
import { CreditsCard } from '../../../dashboard/pages/usage/credits-card.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { currentSession, setSession } from '../../../dashboard/session.ts';
import { auditEntry, days, invitation, listing, member, session, someCredits } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  browser,
  choose,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  said,
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

const place = { organizationId: 'org_1', session: session(), role: 'owner' } as const;

describe('the members', () => {
  const grace = member({ userId: 'usr_2', email: 'grace@example.com', role: 'member' });
  const made: CreatedInvitation = { invitation: invitation(), url: 'https://gate.example/setup#token=abc', mail: null };

  async function open(change: Partial<MembersPage> = {}): Promise<MembersPage> {
    setSession(session());
    server.answers('GET members', { data: [member(), grace], invitations: [invitation()] });
    const page = await mount('page-members', MembersPage, { ...place, ...change });
    await drawn();
    return page;
  }
  const roleOf = (email: string) => (get('combobox', `Role of ${email}`) as HTMLSelectElement).value;

  it('a role is shown as it is stored until another one is', async () => {
    const answer = held<typeof grace>();
    server.answers('PATCH members/*', answer.answer);
    await open();
    await choose('combobox', 'Role of grace@example.com', 'viewer');
    expect(roleOf('grace@example.com')).to.equal('member');
    answer.go({ ...grace, role: 'viewer' });
    await until(() => toasts.length === 1);
    expect([roleOf('grace@example.com'), toasts[0]?.message]).to.deep.equal([
      'viewer',
      'grace@example.com is a viewer now.',
    ]);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['409', problem('conflict', { detail: 'The last owner stays.' }), 'The last owner stays.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: a role stays as it was, and it is said`, async () => {
      server.answers('PATCH members/*', trouble);
      await open();
      await choose('combobox', 'Role of grace@example.com', 'owner');
      expect(alerts().join()).to.contain(words);
      expect(roleOf('grace@example.com')).to.equal('member');
    });
  }

  it('one’s own role is given up only after a yes', async () => {
    await open();
    await choose('combobox', 'Role of ada@example.com', 'viewer');
    expect(has('dialog', 'Become a viewer yourself?')).to.equal(true);
    await press('Cancel');
    expect([server.sent('PATCH members/*'), roleOf('ada@example.com')]).to.deep.equal([[], 'owner']);
  });

  it('removing somebody asks first, and takes them off the list', async () => {
    server.answers('DELETE members/*', undefined);
    server.answers('GET api-keys', listing([]));
    await open();
    await press('Remove grace@example.com');
    expect(server.sent('DELETE members/*')).to.deep.equal([]);
    await press('Remove', get('dialog'));
    await until(() => toasts.length === 1);
    expect(server.sent('DELETE members/*').map(({ call }) => call)).to.deep.equal(['DELETE members/usr_2']);
    expect(has('button', 'Remove grace@example.com')).to.equal(false);
  });

  it('the link of an invitation is shown once: it holds the dialog and the page until it is handed over', async () => {
    server.answers('POST members', made);
    await open();
    await press('Invite');
    await write('E-mail', ' new@example.com');
    await choose('radio', /^Viewer/);
    await press('Make the link');
    await until(() => focus() === 'button “Copy link”');
    expect(server.bodies('POST members')).to.deep.equal([{ email: 'new@example.com', role: 'viewer' }]);
    expect(textOf(get('dialog', 'Hand over this link'))).to.contain(made.url);
    await browser.press('Escape');
    await drawn();
    expect([has('dialog'), isUnsaved(), said.at(-1)]).to.deep.equal([
      true,
      true,
      'The link is shown only now. Copy it, then press Done.',
    ]);
    await press('Done');
    expect([has('dialog'), isUnsaved()]).to.deep.equal([false, false]);
    expect(document.documentElement.outerHTML).to.not.contain('token=abc');
  });

  for (const [name, mail, words] of [
    ['sent', { sent: true, failure: null }, 'Sent to new@example.com. You can copy the link too'],
    ['failed', { sent: false, failure: 'The mail server could not be reached.' }, 'It was not mailed. The mail server'],
  ] as const) {
    it(`a mail that was ${name} is told beside the link`, async () => {
      const email = 'new@example.com';
      server.answers('POST members', { ...made, invitation: invitation({ email }), mail });
      await open();
      await press('Invite');
      await write('E-mail', email);
      await press('Make the link');
      await until(() => focus() === 'button “Copy link”');
      const dialog = textOf(get('dialog', 'Hand over this link'));
      expect(dialog).to.contain(words);
      expect(dialog).to.contain(made.url);
      await press('Done');
    });
  }

  it('an e-mail is typed letter by letter, with a space in front too', async () => {
    await open();
    await press('Invite');
    await until(() => focus() === 'textbox “E-mail”');
    await browser.type(' new@example.com');
    await drawn();
    expect(valueOf('E-mail').trim()).to.equal('new@example.com');
  });

  it('what is no e-mail is not sent', async () => {
    await open();
    await press('Invite');
    await write('E-mail', 'new');
    await press('Make the link');
    expect(alerts()).to.deep.equal(['Write an e-mail address such as you@example.com.']);
    await until(() => focus() === 'textbox “E-mail”');
    expect(server.sent('POST members')).to.deep.equal([]);
  });

  it('who is no owner reads the roles and finds the reason on the button', async () => {
    await open({ role: 'member' });
    expect(all('combobox')).to.deep.equal([]);
    expect(textOf(document.getElementById('invite-reason'))).to.equal('Only an owner changes who belongs here.');
    await press('Invite');
    expect(has('dialog')).to.equal(false);
  });

  it('axe finds nothing on the page, and in the dialog', async () => {
    await open();
    expect(await violations()).to.deep.equal([]);
    await press('Invite');
    expect(await violations()).to.deep.equal([]);
  });
});

describe('the audit log', () => {
  const entries = (count: number, change: Partial<AuditEntry> = {}) =>
    Array.from({ length: count }, (_, index) =>
      auditEntry({ id: `evt_${String(index)}${change.action ?? ''}`, ...change }),
    );
  const sentences = () => [...document.querySelectorAll('.audit-sentence')].map(textOf);
  beforeEach(() => server.answers('GET members', { data: [], invitations: [] }));

  async function open(first: Listing<AuditEntry> | Trouble): Promise<void> {
    server.answers('GET audit', first);
    await mount('page-audit', AuditPage, place);
    await drawn();
  }

  it('is read page by page; the button keeps the focus, and what came is said', async () => {
    await open(listing(entries(2), 'c1'));
    server.answers('GET audit', listing(entries(1, { action: 'key.deleted' })));
    get('button', 'Load more').focus();
    await press('Load more');
    await until(() => sentences().length === 3);
    expect(server.sent('GET audit').at(-1)?.query).to.deep.equal({ limit: '50', cursor: 'c1' });
    expect([said, focus()]).to.deep.equal([['1 entry more.'], 'button “That is all: 3 entries”']);
  });

  it('a page that does not come leaves the others; one tries again', async () => {
    await open(listing(entries(2), 'c1'));
    server.answers('GET audit', offline, listing(entries(1, { action: 'key.deleted' })));
    await press('Load more');
    expect([alerts().length, sentences().length]).to.deep.equal([1, 2]);
    await press('Try again');
    await until(() => sentences().length === 3);
    expect(alerts()).to.deep.equal([]);
  });

  it('reads itself again only while its first page is all there is', async () => {
    const clock = stopClock();
    await open(listing(entries(1), 'c1'));
    await clock.tickAsync(30_000);
    expect(server.sent('GET audit')).to.have.length(2);
    server.answers('GET audit', listing(entries(1, { action: 'key.deleted' })));
    await press('Load more');
    await clock.tickAsync(60_000);
    expect(server.sent('GET audit')).to.have.length(3);
  });

  it('is looked for by kind, person and day; the address keeps it, and the files have the same', async () => {
    server.answers('GET members', { data: [member({ userId: 'usr_9', email: 'ada@example.com' })], invitations: [] });
    await open(listing(entries(2), 'c1'));
    server.answers('GET audit', listing(entries(1, { action: 'agent.deleted' })));
    await choose('radio', 'Agents');
    expect([sentences(), statuses()[0]]).to.deep.equal([
      ['grace@example.com deleted the agent Shop'],
      '1 entry shown.',
    ]);
    expect(server.sent('GET audit').at(-1)?.query).to.deep.equal({ limit: '50', action: 'agent' });
    server.answers('GET audit', listing([]));
    await choose('combobox', 'Who', 'usr_9');
    const day = document.querySelector<HTMLInputElement>('input[type=date]')!;
    day.value = '2026-11-01';
    day.dispatchEvent(new Event('change', { bubbles: true }));
    await drawn();
    const from = new Date(2026, 10, 1).toISOString();
    const sent = { limit: '50', action: 'agent', actor: 'usr_9', from };
    expect(server.sent('GET audit').at(-1)?.query).to.deep.equal(sent);
    expect(location.search).to.equal('?kind=agents&actor=usr_9&from=2026-11-01');
    const files = [...document.querySelectorAll<HTMLAnchorElement>('a[download]')].map(({ href }) => new URL(href));
    expect(files.map(({ pathname }) => pathname.split('/').at(-1))).to.deep.equal(['audit.csv', 'audit.ndjson']);
    for (const { searchParams } of files)
      expect(Object.fromEntries(searchParams)).to.deep.equal({ action: 'agent', actor: 'usr_9', from });
    expect(statuses()[0]).to.equal('Nothing like that was found.');
    server.answers('GET audit', listing(entries(1)));
    await press('Show all entries');
    expect([location.search, sentences().length]).to.deep.equal(['', 1]);
    expect(await violations()).to.deep.equal([]);
  });

  it('one thing’s changes alone are shown, and all again', async () => {
    await open(
      listing([auditEntry(), auditEntry({ id: 'evt_0', target: { kind: 'key', id: 'key_0', name: 'Blog' } })]),
    );
    server.answers('GET audit', listing(entries(1)));
    await press('Only this: Shop');
    expect(server.sent('GET audit').at(-1)?.query).to.deep.equal({ limit: '50', target: 'key_1' });
    expect(seen()).to.contain('Only about Shop');
    await press('Show all');
    expect(server.sent('GET audit').at(-1)?.query).to.deep.equal({ limit: '50' });
  });

  it('a name leads to the thing, unless it is deleted', async () => {
    const agent = { kind: 'agent', id: 'agt_1', name: 'Helper' } as const;
    await open(
      listing([
        auditEntry({ id: 'evt_3', action: 'key.deleted' }),
        auditEntry({ id: 'evt_2' }),
        auditEntry({ id: 'evt_1', action: 'agent.created', target: agent }),
      ]),
    );
    const links = [...document.querySelectorAll<HTMLAnchorElement>('.audit-sentence a')];
    expect(links.map((link) => [textOf(link), link.pathname])).to.deep.equal([
      ['Helper', '/org/org_1/settings/agents/agt_1'],
    ]);
  });

  it('a deletion that the filter leaves out is known all the same', async () => {
    history.replaceState(history.state, '', '?actor=usr_2');
    server.answers('GET audit', listing([auditEntry()]), listing([auditEntry({ action: 'key.deleted' })]));
    await mount('page-audit', AuditPage, { ...place, query: new URLSearchParams('actor=usr_2') });
    await drawn();
    expect(server.sent('GET audit').at(-1)?.query).to.include({ from: '2026-11-24T10:00:00.000Z', limit: '100' });
    expect(document.querySelectorAll('.audit-sentence a').length).to.equal(0);
    history.replaceState(history.state, '', location.pathname);
  });

  it('a year of five digits is no day to look for', async () => {
    await open(listing(entries(2)));
    const field = document.querySelector<HTMLInputElement>('input[type=date]')!;
    field.value = '20266-11-01';
    expect(field.value).to.equal('20266-11-01');
    field.dispatchEvent(new Event('change'));
    await drawn();
    expect([field.validity.rangeOverflow, location.search.includes('from'), sentences().length]).to.deep.equal([
      true,
      false,
      2,
    ]);
    expect(server.sent('GET audit')).to.have.length(1);
  });

  it('as many pages as there were come Back', async () => {
    history.replaceState({ ...(history.state as object | null), pages: 2 }, '');
    server.answers('GET audit', listing(entries(2), 'c1'), listing(entries(1, { action: 'key.deleted' })));
    await mount('page-audit', AuditPage, place);
    await until(() => sentences().length === 3);
    history.replaceState(null, '');
  });

  it('draws names as text', async () => {
    await open(
      listing([auditEntry({ action: 'key.created', target: { kind: 'key', id: 'key_1', name: '<img src=x>' } })]),
    );
    expect(sentences()).to.deep.equal(['grace@example.com created the key <img src=x>']);
    expect(await violations()).to.deep.equal([]);
  });
});

describe('usage', () => {
  async function open(change: OrganizationCredits | Trouble, isOwner = true): Promise<void> {
    server.answers('GET credits', change);
    await mount('usage-credits', CreditsCard, { organizationId: 'org_1', isOwner });
    await drawn();
  }

  for (const [granted, spent, words] of [
    [1_000, 100, '900 left'],
    [1_000, 950, 'Few are left.'],
    [1_000, 1_000, 'None are left'],
    [0, 0, 'None were granted yet'],
  ] as const) {
    it(`${spent} of ${granted} credits spent: “${words}”`, async () => {
      await open(someCredits(granted, spent));
      expect(seen()).to.contain(words);
    });
  }

  for (const [left, reserved, words] of [
    [1_000, 200, undefined],
    [301, 200, undefined],
    [300, 200, 'Pages can spend 100 more.'],
    [201, 200, 'Pages can spend 1 more.'],
    [200, 200, 'Only what is kept back for your servers is left'],
    [50, 200, 'Only what is kept back for your servers is left'],
    [0, 200, 'None are left'],
  ] as const) {
    it(`${left} of 1,000 credits left and ${reserved} kept back: “${words ?? 'nothing to do'}”`, async () => {
      await open(someCredits(1_000, 1_000 - left, { reserved }));
      expect(seen()).to.contain(words ?? 'A message costs its agent’s price.');
    });
  }

  it('credits are granted by a button that says how many; pressed twice, once', async () => {
    const answer = held<OrganizationCredits>();
    server.answers('POST credits', answer.answer);
    await open(someCredits(1_000, 0));
    await press('Grant credits');
    await write('How many credits', '50', 'spinbutton');
    expect(textOf(get('dialog'))).to.contain('1,000 credits left now, 1,050 then.');
    await press('Grant 50 credits');
    await press('Grant 50 credits');
    answer.go(someCredits(1_050, 0));
    await until(() => toasts.length === 1);
    expect([server.bodies('POST credits'), toasts[0]?.message]).to.deep.equal([[{ grant: 50 }], '50 credits granted.']);
  });

  it('a number that is typed halfway is not taken away', async () => {
    await open(someCredits(1_000, 0));
    await press('Grant credits');
    await write('How many credits', '', 'spinbutton');
    get('spinbutton').focus();
    await browser.type('1e2');
    await drawn();
    expect(has('button', 'Grant 100 credits')).to.equal(true);
  });

  it('no number is sent that is none', async () => {
    await open(someCredits(0, 0));
    await press('Grant credits');
    await write('How many credits', '1.5', 'spinbutton');
    await press('Grant credits', get('dialog'));
    expect(alerts()).to.deep.equal(['Write a whole number from 1 to 1,000,000,000.']);
    expect(focus()).to.equal('spinbutton “How many credits”');
    expect(server.sent('POST credits')).to.deep.equal([]);
  });

  it('who is no owner finds the reason', async () => {
    await open(someCredits(1, 0), false);
    await press('Grant credits');
    expect([has('dialog'), seen().includes('Only an owner can grant credits.')]).to.deep.equal([false, true]);
  });

  const reserve = (left: number, reserved: number, reservedCredits: number | null = reserved) =>
    someCredits(1_000, 1_000 - left, { reserved, reservedCredits });

  for (const [reserved, reservedCredits, words] of [
    [
      200,
      null,
      '200 kept back for your servers A fifth of what was granted. Pages are refused when only these are left.',
    ],
    [50, 50, '50 kept back for your servers As an owner set it. Pages are refused when only these are left.'],
    [0, 0, '0 kept back for your servers As an owner set it. Pages can spend every credit.'],
  ] as const) {
    it(`what is kept back is said: ${words}`, async () => {
      await open(reserve(1_000, reserved, reservedCredits));
      expect(seen()).to.contain(words);
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('who is no owner reads what is kept back, and who can change it', async () => {
    await open(reserve(1_000, 200), false);
    expect([seen().includes('An owner can change it.'), has('button', 'Change what is kept back')]).to.deep.equal([
      true,
      false,
    ]);
  });

  describe('what is kept back', () => {
    const change = async (credits: OrganizationCredits) => {
      await open(credits);
      await press('Change what is kept back');
    };
    const meaning = () => textOf(document.querySelector('#reserve-amount-hint'));

    it('is a number of the owner’s own, with what it means; pressed twice, it is sent once', async () => {
      const answer = held<OrganizationCredits>();
      server.answers('PATCH credits', answer.answer);
      await change(reserve(300, 200, null));
      expect([has('spinbutton'), (get('radio', /^A fifth/) as HTMLInputElement).checked]).to.deep.equal([false, true]);
      await choose('radio', 'A number of your own');
      expect([valueOf('How many credits', 'spinbutton'), meaning()]).to.deep.equal([
        '200',
        '300 credits are left: pages can spend 100 of them.',
      ]);
      await write('How many credits', '300', 'spinbutton');
      expect(meaning()).to.equal('Only 300 credits are left: pages are refused at once.');
      await write('How many credits', '0', 'spinbutton');
      expect(meaning()).to.contain('pages can spend every credit');
      await press('Save');
      await press('Save');
      expect(get('button', 'Save').ariaBusy).to.equal('true');
      answer.go(reserve(300, 0));
      await until(() => toasts.length === 1);
      expect([server.bodies('PATCH credits'), has('dialog')]).to.deep.equal([[{ reservedCredits: 0 }], false]);
      expect(seen()).to.contain('0 kept back for your servers As an owner set it.');
    });

    it('becomes a fifth again', async () => {
      server.answers('PATCH credits', reserve(1_000, 200, null));
      await change(reserve(1_000, 50));
      expect((get('radio', 'A number of your own') as HTMLInputElement).checked).to.equal(true);
      await choose('radio', /^A fifth/);
      await press('Save');
      await until(() => toasts.length === 1);
      expect([server.bodies('PATCH credits'), toasts[0]?.message]).to.deep.equal([
        [{ reservedCredits: null }],
        '200 credits kept back for your servers.',
      ]);
    });

    for (const text of ['', '-1', '1.5', '1000000001']) {
      it(`“${text}” is not sent: it is said at its field, which has the focus`, async () => {
        await change(reserve(1_000, 50));
        await write('How many credits', text, 'spinbutton');
        await press('Save');
        expect([alerts(), focus(), server.sent('PATCH credits')]).to.deep.equal([
          ['Write a whole number from 0 to 1,000,000,000.'],
          'spinbutton “How many credits”',
          [],
        ]);
        expect(await violations()).to.deep.equal([]);
        await write('How many credits', '7', 'spinbutton');
        expect(alerts()).to.deep.equal([]);
      });
    }

    it('that can not be saved is said, and the next press saves it', async () => {
      server.answers('PATCH credits', offline, reserve(1_000, 70));
      await change(reserve(1_000, 50));
      await write('How many credits', '70', 'spinbutton');
      await press('Save');
      expect(alerts().join()).to.contain('The server can not be reached');
      await press('Save');
      await until(() => toasts.length === 1);
    });

    it('is not read again while it is changed', async () => {
      const clock = stopClock();
      await change(reserve(1_000, 50));
      await clock.tickAsync(60_000);
      expect(server.sent('GET credits')).to.have.length(1);
      await press('Cancel');
      await clock.tickAsync(30_000);
      expect(server.sent('GET credits')).to.have.length(2);
    });

    it('closed without saving, begins anew with what is saved', async () => {
      await change(reserve(1_000, 50));
      await write('How many credits', '70', 'spinbutton');
      await press('Cancel');
      await press('Change what is kept back');
      expect(valueOf('How many credits', 'spinbutton')).to.equal('50');
    });
  });

  it('the chart says its numbers, has each day in a table, newest first, and is drawn', async () => {
    const chart = await mount('ui-usage-chart', UsageChart, { days: days([3, 1], [5, 0]) });
    expect(has('image', /^Requests by day, 2 days: 8 accepted, 1 refused\./)).to.equal(true);
    chart.querySelector('details')!.open = true;
    const cells = [...chart.querySelectorAll('tbody tr')].map(textOf);
    expect(cells).to.deep.equal(['Nov 24, 2026 5 0', 'Nov 23, 2026 3 1']);
    await until(() => chart.querySelector('canvas'));
    expect(await violations()).to.deep.equal([]);
    chart.days = days([1, 0]);
    await drawn();
    expect(has('image', /^Requests by day, 1 day: 1 accepted, 0 refused\./)).to.equal(true);
  });
});

describe('a one-time link', () => {
  const preview: SetupPreview = {
    purpose: 'invitation',
    email: 'new@example.com',
    organization: 'Acme',
    role: 'viewer',
    hasAccount: false,
  };

  async function open(answer: SetupPreview | Trouble = preview, token = 'abc'): Promise<void> {
    startTestRouter();
    history.replaceState(null, '', token === '' ? '/setup' : `/setup#token=${token}`);
    server.answers('POST /api/setup/preview', answer);
    await mount('page-setup', SetupPage);
    await drawn();
  }

  it('is taken out of the address at once, and kept for a reload', async () => {
    await open();
    expect([location.hash, (history.state as { setupToken?: string }).setupToken]).to.deep.equal(['', 'abc']);
    expect(server.bodies('POST /api/setup/preview')).to.deep.equal([{ token: 'abc' }]);
    await mount('page-setup', SetupPage);
    await drawn();
    expect(server.bodies('POST /api/setup/preview')).to.deep.equal([{ token: 'abc' }, { token: 'abc' }]);
  });

  it('joins with a password, and leads to the keys; the token is gone from the history', async () => {
    server.answers('POST /api/setup', session());
    await open();
    expect(seen()).to.contain('Join Acme You were invited as a viewer, with the e-mail new@example.com.');
    await write('New password', 'correct horse');
    await press('Join');
    await until(() => visited.length === 1);
    expect(server.bodies('POST /api/setup')).to.deep.equal([{ token: 'abc', password: 'correct horse' }]);
    expect([visited, currentSession()?.user.id, JSON.stringify(history.state).includes('abc')]).to.deep.equal([
      ['/'],
      'usr_1',
      false,
    ]);
  });

  it('says how much is missing while a password is typed, and sends none that is too short', async () => {
    await open();
    await write('New password', 'abc');
    expect(seen()).to.contain('5 more.');
    await press('Join');
    expect(alerts()).to.deep.equal(['Use at least 8 characters.']);
    await until(() => focus() === 'textbox “New password”');
    expect(server.sent('POST /api/setup')).to.deep.equal([]);
  });

  it('a wrong password of an account is no dead link', async () => {
    server.answers('POST /api/setup', problem('sign_in_required'));
    await open({ ...preview, hasAccount: true });
    await write('Your password', 'wrong');
    await press('Join');
    expect(alerts()).to.deep.equal(['This is not the password of your account.']);
    expect(valueOf('Your password')).to.equal('wrong');
  });

  for (const [name, answer, token, words] of [
    ['used already', problem('not_found'), 'abc', 'This link does not work'],
    ['cut short', problem('request_invalid'), 'a', 'This link does not work'],
    ['missing', preview, '', 'This page needs a link'],
    ['not to be read now', offline, 'abc', 'The server can not be reached'],
  ] as readonly (readonly [string, SetupPreview | Trouble, string, string])[]) {
    it(`that is ${name}: “${words}”`, async () => {
      await open(answer, token);
      expect(seen()).to.contain(words);
      expect(await violations()).to.deep.equal([]);
    });
  }
});
