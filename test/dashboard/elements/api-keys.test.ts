/** The list of keys: what is shown, the switches, more of it, and a new key on top. */
import { expect } from 'chai';
import type { CreatedKey, Key, KeyPage, KeyUsageLine, Listing } from '../../../server/http/wire.ts';
import { ApiKeysPage } from '../../../dashboard/pages/api-keys.ts';
import { agent, days, fromNow, key, keys, listing, secretKey, session } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  browser,
  choose,
  drawn,
  get,
  has,
  mount,
  press,
  seen,
  startTestRouter,
  stopClock,
  textOf,
  toasts,
  until,
  violations,
  visited,
  write,
} from './stage.ts';

const noUsage: Listing<KeyUsageLine> = listing([]);

// The steps are over for whoever looks at this list.
before(() => localStorage.setItem('postern-first-steps:org_1:usr_1', 'over'));
after(() => localStorage.clear());

async function open(change: Partial<ApiKeysPage> = {}): Promise<ApiKeysPage> {
  const page = await mount('page-api-keys', ApiKeysPage, {
    session: session(),
    organizationId: 'org_1',
    role: 'owner',
    ...change,
  });
  await drawn();
  return page;
}

async function list(data: readonly Key[], change: Partial<ApiKeysPage> = {}): Promise<ApiKeysPage> {
  server.answers('GET api-keys', listing(data));
  server.answers('GET usage', noUsage);
  return open(change);
}

const row = (name: string) => all('row').find((one) => textOf(one).startsWith(`${name} `));
const names = () => all('link').map(textOf);
const toggle = (name = 'Shop') => get('switch', `${name} enabled`);
const isOn = (name?: string) => toggle(name).ariaChecked === 'true';
const countLine = () => textOf(document.querySelector('.list-count [role=status]'));
const patches = () => server.bodies('PATCH api-keys/*');

