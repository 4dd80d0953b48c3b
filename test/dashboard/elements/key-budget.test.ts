/** What browsers may spend with a key: on its page, and as the list of keys marks it. */
import { expect } from 'chai';
import { html } from 'lit';
import type { Key } from '../../../server/http/wire.ts';
import { keyBadges } from '../../../dashboard/components/key-badges.ts';
import { KeyBudget } from '../../../dashboard/pages/key/key-budget.ts';
import { keyNotices } from '../../../dashboard/pages/key/key-notices.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { bounded, fromNow, key, now } from './samples.ts';
import { held, offline, problem, server } from './server.ts';
import {
  alerts,
  all,
  choose,
  draw,
  drawn,
  fill,
  focus,
  get,
  has,
  mount,
  press,
  seen,
  stopClock,
  textOf,
  toasts,
  until,
  violations,
} from './stage.ts';

const both = key({ ...bounded(500, 120), visitorBudget: { credits: 200, per: 'day' } });

/** As the page does: what it tells becomes its key. */
async function open(shown: Key = both, change: Partial<KeyBudget> = {}): Promise<KeyBudget> {
  const part = await mount('key-budget', KeyBudget, { key: shown, organizationId: 'org_1', ...change });
  part.addEventListener('key-changed', (event) => (part.key = (event as CustomEvent<Key>).detail));
  return part;
}

const patches = () => server.bodies('PATCH api-keys/*');
const meter = () => textOf(document.querySelector('key-budget .row'));
const credits = (name: string) => document.querySelector<HTMLInputElement>(`#${name}-credits`)!;
const isBounded = (name: string | RegExp) => (get('checkbox', name) as HTMLInputElement).checked;

async function spend(name: string, text: string, per?: string): Promise<void> {
  fill(credits(name), text);
  await drawn();
  if (per !== undefined) {
    const select = document.querySelector<HTMLSelectElement>(`#${name}-per`)!;
    select.value = per;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }
  await drawn();
}

