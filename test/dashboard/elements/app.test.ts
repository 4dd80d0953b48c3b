/** The frame around the pages: who may see what, what an address leads to, and a session that ends or changes under a page. */
import { expect } from 'chai';
import type { Session } from '../../../server/http/wire.ts';
import type { Dashboard } from '../../../dashboard/app.ts';
import { changeKey } from '../../../dashboard/api.ts';
import { guardLeaving, navigate } from '../../../dashboard/router.ts';
import { setSession } from '../../../dashboard/session.ts';
import { agent, key, listing, session } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  browser,
  connect,
  drawn,
  focus,
  get,
  has,
  openDashboard,
  press,
  seen,
  textOf,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const settings = '/org/org_1/settings';
const ended = problem('sign_in_required');
const asViewer = session({ organizations: [{ id: 'org_1', name: 'Acme', role: 'viewer' }] });
const alone = session({ organizations: [] });

/** At an address, before anything is known of who looks at it. */
async function open(path: string, ...answers: (Session | Trouble | Promise<Session | Trouble>)[]): Promise<Dashboard> {
  server.answers('GET /api/session', ...answers);
  const dashboard = await openDashboard(path);
  await drawn();
  return dashboard;
}

const heading = (words: string) => until(() => has('heading', words));
const here = () => location.pathname + location.search + location.hash;
const isOpening = () => document.querySelector('.opening')!.checkVisibility();
const section = () => document.querySelector('.sections [aria-current=page]');