describe('the list of keys', () => {
  it('asks for 50 keys and their last 30 days, and shows each with what is known of it', async () => {
    server.answers('GET api-keys', listing([key({ lastUsedAt: fromNow(0), lastUsedOrigin: 'https://shop.example' })]));
    server.answers('GET usage', listing([{ keyId: 'key_1', name: 'Shop', days: days([3, 1], [2, 0]) }]));
    await open();
    expect(server.sent('GET api-keys')[0]?.query).to.deep.equal({ limit: '50' });
    expect(server.sent('GET usage')[0]?.query).to.deep.equal({ limit: '50', days: '30' });
    expect(get('link', 'Shop').getAttribute('href')).to.equal('/org/org_1/settings/api-keys/key_1');
    expect(has('image', '5 requests accepted and 1 request refused in 2 days')).to.equal(true);
    expect(textOf(row('Shop'))).to.contain('shop.example');
    expect(textOf(row('Shop'))).to.contain('Enabled');
    expect(document.title).to.equal('API Keys · Postern');
  });

  it('says that it loads, and that a key was never used', async () => {
    const answer = held<KeyPage>();
    server.answers('GET api-keys', answer.answer);
    server.answers('GET usage', noUsage);
    await open();
    expect(seen()).to.contain('Loading the keys');
    answer.go(listing([key()]));
    await until(() => has('link', 'Shop'));
    expect(textOf(row('Shop'))).to.contain('Never');
  });

  it('is shown without its pictures when those can not be read', async () => {
    server.answers('GET api-keys', listing([key()]));
    server.answers('GET usage', problem('store_unavailable'));
    await open();
    expect(names()).to.deep.equal(['Shop']);
    expect(alerts()).to.deep.equal([]);
  });

  for (const [name, trouble] of [
    ['offline', offline],
    ['503', problem('store_unavailable')],
  ] as readonly (readonly [string, Trouble])[]) {
    it(`${name}: it is said, and read again by Retry and when the connection is back`, async () => {
      server.answers('GET api-keys', trouble, trouble, listing([key()]));
      server.answers('GET usage', noUsage);
      await open();
      expect(alerts()).to.have.length(1);
      await press('Retry');
      expect(alerts()).to.have.length(1);
      dispatchEvent(new Event('online'));
      await until(() => has('link', 'Shop'));
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('with no key leads to the first one; a viewer reads that there is none', async () => {
    const page = await list([]);
    expect(seen()).to.contain('No keys yet');
    expect(all('button').map(textOf)).to.deep.equal(['Create API Key']);
    page.role = 'viewer';
    await drawn();
    expect(all('button')).to.deep.equal([]);
    expect(seen()).to.contain('you are a viewer here');
  });

  it('tags stand in the rows, lead to all keys that have them, and are chosen above; the address keeps it', async () => {
    startTestRouter();
    history.replaceState(null, '', '/org/org_1/settings/api-keys');
    const tagged = key({ tags: ['Production', 'eu'] });
    server.answers('GET usage', noUsage);
    server.answers('GET api-keys', {
      ...listing([tagged, key({ id: 'key_2', name: 'Blog' })]),
      tags: ['eu', 'Production'],
    });
    await open();
    expect(get('link', 'Production').getAttribute('href')).to.equal('/org/org_1/settings/api-keys?tag=Production');
    await choose('combobox', 'Tag', 'Production');
    await until(() => server.sent('GET api-keys').at(-1)?.query.tag === 'Production');
    expect(server.sent('GET usage').at(-1)?.query.tag).to.equal('Production');
    expect(location.search).to.equal('?tag=Production');
    expect(countLine()).to.contain('found');
    expect(await violations()).to.deep.equal([]);
    await choose('combobox', 'Tag', '');
    await until(() => location.search === '' && server.sent('GET api-keys').at(-1)?.query.tag === undefined);
  });

  it('a tag of the address is taken over in whatever case, also when no key has it any more', async () => {
    server.answers('GET usage', noUsage);
    server.answers('GET api-keys', { ...listing([key({ tags: ['Production'] })]), tags: ['Production'] });
    await open({ query: new URLSearchParams('tag=PRODUCTION') });
    expect(server.sent('GET api-keys')[0]?.query.tag).to.equal('PRODUCTION');
    expect((get('combobox', 'Tag') as HTMLSelectElement).value).to.equal('Production');
    server.answers('GET api-keys', listing([]));
    await open({ query: new URLSearchParams('tag=gone') });
    expect((get('combobox', 'Tag') as HTMLSelectElement).value).to.equal('gone');
    await press('Show all keys');
    await until(() => server.sent('GET api-keys').at(-1)?.query.tag === undefined);
  });

  it('leads a newcomer through the first steps, but not a viewer', async () => {
    localStorage.clear();
    server.answers('GET agents', listing([agent()]));
    const page = await list([]);
    await until(() => has('button', 'Create a key'));
    await press('Create a key');
    await until(() => has('dialog'));
    page.role = 'viewer';
    await drawn();
    expect(has('button', 'Close these steps')).to.equal(false);
    localStorage.setItem('postern-first-steps:org_1:usr_1', 'over');
  });

  describe('a switch', () => {
    it('moves at once, says what that means, and Undo moves it back', async () => {
      const answer = held<Key>();
      server.answers('PATCH api-keys/*', answer.answer, key({ revision: 3 }));
      await list([key()]);
      toggle().click();
      await drawn();
      expect([isOn(), textOf(row('Shop')).includes('Disabled'), toasts.length]).to.deep.equal([false, true, 0]);
      answer.go(key({ enabled: false, status: 'disabled', revision: 2 }));
      await until(() => toasts.length === 1);
      expect(toasts[0]?.message).to.equal('“Shop” is disabled. Its requests are refused from now on.');
      await press('Undo');
      await until(() => toasts.length === 2);
      expect(patches()).to.deep.equal([
        { enabled: false, revision: 1 },
        { enabled: true, revision: 2 },
      ]);
      expect(isOn()).to.equal(true);
    });

    it('pressed quickly several times, its changes are sent one after the other, and the last wish is shown', async () => {
      const [first, second] = [held<Key>(), held<Key>()];
      server.answers('PATCH api-keys/*', first.answer, second.answer);
      await list([key()]);
      toggle().click();
      await drawn();
      toggle().click();
      await drawn();
      expect([isOn(), patches().length]).to.deep.equal([true, 1]);
      first.go(key({ enabled: false, status: 'disabled', revision: 2 }));
      await until(() => patches().length === 2);
      expect(isOn()).to.equal(true);
      second.go(key({ enabled: true, revision: 3 }));
      await until(() => toasts.length === 2);
      expect([isOn(), patches()]).to.deep.equal([
        true,
        [
          { enabled: false, revision: 1 },
          { enabled: true, revision: 2 },
        ],
      ]);
    });

    for (const [name, trouble, words] of [
      ['offline', offline, '“Shop” is still enabled. The server can not be reached.'],
      ['403', problem('forbidden', { detail: 'You may only look.' }), '“Shop” is still enabled. You may only look.'],
    ] as readonly (readonly [string, Trouble, string])[]) {
      it(`${name}: is back where it was, and it is said`, async () => {
        server.answers('PATCH api-keys/*', trouble);
        await list([key()]);
        toggle().click();
        await until(() => toasts.length === 1);
        expect([isOn(), toasts[0]?.kind]).to.deep.equal([true, 'problem']);
        expect(toasts[0]?.message).to.contain(words);
      });
    }

    it('of a key that is gone says so, and the list is read again', async () => {
      server.answers('PATCH api-keys/*', problem('not_found'));
      await list([key()]);
      server.answers('GET api-keys', listing<Key>([]));
      toggle().click();
      await until(() => toasts.length === 1);
      expect(toasts[0]?.message).to.equal('“Shop” was deleted meanwhile.');
      expect(seen()).to.contain('No keys yet');
    });

    it('is no clash with what somebody else changed meanwhile', async () => {
      const theirs = key({ name: 'Theirs', revision: 5 });
      const conflict = problem('conflict', { current: theirs });
      server.answers('PATCH api-keys/*', conflict, { ...theirs, enabled: false, status: 'disabled', revision: 6 });
      await list([key()]);
      toggle().click();
      await until(() => toasts.length === 1);
      expect(patches()[1]).to.deep.equal({ enabled: false, revision: 5 });
      expect(names()).to.deep.equal(['Theirs']);
    });

    it('is not moved by a reading that began before it', async () => {
      const clock = stopClock();
      await list([key()]);
      const reading = held<KeyPage>();
      server.answers('GET api-keys', reading.answer);
      await clock.tickAsync(15_000);
      server.answers('PATCH api-keys/*', key({ enabled: false, status: 'disabled', revision: 2 }));
      toggle().click();
      await until(() => toasts.length === 1);
      reading.go(listing([key()]));
      await drawn();
      expect(isOn()).to.equal(false);
    });

    it('of a viewer can be reached, says why, and sends nothing', async () => {
      await list([key()], { role: 'viewer' });
      const control = get('switch', /^Shop enabled\. You are a viewer here/);
      control.click();
      await drawn();
      expect(patches()).to.deep.equal([]);
    });
  });

  describe('more keys', () => {
    async function first(): Promise<void> {
      server.answers('GET api-keys', listing(keys(2), 'c1'));
      server.answers('GET usage', noUsage);
      await open();
    }

    it('are read below the ones that are there, each once, until there are none', async () => {
      await first();
      server.answers('GET api-keys', listing([...keys(1, 2), ...keys(1, 3)]));
      await press('Load more');
      await until(() => has('link', 'Key 3'));
      expect(names()).to.deep.equal(['Key 1', 'Key 2', 'Key 3']);
      expect(server.sent('GET api-keys').at(-1)?.query).to.deep.equal({ limit: '50', cursor: 'c1' });
      expect(has('button', 'Load more')).to.equal(false);
    });

    it('pressed twice, they are asked for once', async () => {
      await first();
      const answer = held<KeyPage>();
      server.answers('GET api-keys', answer.answer);
      await press('Load more');
      await press('Load more');
      expect(get('button', 'Load more').ariaBusy).to.equal('true');
      answer.go(listing(keys(1, 3)));
      await until(() => has('link', 'Key 3'));
      expect(server.sent('GET api-keys')).to.have.length(2);
    });

    it('that do not come leave the list as it is; Retry and the connection bring them', async () => {
      await first();
      server.answers('GET api-keys', offline, offline, listing(keys(1, 3)));
      await press('Load more');
      expect([alerts().length, names()]).to.deep.equal([1, ['Key 1', 'Key 2']]);
      await press('Retry');
      expect(alerts()).to.have.length(1);
      dispatchEvent(new Event('online'));
      await until(() => has('link', 'Key 3'));
      expect(alerts()).to.deep.equal([]);
    });

    it('stay when the list is read again by itself', async () => {
      const clock = stopClock();
      await first();
      server.answers('GET api-keys', listing(keys(1, 3)));
      await press('Load more');
      server.answers('GET api-keys', listing(keys(2), 'c1'), listing([key({ id: 'key_3', name: 'Renamed' })]));
      await clock.tickAsync(15_000);
      await until(() => has('link', 'Renamed'));
      expect(names()).to.deep.equal(['Key 1', 'Key 2', 'Renamed']);
    });
  });

  describe('search, filter and order', () => {
    const box = () => get('searchbox', 'Search by name, public key, tag or domain') as HTMLInputElement;
    const queries = () => server.sent('GET api-keys').map(({ query }) => query);
    const put = async (words: string): Promise<void> => {
      box().value = words;
      box().dispatchEvent(new Event('input'));
      await drawn();
    };

    it('are in the address, asked for once the typing rests, and of both lists; the keys stay meanwhile', async () => {
      const clock = stopClock();
      await list([key()]);
      server.answers('GET api-keys', listing([key({ id: 'key_2', name: 'Blog' })]));
      await put('bl');
      await put('blo');
      await clock.tickAsync(199);
      expect([names(), queries().length, location.search]).to.deep.equal([['Shop'], 1, '?q=blo']);
      await clock.tickAsync(1);
      await until(() => has('link', 'Blog'));
      expect(queries().at(-1)).to.deep.equal({ limit: '50', q: 'blo' });
      expect(server.sent('GET usage').at(-1)?.query).to.deep.equal({ limit: '50', days: '30', q: 'blo' });
      expect(seen()).to.contain('1 key found');
    });

    it('the form of a new key opens once when the address asks for it, but for no viewer', async () => {
      await list([key()], { query: new URLSearchParams('create=1&q=sh') });
      await until(() => document.querySelector('dialog[open]') !== null);
      expect(location.search).to.equal('?q=sh');
      await list([key()], { query: new URLSearchParams('create=1'), role: 'viewer' });
      await drawn();
      expect(document.querySelector('dialog[open]') === null).to.equal(true);
    });

    it('by state and order; what is in the address is what is asked first', async () => {
      await list([key()], { query: new URLSearchParams('q=sh&status=expiring&sort=name&other=1') });
      expect(queries()).to.deep.equal([{ limit: '50', q: 'sh', status: 'expiring', sort: 'name' }]);
      expect(box().value).to.equal('sh');
      await choose('radio', 'Never used');
      await until(() => queries().length === 2);
      const order = get('combobox', 'Order') as HTMLSelectElement;
      order.value = 'last_used';
      order.dispatchEvent(new Event('change'));
      await until(() => queries().length === 3);
      expect(queries().slice(1)).to.deep.equal([
        { limit: '50', q: 'sh', status: 'never_used', sort: 'name' },
        { limit: '50', q: 'sh', status: 'never_used', sort: 'last_used' },
      ]);
      expect(location.search).to.equal('?q=sh&status=never_used&sort=last_used');
    });

    it('what an address asks for that is not known is left out', async () => {
      await list([key()], { query: new URLSearchParams('status=lost&sort=size') });
      expect(queries()).to.deep.equal([{ limit: '50' }]);
    });

    it('a pasted pair is searched by its public key; its secret is in no request and no address', async () => {
      await list([key()]);
      await put(`${key().publicKey}:${secretKey}`);
      await until(() => queries().length === 2);
      expect(queries()[1]).to.deep.equal({ limit: '50', q: key().publicKey });
      expect(location.href).to.not.contain('sk_');
    });

    it('nothing found says so, and leads back to all keys', async () => {
      await list([], { query: new URLSearchParams('q=none') });
      expect(seen()).to.contain('No key is like that.');
      expect(seen()).to.not.contain('No keys yet');
      server.answers('GET api-keys', listing([key()]));
      await press('Show all keys');
      await until(() => has('link', 'Shop'));
      expect([location.search, box().value]).to.deep.equal(['', '']);
    });

    it('/ leads to it, but is a letter where somebody writes', async () => {
      await list([key()]);
      await browser.press('/');
      expect(document.activeElement === box()).to.equal(true);
      await browser.press('/');
      expect(box().value).to.equal('/');
    });

    it('more keys of an earlier search do not come below the present one', async () => {
      await list([key()]);
      server.answers('GET api-keys', listing(keys(2), 'c1'));
      await choose('radio', 'Enabled');
      await until(() => has('link', 'Key 1'));
      const more = held<KeyPage>();
      server.answers('GET api-keys', more.answer);
      await press('Load more');
      server.answers('GET api-keys', listing([key({ name: 'Other' })]));
      await choose('radio', 'Disabled');
      await until(() => has('link', 'Other'));
      more.go(listing(keys(1, 3)));
      await drawn();
      expect(names()).to.deep.equal(['Other']);
    });

    it('says how many keys there are, also those that are not read yet', async () => {
      await list([key()]);
      expect(countLine()).to.equal('1 key');
      server.answers('GET api-keys', { ...listing(keys(2), 'c1'), total: 203 });
      await choose('radio', 'Enabled');
      await until(() => countLine() === '203 keys found');
    });
  });

  describe('a row', () => {
    it('leads to its key wherever it is pressed, but for what is pressed in it', async () => {
      startTestRouter();
      await list([key()]);
      const cells = row('Shop')!.querySelectorAll<HTMLElement>('[role=cell]');
      cells[2]!.click();
      await until(() => visited.length === 1);
      expect(visited).to.deep.equal(['/org/org_1/settings/api-keys/key_1']);
      server.answers('PATCH api-keys/*', key({ enabled: false, status: 'disabled', revision: 2 }));
      toggle().click();
      get('checkbox', 'Pick Shop').click();
      get('button', 'Copy the public key of Shop').click();
      get('link', 'Shop').click();
      await until(() => visited.length === 2);
      await drawn();
      expect(visited).to.have.length(2);
    });

    it('has its requests as a number; the pictures have one scale', async () => {
      server.answers('GET api-keys', listing(keys(2)));
      server.answers(
        'GET usage',
        listing([
          { keyId: 'key_1', name: 'Key 1', days: days([12_000, 0]) },
          { keyId: 'key_2', name: 'Key 2', days: days([6_000, 0]) },
        ]),
      );
      await open();
      expect(textOf(row('Key 1'))).to.contain('12K');
      const tall = all('image').map((picture) => Number(picture.querySelector('.accepted')?.getAttribute('height')));
      expect(tall[0]! / tall[1]!).to.be.closeTo(2, 0.01);
    });
  });

  describe('picked keys', () => {
    const some = () => [
      key(),
      key({ id: 'key_2', name: 'Blog' }),
      key({ id: 'key_3', name: 'Off', enabled: false, status: 'disabled' }),
    ];

    it('are disabled together after a question, and Undo enables them again', async () => {
      server.answers('PATCH api-keys/*', ({ call, body }) => {
        const { enabled } = body as { enabled: boolean };
        return key({
          id: call.split('/')[1]!,
          name: call,
          enabled,
          status: enabled ? 'enabled' : 'disabled',
          revision: 2,
        });
      });
      await list(some());
      await choose('checkbox', 'Pick all');
      expect(countLine()).to.equal('3 keys picked');
      await press('Disable');
      await until(() => has('dialog', 'Disable 2 keys?'));
      expect(patches()).to.deep.equal([]);
      await press('Disable 2 keys');
      await until(() => toasts.length === 1);
      expect(toasts[0]?.message).to.equal('2 keys are disabled.');
      expect(server.sent('PATCH api-keys/*').map(({ call }) => call)).to.deep.equal([
        'PATCH api-keys/key_1',
        'PATCH api-keys/key_2',
      ]);
      await press('Undo');
      await until(() => toasts.length === 2);
      expect(patches().slice(2)).to.deep.equal([
        { enabled: true, revision: 2 },
        { enabled: true, revision: 2 },
      ]);
    });

    it('those that could not be changed are named and stay picked', async () => {
      server.answers('PATCH api-keys/*', problem('forbidden'));
      await list(some());
      await choose('checkbox', 'Pick Blog');
      await press('Disable');
      await until(() => has('dialog', 'Disable 1 key?'));
      await press('Disable 1 key');
      await until(() => toasts.length === 1);
      expect([toasts[0]?.kind, toasts[0]?.message]).to.deep.equal(['problem', '1 key could not be changed: Blog.']);
      expect(countLine()).to.equal('1 key picked');
    });

    it('of a viewer are none', async () => {
      await list(some(), { role: 'viewer' });
      expect(all('checkbox')).to.deep.equal([]);
    });
  });

  it('Back brings the rows and the place again', async () => {
    const clock = stopClock();
    const isThere = (keyId: string): boolean => document.querySelector(`[data-key=${keyId}]`) !== null;
    const pages = [listing(keys(12), 'c1'), listing(keys(12, 13))] as const;
    server.answers('GET api-keys', ...pages);
    server.answers('GET usage', noUsage);
    await open();
    await press('Load more');
    await until(() => isThere('key_24'));
    scrollTo(0, 1_500);
    dispatchEvent(new Event('scroll'));
    await clock.tickAsync(150);
    document.querySelector('page-api-keys')?.remove();
    scrollTo(0, 0);
    server.answers('GET api-keys', ...pages);
    await open();
    await until(() => isThere('key_24'));
    // The browser holds on to what is seen while something above it still grows.
    expect(scrollY).to.be.closeTo(1_500, 60);
  });

  describe('a new key', () => {
    const created: CreatedKey = { key: key({ id: 'key_9', name: 'New' }), secretKey, warnings: [] };

    async function create(): Promise<void> {
      await list([key()]);
      server.answers('POST api-keys', created);
      server.answers('GET agents', listing([]));
      await press('Create API Key');
      await until(() => has('dialog', 'Create API Key'));
      await write('Name', 'New');
      // Not answered: on top of the list it stands before it is read again.
      server.answers('GET api-keys', held<KeyPage>().answer);
      await press('Create key');
      await until(() => has('dialog', 'Your new key'));
    }

    it('shows its secret once and stands on top of the list', async () => {
      await create();
      expect(textOf(get('dialog'))).to.contain(secretKey);
      await choose('checkbox', 'I have stored the secret key');
      await press('Done');
      await drawn();
      expect(names()).to.deep.equal(['New', 'Shop']);
      expect(document.documentElement.outerHTML).to.not.contain(secretKey);
    });

    it('is not disturbed by new readings while its secret is there', async () => {
      const clock = stopClock();
      await create();
      const before = server.sent('GET api-keys').length;
      await clock.tickAsync(60_000);
      expect(server.sent('GET api-keys')).to.have.length(before);
      expect(textOf(get('dialog'))).to.contain(secretKey);
    });

    it('Escape leaves the form, and the focus is on the button again', async () => {
      await list([key()]);
      get('button', 'Create API Key').focus();
      await press('Create API Key');
      await until(() => has('dialog', 'Create API Key'));
      await browser.press('Escape');
      await until(() => !has('dialog'));
      expect(document.activeElement).to.equal(get('button', 'Create API Key'));
    });
  });

  describe('reads itself again', () => {
    it('every 15 seconds, and when one comes back to it; not while it can not be seen', async () => {
      const clock = stopClock();
      await list([key()]);
      await clock.tickAsync(15_000);
      expect(server.sent('GET api-keys')).to.have.length(2);
      dispatchEvent(new Event('focus'));
      await drawn();
      expect(server.sent('GET api-keys')).to.have.length(3);
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      await clock.tickAsync(60_000);
      expect(server.sent('GET api-keys')).to.have.length(3);
      Reflect.deleteProperty(document, 'visibilityState');
    });

    it('a quiet reading that fails leaves everything as it is', async () => {
      const clock = stopClock();
      await list([key()]);
      server.answers('GET api-keys', offline);
      await clock.tickAsync(15_000);
      await drawn();
      expect([names(), alerts()]).to.deep.equal([['Shop'], []]);
    });

    it('not after it is gone', async () => {
      const clock = stopClock();
      const page = await list([key()]);
      page.remove();
      await clock.tickAsync(60_000);
      dispatchEvent(new Event('online'));
      expect(server.sent('GET api-keys')).to.have.length(1);
    });
  });

  it('says what needs a look at each key', async () => {
    stopClock();
    await list([
      key({ name: 'Leak', secretSeenInBrowser: { at: fromNow(-1_000), origin: 'https://leak.example' } }),
      key({ id: 'key_2', name: 'Soon', expiresAt: fromNow(3 * 86_400_000) }),
      key({ id: 'key_3', name: 'Over', expiresAt: fromNow(-1_000), status: 'expired' }),
      key({ id: 'key_4', name: 'Learns', learningUntil: fromNow(86_400_000) }),
      key({ id: 'key_5', name: 'Server', allowedDomains: [] }),
    ]);
    for (const [name, words] of [
      ['Leak', 'Secret seen in a browser: rotate it'],
      ['Soon', 'Expires in 3 days'],
      ['Over', 'Expired'],
      ['Learns', 'Learning until Nov 25, 2026'],
      ['Server', 'Only with its secret'],
    ] as const) {
      expect(textOf(row(name))).to.contain(words);
    }
  });

  for (const [name, act] of [
    ['with keys', () => list([key(), key({ id: 'key_2', enabled: false, status: 'disabled' })])],
    ['of a viewer', () => list([key()], { role: 'viewer' })],
    ['without keys', () => list([])],
    [
      'that failed',
      () => {
        server.answers('GET api-keys', offline);
        server.answers('GET usage', offline);
        return open();
      },
    ],
  ] as const) {
    it(`axe finds nothing in one ${name}`, async () => {
      await act();
      expect(await violations()).to.deep.equal([]);
    });
  }
});
