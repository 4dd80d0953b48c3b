/** The usage page: what was asked of all keys, by day and by key. */
import { expect } from 'chai';
import type { KeyUsageLine, Listing } from '../../../server/http/wire.ts';
import { UsagePage } from '../../../dashboard/pages/usage.ts';
import { days, listing, session, someCredits } from './samples.ts';
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
  mount,
  press,
  seen,
  statuses,
  stopClock,
  textOf,
  until,
  violations,
} from './stage.ts';

/** Key `n` with these days, oldest first. */
const line = (n: number, ...figures: readonly (readonly [number, number])[]): KeyUsageLine => ({
  keyId: `key_${n}`,
  name: `Key ${n}`,
  days: days(...figures),
});
const lines = (count: number, first = 1): readonly KeyUsageLine[] =>
  Array.from({ length: count }, (_, index) => line(first + index, [1, 0]));

async function open(
  first: Listing<KeyUsageLine> | Trouble | Promise<Listing<KeyUsageLine> | Trouble>,
  change: Partial<UsagePage> = {},
): Promise<UsagePage> {
  server.answers('GET usage', first);
  server.answers('GET credits', someCredits(1_000, 100));
  const place = { organizationId: 'org_1', session: session(), role: 'owner' } as const;
  const page = await mount('page-usage', UsagePage, { ...place, ...change });
  await drawn();
  return page;
}

const rows = () => [...document.querySelectorAll('.usage-keys tbody tr')].map(textOf);
const names = () => [...document.querySelectorAll('.usage-keys tbody a')].map(textOf);
const figures = () => [...document.querySelectorAll('.figures .card')].map(textOf);
const queries = () => server.sent('GET usage').map(({ query }) => query);