describe('the dashboard', () => {
  beforeEach(() => server.answers('GET agents', listing([agent()])));

  it('shows that it loads, and no navigation before it is known who looks at it', async () => {
    const answer = held<Session>();
    await open(`${settings}/agents`, answer.answer);
    expect(seen()).to.contain('Loading');
    expect([has('navigation'), has('link', 'Postern, home'), server.sent().length]).to.deep.equal([false, false, 1]);
    answer.go(session());
    expect(isOpening()).to.equal(true);
    await until(() => has('link', 'Guide'));
    await until(() => !isOpening());
    expect([textOf(section()), document.title]).to.deep.equal(['Agents', 'Agents · Postern']);
    expect(textOf(document.querySelector('.organization'))).to.equal('Acme');
    expect(has('button', 'Account of ada@example.com')).to.equal(true);
  });

  for (const [path, next] of [
    ['/', '/sign-in'],
    [`${settings}/agents?a=1#b`, `/sign-in?next=${encodeURIComponent(`${settings}/agents?a=1#b`)}`],
    ['/nothing', `/sign-in?next=${encodeURIComponent('/nothing')}`],
  ] as const) {
    it(`who is not signed in is led from ${path} to ${next}, without a step in the history`, async () => {
      server.answers('GET /api/setup', { isSetUp: true, isMailOn: false });
      const before = history.length;
      await open(path, ended);
      await heading('Sign in');
      expect([here(), history.length, has('navigation')]).to.deep.equal([next, before, false]);
      expect(server.sent().map(({ call }) => call)).to.not.include('GET agents');
    });
  }

  it('/ leads to the keys of the first organization', async () => {
    server.answers('GET api-keys', listing([]));
    server.answers('GET usage', listing([]));
    server.answers('GET agents', listing([]));
    await open('/', session());
    await heading('API Keys');
    expect(here()).to.equal(`${settings}/api-keys`);
  });

  it('/ tells who belongs to no organization how to come into one', async () => {
    await open('/', alone);
    await heading('No organization yet');
    expect(seen()).to.contain('Ask an owner to invite ada@example.com.');
    expect(has('navigation')).to.equal(false);
  });

  for (const [name, path] of [
    ['an address that is none', '/account/nothing'],
    ['an organization that one does not belong to', '/org/org_2/settings/agents'],
  ] as const) {
    it(`${name}: there is nothing here, nothing is asked for, and one gets on from there`, async () => {
      await open(path, session());
      await heading('There is nothing here');
      expect(document.title).to.equal('There is nothing here · Postern');
      expect(get('link', 'Go to your keys').getAttribute('href')).to.equal('/');
      expect([server.sent().length, section()]).to.deep.equal([1, null]);
    });
  }

  it('offline: it is said, and read again by Retry and when the connection is back', async () => {
    await open(`${settings}/agents`, offline, offline, session());
    await heading('This did not load');
    expect(alerts().join()).to.contain('The server can not be reached');
    await press('Retry');
    await until(() => server.sent('GET /api/session').length === 2);
    await until(() => alerts().length === 1);
    connect(true);
    await until(() => has('link', 'Guide'));
    expect(alerts()).to.deep.equal([]);
  });

  it('the connection that comes back disturbs no page that is there', async () => {
    const dashboard = await open('/account', session());
    await heading('Account');
    connect(true);
    expect(dashboard.isOpening).to.equal(false);
  });

  it('a link leads to its page with the focus on its heading and its section marked', async () => {
    await open('/account', session());
    await heading('Account');
    get('link', 'Agents').click();
    await until(() => focus() === 'heading “Agents”');
    expect([here(), textOf(section())]).to.deep.equal([`${settings}/agents`, 'Agents']);
  });

  it('beside no organization’s page, the navigation is of the one that was looked at last', async () => {
    const other = { id: 'org_0', name: 'First', role: 'owner' } as const;
    await open(`${settings}/agents`, session({ organizations: [other, ...session().organizations] }));
    await until(() => has('link', 'Guide'));
    await navigate('/account');
    await heading('Account');
    expect((get('combobox', 'Organization') as HTMLSelectElement).value).to.equal('org_1');
    expect(get('link', 'Agents').getAttribute('href')).to.equal(`${settings}/agents`);
  });

  for (const [name, late] of [
    ['that one is signed in', session()],
    ['that one is not', ended],
    ['that nobody knows', offline],
  ] as readonly (readonly [string, Session | Trouble])[]) {
    it(`only the address that was wanted last shows its page, also when it comes late for another ${name}`, async () => {
      const answer = held<Session>();
      await open(`${settings}/agents`, answer.answer, session());
      await navigate('/account');
      await heading('Account');
      answer.go(late);
      await until(() => server.sent().length === 2);
      await drawn();
      expect([here(), has('heading', 'Account'), server.sent('GET agents')]).to.deep.equal(['/account', true, []]);
    });
  }

  it('who would lose something is asked before they leave; “Stay here” stays', async () => {
    await open('/account', session());
    await heading('Account');
    guardLeaving(() => true, 'The secret is lost.');
    get('link', 'Agents').click();
    await until(() => has('dialog', 'Leave this page?'));
    expect(textOf(get('dialog'))).to.contain('The secret is lost.');
    await press('Stay here');
    expect([here(), has('heading', 'Account')]).to.deep.equal(['/account', true]);
    get('link', 'Agents').click();
    await until(() => has('dialog', 'Leave this page?'));
    await press('Leave');
    await until(() => has('link', 'Guide'));
  });

  describe('a session that ends under a page', () => {
    /** A change that somebody makes on a page; what it answers, or fails with. */
    async function change(): Promise<{ readonly outcome: Promise<unknown> }> {
      await open('/account', session());
      await heading('Account');
      server.answers('PATCH api-keys/*', ended, key({ name: 'New' }));
      const outcome = changeKey('org_1', 'key_1', { name: 'New' }).catch((error: unknown) => (error as Error).message);
      await until(() => has('dialog', 'Your session ended'));
      return { outcome };
    }

    it('is asked for over the page, which stays; then the change is made', async () => {
      server.answers('POST /api/session', session());
      const { outcome } = await change();
      expect([seen().includes('You sign in as'), valueOf('E-mail')]).to.deep.equal([true, 'ada@example.com']);
      await until(() => focus() === 'textbox “Password”');
      await write('Password', 'right');
      await press('Sign in', get('dialog'));
      expect(await outcome).to.deep.equal(key({ name: 'New' }));
      expect([here(), has('dialog')]).to.deep.equal(['/account', false]);
    });

    it('“Not now” leads to the sign-in, and back from there, when nothing would be lost', async () => {
      server.answers('GET /api/setup', { isSetUp: true, isMailOn: false });
      const { outcome } = await change();
      await press('Not now');
      expect(await outcome).to.equal('Your session ended. Sign in to go on.');
      await heading('Sign in');
      expect(here()).to.equal('/sign-in?next=%2Faccount');
    });

    it('“Not now” stays on the page with what would be lost', async () => {
      const { outcome } = await change();
      guardLeaving(() => true);
      await browser.press('Escape');
      expect(await outcome).to.equal('Your session ended. Sign in to go on.');
      expect([here(), has('heading', 'Account'), has('dialog')]).to.deep.equal(['/account', true, false]);
    });
  });

  describe('a session that changes under a page', () => {
    it('takes what a viewer may not do away at once', async () => {
      await open(`${settings}/agents`, session());
      await until(() => has('link', 'Create agent'));
      setSession(asViewer);
      await drawn();
      expect([has('link', 'Create agent'), has('link', 'Guide')]).to.deep.equal([false, true]);
    });

    it('leads away from an organization that one was taken out of', async () => {
      await open(`${settings}/agents`, session());
      await until(() => has('link', 'Guide'));
      setSession(alone);
      await heading('No organization yet');
      expect(here()).to.equal('/');
    });

    it('leaves a page that belongs to no organization where it is', async () => {
      await open('/account', session());
      await heading('Account');
      setSession(alone);
      await drawn();
      expect([here(), seen().includes('You belong to none.'), has('navigation')]).to.deep.equal([
        '/account',
        true,
        false,
      ]);
    });
  });

  it('the first thing that Tab reaches leads past the frame', async () => {
    await open('/account', session());
    await heading('Account');
    const skip = all('link')[0]!;
    expect([textOf(skip), skip.getAttribute('href')]).to.deep.equal(['Skip to the content', '#content']);
    skip.click();
    await until(() => location.hash === '#content');
    expect(has('heading', 'Account')).to.equal(true);
  });

  for (const [name, path, words] of [
    ['a page', `${settings}/agents`, 'Agents'],
    ['an address that is none', '/nothing', 'There is nothing here'],
  ] as const) {
    it(`axe finds nothing in the frame around ${name}`, async () => {
      await open(path, session());
      await heading(words);
      expect(await violations()).to.deep.equal([]);
    });
  }
});
