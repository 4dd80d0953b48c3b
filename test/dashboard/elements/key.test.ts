/** The page of one key as a whole, its usage and what stands on its top: what the parts do alone is tested in `key-parts`. */
import { expect } from 'chai';
import type { Key, KeyUsage as Usage } from '../../../server/http/wire.ts';
import { KeyPage } from '../../../dashboard/pages/key.ts';
import { navigate } from '../../../dashboard/router.ts';
import { agent, days, evidence, fromNow, key, listing, now, originUsage } from './samples.ts';
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
  seen,
  startTestRouter,
  stopClock,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

const noUsage: Usage = { days: days([0, 0]), origins: [], installations: [], evidence: evidence() };
const unknown = originUsage('https://new.example', { allowed: false, accepted: 0, refused: 7 });
const used: Usage = {
  days: days([3, 0], [2, 7]),
  origins: [originUsage('https://shop.example'), unknown],
  installations: [],
  evidence: evidence(),
};

interface Opened extends Partial<KeyPage> {
  readonly usage?: Usage | Trouble | Promise<Usage | Trouble>;
  /** What stands behind the `?`. */
  readonly search?: string;
}

async function open(
  first: Key | Trouble | Promise<Key | Trouble> = key(),
  { usage = noUsage, search = '', ...change }: Opened = {},
): Promise<KeyPage> {
  startTestRouter();
  server.answers('GET api-keys/*', first);
  server.answers('GET api-keys/*/usage', usage);
  server.answers('GET agents', listing([agent()]));
  server.answers('GET api-keys', listing([key()]));
  const page = await mount('page-key', KeyPage, {
    organizationId: 'org_1',
    role: 'member',
    params: { keyId: 'key_1' },
    query: new URLSearchParams(search),
    ...change,
  });
  await drawn();
  return page;
}

const usageCard = () => textOf(document.querySelector('key-usage'));
const origins = () => [...document.querySelectorAll('.origins tbody tr')].map(textOf);
const askedDays = () => server.sent('GET api-keys/*/usage').map(({ query }) => query.days);
const isOn = () => get('switch', 'Shop is enabled').ariaChecked === 'true';