describe('the usage page', () => {
  it('says that it loads, with the credits beside it, and asks for 30 days', async () => {
    const answer = held<Listing<KeyUsageLine>>();
    await open(answer.answer);
    expect([seen().includes('Loading the usage'), seen().includes('900 left')]).to.deep.equal([true, true]);
    expect(queries()).to.deep.equal([{ days: '30', limit: '100' }]);
    answer.go(listing(lines(1)));
    await until(() => rows().length === 1);
    expect([seen().includes('Loading the usage'), document.title]).to.deep.equal([false, 'Usage · Postern']);
  });

  it('adds the keys up by day, names the busiest first, and why each was refused most', async () => {
    await open(listing([line(1, [1, 0], [2, 0]), line(2, [40, 3], [0, 1]), line(3, [0, 0], [0, 0])]));
    expect(figures()).to.deep.equal(['Accepted 43 requests', 'Refused 4 9 % of all', 'Busiest key Key 2 44 requests']);
    expect(has('image', /^Requests by day, 2 days: 43 accepted, 4 refused\./)).to.equal(true);
    expect(names()).to.deep.equal(['Key 2', 'Key 1', 'Key 3']);
    expect(rows()[0]).to.contain('origin_not_allowed 4 times');
    expect(rows()[1]).to.match(/3 .*0 .*nothing$/);
    expect(get('link', 'Key 1').getAttribute('href')).to.equal('/org/org_1/settings/api-keys/key_1');
  });

  for (const [accepted, refused, words] of [
    [999, 1, 'less than 1 %'],
    [0, 2, '100 %'],
    [3, 0, '0 %'],
  ] as const) {
    it(`${refused} of ${accepted + refused} refused are ${words}`, async () => {
      await open(listing([line(1, [accepted, refused])]));
      expect(figures()[1]).to.equal(`Refused ${refused} ${words} of all`);
    });
  }

  it('without a key leads to the first one', async () => {
    await open(listing([]));
    expect(seen()).to.contain('Nothing to count yet');
    expect(get('link', 'Go to API Keys').getAttribute('href')).to.equal('/org/org_1/settings/api-keys');
    expect([rows(), figures()]).to.deep.equal([[], []]);
  });

  it('with keys that nobody used says what to do, and of which days it speaks', async () => {
    await open(listing([line(1, [0, 0])]));
    expect(seen()).to.contain('No request came in these 30 days. Paste a key’s script tag');
    expect(figures()[2]).to.equal('Busiest key none yet');
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, and read again by Retry and when the connection is back`, async () => {
      await open(trouble);
      expect(alerts().join()).to.contain(words);
      expect([seen().includes('Nothing to count yet'), figures(), await violations()]).to.deep.equal([false, [], []]);
      await press('Retry');
      await until(() => alerts().length === 1 && queries().length === 2);
      server.answers('GET usage', listing(lines(1)));
      connect(true);
      await until(() => rows().length === 1);
      expect(alerts()).to.deep.equal([]);
    });
  }

  describe('other days', () => {
    it('are asked for at once; until they come, the ones that are there stay', async () => {
      await open(listing([line(1, [5, 0])]));
      const answer = held<Listing<KeyUsageLine>>();
      server.answers('GET usage', answer.answer);
      await choose('radio', '7 days');
      expect([queries().at(-1), figures()[0]]).to.deep.equal([{ days: '7', limit: '100' }, 'Accepted 5 requests']);
      expect(get('link', 'CSV').getAttribute('href')).to.equal('/api/org/org_1/usage.csv?days=7');
      answer.go(listing([line(1, [1, 0])]));
      await until(() => figures()[0] === 'Accepted 1 request');
    });

    it('that are chosen last are shown, however late the others come', async () => {
      await open(listing([line(1, [5, 0])]));
      const late = held<Listing<KeyUsageLine>>();
      server.answers('GET usage', late.answer, listing([line(1, [90, 0])]));
      await choose('radio', '7 days');
      await choose('radio', '90 days');
      await until(() => figures()[0] === 'Accepted 90 requests');
      late.go(listing([line(1, [7, 0])]));
      await drawn();
      expect(figures()[0]).to.equal('Accepted 90 requests');
      expect(server.sent('GET usage')[1]?.signal?.aborted).to.equal(true);
    });

    it('that do not come are asked for again as they were chosen', async () => {
      await open(listing([line(1, [5, 0])]));
      server.answers('GET usage', offline, listing([line(1, [7, 0])]));
      await choose('radio', '7 days');
      expect([alerts().length, figures(), rows()]).to.deep.equal([1, [], []]);
      await press('Retry');
      await until(() => figures()[0] === 'Accepted 7 requests');
      expect(queries().at(-1)).to.deep.equal({ days: '7', limit: '100' });
    });
  });

  describe('many keys', () => {
    const progress = () => statuses().find((words) => words.includes('more to come'));

    it('are all read, and it is said how far that is', async () => {
      const last = held<Listing<KeyUsageLine>>();
      server.answers('GET usage', listing(lines(100), 'c1'), last.answer);
      server.answers('GET credits', someCredits(1_000, 100));
      await mount('page-usage', UsagePage, { organizationId: 'org_1', session: session(), role: 'owner' });
      await until(progress);
      expect([progress(), figures()]).to.deep.equal(['100 keys read, more to come…', []]);
      expect(queries().at(-1)).to.deep.equal({ days: '30', limit: '100', cursor: 'c1' });
      last.go(listing(lines(20, 101)));
      await until(() => figures()[0] === 'Accepted 120 requests');
      expect(progress()).to.equal(undefined);
    });

    it('of other days are counted from the start, above those that are there', async () => {
      server.answers('GET credits', someCredits(1_000, 100));
      server.answers('GET usage', listing(lines(100), 'c1'), listing(lines(10, 101)));
      await mount('page-usage', UsagePage, { organizationId: 'org_1', session: session(), role: 'owner' });
      await until(() => figures()[0] === 'Accepted 110 requests');
      const [first, last] = [held<Listing<KeyUsageLine>>(), held<Listing<KeyUsageLine>>()];
      server.answers('GET usage', first.answer, last.answer);
      await choose('radio', '7 days');
      expect(progress()).to.equal(undefined);
      first.go(listing(lines(100), 'c1'));
      await until(progress);
      expect([progress(), figures()[0]]).to.deep.equal(['100 keys read, more to come…', 'Accepted 110 requests']);
      last.go(listing(lines(20, 101)));
      await until(() => figures()[0] === 'Accepted 120 requests');
      expect(progress()).to.equal(undefined);
    });

    it('fill the table fifty at a time; the button keeps the focus', async () => {
      await open(listing(lines(70)));
      expect(rows()).to.have.length(50);
      get('button', 'Show 20 more of 20').focus();
      await press('Show 20 more of 20');
      expect([rows().length, focus()]).to.deep.equal([70, 'button “That is all: 70 keys”']);
    });

    it('that fit have no such button', async () => {
      await open(listing(lines(50)));
      expect([rows().length, all('button', /more|all/)]).to.deep.equal([50, []]);
    });

    it('are not read again by themselves: that is many calls', async () => {
      const clock = stopClock();
      server.answers('GET credits', someCredits(1, 0));
      await open(listing(lines(101)));
      await clock.tickAsync(90_000);
      expect(queries()).to.have.length(1);
    });
  });

  it('is read again every 30 seconds, and stays as it is when that fails', async () => {
    const clock = stopClock();
    await open(listing([line(1, [5, 0])]));
    server.answers('GET usage', listing([line(1, [6, 0])]), offline);
    await clock.tickAsync(30_000);
    await drawn();
    expect(figures()[0]).to.equal('Accepted 6 requests');
    await clock.tickAsync(30_000);
    await drawn();
    expect([figures()[0], alerts(), queries().length]).to.deep.equal(['Accepted 6 requests', [], 3]);
  });

  it('a viewer sees all of it and grants nothing', async () => {
    await open(listing(lines(1)), { role: 'viewer' });
    expect([rows().length, seen().includes('Only an owner can grant credits.')]).to.deep.equal([1, true]);
    await press('Grant credits');
    expect(has('dialog')).to.equal(false);
  });

  it('draws names as text, and axe finds nothing in it', async () => {
    await open(listing([{ ...line(1, [3, 1]), name: '<img src=x>' }, line(2, [0, 0])]));
    expect([names()[0], figures()[2]]).to.deep.equal(['<img src=x>', 'Busiest key <img src=x> 4 requests']);
    expect(await violations()).to.deep.equal([]);
  });
});