describe('<key-budget>', () => {
  it('says the bound in words, what is spent of it, and until when', async () => {
    stopClock();
    await open();
    expect(seen()).to.contain(
      'Browsers can spend at most 500 credits a day with this key. Each visitor can spend at most 200 credits a day.',
    );
    expect(meter()).to.match(/^120 of 500 credits spent until November 25, 2026 .*: 12 h more$/);
    const bar = get('progressbar', '120 of 500 credits spent') as HTMLProgressElement;
    expect([bar.value, bar.max, bar.className.trim()]).to.deep.equal([120, 500, 'credits']);
  });

  for (const [spent, look] of [
    [399, ''],
    [400, 'few'],
    [499, 'few'],
    [500, 'out'],
    [620, 'out'],
  ] as const) {
    it(`${spent} of 500 spent is ${look || 'nothing to look at'}`, async () => {
      stopClock();
      await open(key(bounded(500, spent)));
      const bar = get('progressbar', `${spent} of 500 credits spent`) as HTMLProgressElement;
      expect([bar.className.replace('credits', '').trim(), bar.value]).to.deep.equal([look, Math.min(spent, 500)]);
    });
  }

  for (const [per, since, until] of [
    ['hour', '2026-11-24T12:00:00.000Z', '2026-11-24T13:00:00.000Z'],
    ['day', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['month', '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
  ] as const) {
    it(`a budget for each ${per} turns over at the end of it; from then on nothing is spent`, async () => {
      const clock = stopClock();
      await open(key({ budget: { credits: 10, per }, spent: { credits: 7, since } }));
      const time = () => document.querySelector('key-budget time')!.getAttribute('datetime');
      expect([meter().startsWith('7 of 10'), time()]).to.deep.equal([true, until]);
      clock.setSystemTime(Date.parse(until) - 500);
      await clock.tickAsync(1_000);
      await drawn();
      expect([meter().startsWith('0 of 10'), time()! > until]).to.deep.equal([true, true]);
    });
  }

  it('without budgets says what that means, and has no meter', async () => {
    await open(key());
    expect(seen()).to.contain('Browsers can spend every credit with this key, but for those that are kept back');
    expect([has('progressbar'), has('spinbutton'), isBounded(/^Bound what browsers/)]).to.deep.equal([
      false,
      false,
      false,
    ]);
    expect(all('group').map(textOf).join()).to.match(/spend every credit .*one visitor alone can spend/);
    expect(await violations()).to.deep.equal([]);
  });

  it('sends only the budget that differs', async () => {
    server.answers('PATCH api-keys/*', key({ ...both, budget: { credits: 900, per: 'month' }, revision: 2 }));
    await open();
    expect(has('button', 'Save budget')).to.equal(false);
    await spend('budget', '900', 'month');
    expect(isUnsaved()).to.equal(true);
    await press('Save budget');
    await until(() => toasts.length === 1);
    expect([patches(), toasts[0]?.message, isUnsaved()]).to.deep.equal([
      [{ budget: { credits: 900, per: 'month' }, revision: 1 }],
      'Budget saved.',
      false,
    ]);
    expect(seen()).to.contain('at most 900 credits a month');
  });

  it('pressed twice, is saved once; meanwhile it can not be discarded', async () => {
    const answer = held<Key>();
    server.answers('PATCH api-keys/*', answer.answer);
    await open();
    await spend('budget', '900');
    await press('Save budget');
    await press('Save budget');
    expect(get('button', 'Save budget').ariaBusy).to.equal('true');
    expect((get('button', 'Discard') as HTMLButtonElement).disabled).to.equal(true);
    answer.go(key({ ...both, budget: { credits: 900, per: 'day' }, revision: 2 }));
    await until(() => toasts.length === 1);
    expect(patches()).to.have.length(1);
  });

  it('another hour, day or month alone is a change too', async () => {
    await open();
    await spend('visitorBudget', '200', 'hour');
    expect([isUnsaved(), has('button', 'Save budget')]).to.deep.equal([true, true]);
  });

  it('is no change when it is typed back', async () => {
    await open();
    await spend('visitorBudget', '201');
    expect(isUnsaved()).to.equal(true);
    await spend('visitorBudget', '200');
    expect([isUnsaved(), has('button', 'Save budget')]).to.deep.equal([false, false]);
  });

  it('is switched off and on by its boxes; one that comes back begins with what a new key has', async () => {
    server.answers('PATCH api-keys/*', key({ visitorBudget: null, ...bounded(500, 0), revision: 2 }));
    await open();
    await choose('checkbox', 'Bound what one visitor can spend');
    await press('Save budget');
    await until(() => toasts.length === 1);
    expect(patches()).to.deep.equal([{ visitorBudget: null, revision: 1 }]);
    await choose('checkbox', 'Bound what one visitor can spend');
    expect(credits('visitorBudget').value).to.equal('200');
  });

  for (const text of ['', '0', '1.5', '1000000001']) {
    it(`“${text}” is not sent: it is said at its field, which has the focus`, async () => {
      await open();
      await spend('visitorBudget', text);
      await press('Save budget');
      await until(() => document.activeElement === credits('visitorBudget'));
      expect([alerts(), focus(), server.sent()]).to.deep.equal([
        ['A whole number from 1 to 1,000,000,000.'],
        'spinbutton “Credits at most”',
        [],
      ]);
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('what the server finds wrong is said at its field, and the draft stays', async () => {
    const problems = [{ path: 'budget.credits', message: 'Not like this.' }];
    server.answers('PATCH api-keys/*', problem('request_invalid', { problems }));
    await open();
    await spend('budget', '7');
    await press('Save budget');
    await until(() => document.activeElement === credits('budget'));
    expect([alerts(), credits('budget').value, isUnsaved()]).to.deep.equal([['Not like this.'], '7', true]);
  });

  it('offline: it is said, and saved by the next press', async () => {
    server.answers('PATCH api-keys/*', offline, key({ ...both, budget: { credits: 7, per: 'day' }, revision: 2 }));
    await open();
    await spend('budget', '7');
    await press('Save budget');
    expect(alerts().join()).to.contain('The server can not be reached');
    await press('Save budget');
    await until(() => toasts.length === 1);
  });

  it('what is spent meanwhile is shown, and takes nothing of what is typed', async () => {
    stopClock();
    const part = await open();
    await spend('budget', '7');
    part.key = { ...both, ...bounded(500, 130) };
    await drawn();
    expect([meter().startsWith('130 of 500'), credits('budget').value]).to.deep.equal([true, '7']);
  });

  it('a viewer reads all of it, why it stays so, and can change nothing', async () => {
    await open(both, { reason: 'You are a viewer here.' });
    expect(seen()).to.contain('200 credits a day. You are a viewer here.');
    const controls = [...document.querySelectorAll<HTMLInputElement>('key-budget :is(input, select)')];
    expect([controls.length, controls.every(({ disabled }) => disabled)]).to.deep.equal([6, true]);
    expect(await violations()).to.deep.equal([]);
  });
});

describe('a key whose budget is almost used up', () => {
  const badges = () => [...document.querySelectorAll('.badge')].map((badge) => [badge.className, textOf(badge)]);
  for (const [spent, expected] of [
    [399, []],
    [400, [['badge warning', 'Budget 80 % spent']]],
    [499, [['badge warning', 'Budget 99 % spent']]],
    [500, [['badge bad', 'Budget used up: pages are refused']]],
  ] as const) {
    it(`has a mark in words in the list: ${spent} of 500 spent`, async () => {
      draw(html`${keyBadges(key(bounded(500, spent)), Date.parse(now))}`);
      expect([badges(), await violations()]).to.deep.equal([expected, []]);
    });
  }

  it('has none when it is off, without a budget, or in the next window', () => {
    const used = bounded(500, 500);
    for (const shown of [key({ ...used, status: 'disabled' }), key({ ...used, budget: null, spent: null })]) {
      draw(html`${keyBadges(shown, Date.parse(now))}`);
      expect(badges()).to.deep.equal([]);
    }
    draw(html`${keyBadges(key(used), Date.parse(fromNow(12 * 3_600_000)))}`);
    expect(badges()).to.deep.equal([]);
  });

  for (const [spent, words] of [
    [400, '80 % of 500 credits a day is spent. When all of it is, pages are refused.'],
    [500, 'Its budget is used up: pages are refused. Calls with the secret go on.'],
  ] as const) {
    it(`says on the top of its page what that means, until when, and where to change it: ${spent} of 500 spent`, async () => {
      draw(html`${keyNotices(key(bounded(500, spent)), Date.parse(now), undefined)}`);
      expect(seen()).to.contain(words);
      expect(seen()).to.contain('at November 25, 2026');
      expect(get('link', 'See its budget').getAttribute('href')).to.equal('#budget-heading');
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('says nothing there before that', () => {
    draw(html`${keyNotices(key(bounded(500, 399)), Date.parse(now), undefined)}`);
    expect(seen()).to.equal('');
  });
});