describe('the page of a key', () => {
  it('shows tags, which lead to the keys that have them, and notes as they were written; neither where there is none', async () => {
    await open(key({ tags: ['Shop & co.'], notes: 'Ada asks for it.\n<b>Until</b> May.' }));
    const overview = document.querySelector<HTMLElement>('[data-tab=overview]');
    expect(get('link', 'Shop & co.').getAttribute('href')).to.equal('/org/org_1/settings/api-keys?tag=Shop+%26+co.');
    expect(overview?.innerText).to.contain('Ada asks for it.\n<b>Until</b> May.');
    expect(await violations()).to.deep.equal([]);
    await open(key());
    expect(document.querySelector('[data-tab=overview] .key-fact.whole')).to.equal(null);
  });

  it('says where its chat is installed, in which version, and since when as far as it is known', async () => {
    const [first] = noUsage.days;
    const installation = (host: string, firstSeenOn: string, ...versions: string[]) => ({
      origin: `https://${host}`,
      firstSeenOn,
      lastSeenAt: fromNow(0),
      versions,
    });
    const installations = [
      installation('shop.example', '2026-11-01', '1.0.0', '0.9.0'),
      installation('old.example', first!.date, '0.9.0'),
      ...Array.from({ length: 20 }, (_, index) => installation(`${index}.example`, '2026-11-01', '1.0.0')),
    ];
    await open(key(), { usage: { ...noUsage, installations } });
    await until(() => has('heading', 'Installed on'));
    expect(seen()).to.contain('https://shop.example version 1.0.0 (also 0.9.0), first seen 2026-11-01, last ');
    expect(seen()).to.contain(`https://old.example version 0.9.0, first seen ${first!.date} or before, last `);
    expect([seen().includes('https://17.example'), seen().includes('https://18.example')]).to.deep.equal([true, false]);
    expect(seen()).to.contain('2 more are not shown.');
    expect(await violations()).to.deep.equal([]);
  });

  it('says that its chat is nowhere yet, unless no page could use it', async () => {
    await open(key(), { usage: noUsage });
    await until(() => has('heading', 'Installed on'));
    expect(seen()).to.contain('No page yet.');
    await open(key({ allowedDomains: [] }), { usage: noUsage });
    await until(() => usageCard().includes('0'));
    expect(has('heading', 'Installed on')).to.equal(false);
  });

  it('says that it loads, and is called as the key is', async () => {
    const answer = held<Key>();
    await open(answer.answer);
    expect([seen().includes('Loading the key'), document.title]).to.deep.equal([true, 'API Key · Postern']);
    answer.go(key());
    await until(() => has('heading', 'Shop'));
    expect([seen().includes('Loading the key'), document.title]).to.deep.equal([false, 'Shop · Postern']);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, and read again by Retry and when the connection is back`, async () => {
      await open(trouble);
      expect(alerts().join()).to.contain(words);
      await press('Retry');
      await until(() => alerts().length === 1 && server.sent('GET api-keys/*').length === 2);
      server.answers('GET api-keys/*', key());
      connect(true);
      await until(() => has('heading', 'Shop'));
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('one that is not there leaves nothing to press but the way back', async () => {
    await open(problem('not_found'));
    expect([has('heading', 'No such key'), all('button')]).to.deep.equal([true, []]);
    expect(get('link', 'All API keys').getAttribute('href')).to.equal('/org/org_1/settings/api-keys');
    expect(await violations()).to.deep.equal([]);
  });

  it('one that goes while a part of it is changed leaves as much', async () => {
    server.answers('PATCH api-keys/*', problem('not_found'));
    await open();
    get('switch', 'Shop is enabled').click();
    await until(() => has('heading', 'No such key'));
    expect(has('switch')).to.equal(false);
  });

  it('shows what others changed within ten seconds, and leaves it as it is when that fails', async () => {
    const clock = stopClock();
    await open();
    server.answers('GET api-keys/*', key({ name: 'Theirs', revision: 2 }), offline);
    await clock.tickAsync(10_000);
    await drawn();
    expect(has('heading', 'Theirs')).to.equal(true);
    await clock.tickAsync(10_000);
    await drawn();
    expect([has('heading', 'Theirs'), alerts()]).to.deep.equal([true, []]);
  });

  it('a change in one part is seen in the others, and no reading that began before takes it back', async () => {
    const clock = stopClock();
    await open();
    const reading = held<Key>();
    server.answers('GET api-keys/*', reading.answer);
    await clock.tickAsync(10_000);
    server.answers('PATCH api-keys/*', key({ enabled: false, status: 'disabled', revision: 2 }));
    get('switch', 'Shop is enabled').click();
    await until(() => toasts.length === 1);
    reading.go(key());
    await drawn();
    expect(isOn()).to.equal(false);
  });

  it('a change in one part asks for the figures again: they say which origins are allowed', async () => {
    await open(key(), { usage: used, search: 'tab=usage' });
    const blocked = /^Allow this domain/;
    await until(() => has('button', blocked));
    server.answers('GET api-keys/*/usage', { ...used, origins: [{ ...unknown, allowed: true }] });
    server.answers('PATCH api-keys/*', key({ enabled: false, status: 'disabled', revision: 2 }));
    get('switch', 'Shop is enabled').click();
    await until(() => toasts.length === 1 && !has('button', blocked));
  });

  it('a viewer sees all of it and can change nothing', async () => {
    await open(key({ secretSeenInBrowser: { at: now, origin: null } }), { role: 'viewer', usage: used });
    expect(seen()).to.contain('You can look at this key, but not change it: you are a viewer here.');
    expect(seen()).to.contain('ask a member to rotate it.');
    expect(all('button', /Rename|Rotate|Delete|Save|Add|Remove|Allow/)).to.deep.equal([]);
    expect(origins()[1]).to.match(/blocked$/);
    get('switch', /^Shop is enabled/).click();
    await drawn();
    expect(server.sent('PATCH api-keys/*')).to.deep.equal([]);
  });

  describe('on its top', () => {
    it('a secret that a browser used comes first, and leads to the question of a new one', async () => {
      await open(key({ secretSeenInBrowser: { at: now, origin: 'https://leak.example' } }));
      expect(seen()).to.contain('This secret was used in a browser at https://leak.example: rotate it.');
      get('button', 'Rotate secret…', document.querySelector('.failure')!).click();
      await until(() => has('dialog', 'Rotate the secret'));
    });

    for (const [name, change, words] of [
      ['is over', { expiresAt: fromNow(-1_000), status: 'expired' }, /This key expired/],
      ['ends within a week', { expiresAt: fromNow(7 * 86_400_000) }, /This key expires/],
      ['learns', { learningUntil: fromNow(1_000) }, /Learning mode is on: pages on every origin are let in/],
    ] as readonly (readonly [string, Partial<Key>, RegExp])[]) {
      it(`it is said that a key ${name}`, async () => {
        stopClock();
        await open(key(change));
        expect(seen()).to.match(words);
      });
    }

    it('nothing stands where nothing is to be done', async () => {
      stopClock();
      await open(key({ expiresAt: fromNow(8 * 86_400_000), learningUntil: fromNow(-1_000) }));
      expect(seen()).to.not.match(/This key expire|Learning mode is on|used in a browser/);
    });
  });

  describe('deleting it', () => {
    async function ask(answer: undefined | Trouble): Promise<void> {
      server.answers('DELETE api-keys/*', answer);
      await open(key(), { search: 'tab=settings' });
      await press('Delete key…');
      await write(/Shop/, 'Shop');
    }

    for (const [name, answer] of [
      ['there', undefined],
      ['gone already', problem('not_found')],
    ] as const) {
      it(`of one that is ${name} is done after its name was typed, and leads to the list`, async () => {
        await ask(answer);
        expect(server.sent('DELETE api-keys/*')).to.deep.equal([]);
        await press('Delete for good');
        await until(() => visited.length === 1);
        expect([server.sent('DELETE api-keys/*').length, visited, toasts[0]?.message]).to.deep.equal([
          1,
          ['/org/org_1/settings/api-keys'],
          '“Shop” is deleted.',
        ]);
      });
    }

    it('that fails is said in the question, and the key is still there', async () => {
      await ask(offline);
      await press('Delete for good');
      expect(alerts().join()).to.contain('The server can not be reached');
      await press('Cancel');
      expect([has('heading', 'Shop'), visited]).to.deep.equal([true, []]);
    });
  });
});

describe('the usage of a key', () => {
  it('is shown with its totals, its reasons and its origins, busiest first', async () => {
    await open(key(), { usage: used, search: 'tab=usage' });
    expect(usageCard()).to.contain('Accepted 5 Refused 7 Share refused 58 % Origins 2');
    expect(usageCard()).to.contain('origin_not_allowed');
    expect(origins().map((row) => row.split(' ')[0])).to.deep.equal(['https://shop.example', 'https://new.example']);
    expect(await violations()).to.deep.equal([]);
  });

  for (const [name, usage, change, words] of [
    ['was never used', noUsage, {}, 'No requests in 1 days Put the script tag into a page'],
    [
      'was not used of late',
      noUsage,
      { lastUsedAt: '2026-01-01T00:00:00.000Z' },
      'A key that nobody uses can be disabled.',
    ],
    [
      'was used by servers alone',
      { ...noUsage, days: days([4, 0]) },
      {},
      'No page used it: 4 requests came without an origin.',
    ],
    ['was refused once in a thousand', { ...noUsage, days: days([1_999, 1]) }, {}, 'Share refused < 0.1 %'],
  ] as readonly (readonly [string, Usage, Partial<Key>, string])[]) {
    it(`of one that ${name}: “${words}”`, async () => {
      await open(key(change), { usage, search: 'tab=usage' });
      expect(usageCard()).to.contain(words);
    });
  }

  it('that does not come leaves the key as it is, and is asked for again', async () => {
    await open(key(), { usage: offline, search: 'tab=usage' });
    expect([alerts().length, has('heading', 'Shop'), usageCard().includes('No requests')]).to.deep.equal([
      1,
      true,
      false,
    ]);
    server.answers('GET api-keys/*/usage', used);
    await press('Retry');
    await until(() => usageCard().includes('Accepted 5'));
    expect(alerts()).to.deep.equal([]);
  });

  it('of other days is asked for beside the days that a change of domains is tried on', async () => {
    await open(key(), { usage: used, search: 'tab=usage' });
    expect(askedDays()).to.deep.equal(['30']);
    const answer = held<Usage>();
    server.answers('GET api-keys/*/usage', ({ query }) => (query.days === '7' ? answer.answer : used));
    await choose('radio', '7 days');
    expect(askedDays().slice(1)).to.deep.equal(['7', '30']);
    expect(document.querySelector('key-usage section')!.ariaBusy).to.equal('true');
    expect(usageCard(), 'until then').to.contain('Accepted 5');
    answer.go({ ...noUsage, days: days([1, 0]) });
    await until(() => usageCard().includes('Accepted 1'));
    expect(get('link', 'CSV').getAttribute('href')).to.equal('/api/org/org_1/usage.csv?days=7&key=key_1');
  });

  describe('an origin that was blocked', () => {
    it('is allowed by one press, at once; then it is asked again who is', async () => {
      server.answers('PATCH api-keys/*', key({ allowedDomains: ['shop.example', 'new.example'], revision: 2 }));
      await open(key(), { usage: used, search: 'tab=usage' });
      server.answers('GET api-keys/*/usage', { ...used, origins: [{ ...unknown, allowed: true }] });
      await press('Allow this domain: new.example');
      await until(() => toasts.length === 1);
      expect(server.bodies('PATCH api-keys/*')).to.deep.equal([
        { addDomains: ['new.example'], confirm: true, revision: 1 },
      ]);
      await until(() => origins()[0]?.endsWith('allowed'));
    });

    it('where the secret was sent from is not offered to be allowed, and a public suffix neither', async () => {
      const usage = {
        ...used,
        origins: [
          originUsage('https://leak.example', { allowed: false }),
          originUsage('https://co.uk', { allowed: false }),
        ],
      };
      await open(key({ secretSeenInBrowser: { at: now, origin: 'https://leak.example' } }), {
        usage,
        search: 'tab=usage',
      });
      expect(origins().map((row) => /with the secret|blocked/.exec(row)?.[0])).to.deep.equal([
        'with the secret',
        'blocked',
      ]);
      expect(has('button', /^Allow this domain/)).to.equal(false);
    });
  });

  it('does not disturb what is typed beside it when it is read again', async () => {
    const clock = stopClock();
    await open(key(), { usage: used, search: 'tab=domains' });
    await write('Add a domain', 'half.exa');
    get('textbox', 'Add a domain').focus();
    server.answers('GET api-keys/*/usage', noUsage);
    await clock.tickAsync(10_000);
    await drawn();
    expect([valueOf('Add a domain'), focus()]).to.deep.equal(['half.exa', 'textbox “Add a domain”']);
    expect(usageCard()).to.contain('No requests');
  });
});

describe('the tabs of a key', () => {
  const path = '/org/org_1/settings/api-keys/key_1';
  const shown = () => [...document.querySelectorAll<HTMLElement>('[data-tab]')].filter(({ hidden }) => !hidden);
  const current = () => shown().map(({ dataset }) => dataset.tab);
  const tabLinks = () => all('link', undefined, get('navigation', 'This key'));

  async function openAt(search = '', { usage = used }: Opened = {}): Promise<KeyPage> {
    startTestRouter();
    await navigate(path + search);
    visited.length = 0;
    return open(key(), { usage, search: new URL(location.href).search });
  }

  it('are links with an address each; the one that is looked at is marked', async () => {
    await openAt('?tab=usage&days=7');
    expect(tabLinks().map((link) => link.getAttribute('href'))).to.deep.equal([
      `${path}?days=7`,
      `${path}?tab=domains&days=7`,
      `${path}?tab=usage&days=7`,
      `${path}?tab=settings&days=7`,
    ]);
    expect(tabLinks().map(({ ariaCurrent }) => ariaCurrent)).to.deep.equal([null, null, 'page', null]);
    expect(current()).to.deep.equal(['usage']);
    expect(askedDays()).to.deep.equal(['7', '30']);
    expect(await violations()).to.deep.equal([]);
  });

  it('an address that names none, or one that is not there, is the first', async () => {
    await openAt('?tab=nonsense&days=8');
    expect([current(), askedDays()]).to.deep.equal([['overview'], ['30']]);
  });

  // Fails for a tab that is a page of its own: what is typed is lost, or leaving is asked about.
  it('what is typed stays while others are looked at, also by Back; leaving the page is asked about', async () => {
    await openAt('?tab=domains');
    await write('Add a domain', 'half.exa');
    get('link', 'Settings').click();
    await drawn();
    expect([current(), location.search, visited, leaving.asked]).to.deep.equal([['settings'], '?tab=settings', [], []]);
    history.back();
    await until(() => current().includes('domains'));
    expect([valueOf('Add a domain'), visited, leaving.asked]).to.deep.equal(['half.exa', [], []]);
    leaving.answer = false;
    await navigate('/account');
    expect([leaving.asked.length, visited]).to.deep.equal([1, []]);
    leaving.answer = true;
  });

  it('a fragment leads to the tab that it is on, in the address and by a link', async () => {
    await openAt('#learning-heading');
    await until(() => current().includes('settings'));
    expect([location.search, location.hash]).to.deep.equal(['?tab=settings', '#learning-heading']);
    get('link', 'Overview').click();
    await drawn();
    location.hash = '#domains-heading';
    await until(() => current().includes('domains'));
    expect(location.search).to.equal('?tab=domains');
  });

  it('the period of the figures stands in the address', async () => {
    await openAt('?tab=usage');
    await choose('radio', '90 days');
    expect(location.search).to.equal('?tab=usage&days=90');
  });

  it('a notice that asks for a new secret leads to where that is made', async () => {
    await openAt('?tab=usage');
    server.answers('GET api-keys/*', key({ secretSeenInBrowser: { at: now, origin: null } }));
    document.querySelector<KeyPage>('page-key')!.remove();
    await open(key({ secretSeenInBrowser: { at: now, origin: null } }), { search: 'tab=usage' });
    await press('Rotate secret…');
    await until(() => has('dialog', 'Rotate the secret'));
    expect(current()).to.deep.equal(['overview']);
  });

  it('shows eight origins, and all of them when that is asked for', async () => {
    const many = Array.from({ length: 9 }, (_, index) => originUsage(`https://s${index}.example`));
    await openAt('?tab=usage', { usage: { ...used, origins: many } });
    expect(origins()).to.have.length(8);
    await press('Show all 9 origins');
    expect([origins().length, has('button', 'That is all: 9 origins')]).to.deep.equal([9, true]);
  });
});
