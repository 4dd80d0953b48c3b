/** Whether scripts use a key, and how much of it one machine does, as the key's page shows it. */
import { expect } from 'chai';
import type { KeyEvidence as Evidence, OriginUsage } from '../../../server/http/wire.ts';
import { KeyEvidence } from '../../../dashboard/pages/key/key-evidence.ts';
import { ApiError } from '../../../ui/api-error.ts';
import { dayEvidence, days, evidence, originUsage } from './samples.ts';
import { get, has, mount, seen, textOf, violations } from './stage.ts';

async function open(shown: Evidence, origins: readonly OriginUsage[] = []): Promise<KeyEvidence> {
  const reading = {
    days: 30,
    usage: { days: days([0, 0]), origins, installations: [], evidence: shown },
    failure: undefined,
    isLoading: false,
  };
  return mount('key-evidence', KeyEvidence, { reading });
}

/** So many calls today, and as many without what browsers send. */
const today = (calls: number, withoutBrowserHeaders: number): Evidence =>
  evidence({ calls, withoutBrowserHeaders, days: [dayEvidence({ calls, withoutBrowserHeaders }), dayEvidence()] });

const groups = (...calls: readonly number[]) =>
  calls.map((made, index) => ({ id: `group${String(index)}-abcde`, calls: made }));
const addressed = (addressedCalls: number, ...calls: readonly number[]): Evidence =>
  evidence({
    addressedCalls,
    days: [dayEvidence({ addressedCalls, groups: groups(...calls) }), dayEvidence({ date: '2026-11-23' })],
  });
const rows = () => [...document.querySelectorAll('.refusals li')].map(textOf);

describe('<key-evidence>', () => {
  it('loads, and leaves a failure to the usage above it', async () => {
    const loading = { days: 30, usage: undefined, failure: undefined, isLoading: true };
    const part = await mount('key-evidence', KeyEvidence, { reading: loading });
    expect(seen()).to.contain('Loading the evidence');
    expect(document.querySelector('section')!.ariaBusy).to.equal('true');
    const failure = new ApiError({ status: 503, code: 'store_unavailable', detail: 'Not now.' });
    part.reading = { ...loading, isLoading: false, failure };
    await part.updateComplete;
    expect(seen()).to.equal('');
  });

  it('says that nothing was counted yet', async () => {
    await open(evidence());
    expect(seen()).to.contain('Nothing counted in 30 days.');
    expect([has('list'), seen().includes('address group')]).to.deep.equal([false, false]);
    expect(await violations()).to.deep.equal([]);
  });

  // Without https no browser says that it is one, so a share of none would look fine.
  it('says that it can’t be told, and shows the groups all the same', async () => {
    await open(addressed(40, 30, 10));
    expect(seen()).to.contain('Whether browsers sent them can’t be told.');
    expect(seen()).not.to.contain('Looks like');
    expect(rows()).to.deep.equal(['group0-abcde 30 calls, 75 %', 'group1-abcde 10 calls, 25 %']);
    expect(await violations()).to.deep.equal([]);
  });

  for (const [name, shown, origins] of [
    ['by an address of three days ago', evidence({ addressedCalls: 7 }), []],
    ['by a page, whose address nobody said', evidence(), [originUsage('https://shop.example')]],
  ] as const) {
    it(`does not say that nothing was counted where calls are known ${name}`, async () => {
      await open(shown, origins);
      expect(seen()).to.contain('Whether browsers sent them can’t be told.');
      expect(seen()).not.to.contain('Nothing counted');
    });
  }

  it('says that nothing was counted when strangers alone were refused', async () => {
    await open(evidence(), [originUsage('https://evil.example', { accepted: 0, refused: 9 })]);
    expect(seen()).to.contain('Nothing counted in 30 days.');
  });

  it('has no sign of scripts, which proves nothing', async () => {
    await open(today(14_000, 420));
    expect(seen()).to.contain(
      'No sign of scripts. 3.0 % of 14,000 calls in 30 days came without what every browser sends. A script can imitate a browser’s headers.',
    );
    expect(seen()).not.to.contain('What you can do');
    expect(await violations()).to.deep.equal([]);
  });

  for (const [index, name] of ['today', 'yesterday'].entries()) {
    it(`does not vouch for calls that came from one address group ${name}`, async () => {
      const one = { calls: 1_000, addressedCalls: 1_000, groups: groups(960, 40) };
      const some = { calls: 1_000, addressedCalls: 1_000, groups: groups(899, 101) };
      const two = [some, some].map((day, at) => dayEvidence(at === index ? one : day));
      await open(evidence({ calls: 2_000, days: two }));
      expect(seen()).to.contain(
        `96 % of ${name}’s calls came from one address group: one machine, or a proxy that this server isn’t told to trust.`,
      );
      expect(seen()).not.to.contain('No sign of scripts');
      expect(await violations()).to.deep.equal([]);
    });
  }

  for (const [name, addressedCalls, busiest] of [
    ['of fewer than 100 calls', 99, 99],
    ['that made less than 90 %', 1_000, 899],
  ] as const) {
    it(`one address group ${name} is no sign`, async () => {
      const day = dayEvidence({ calls: 1_000, addressedCalls, groups: groups(busiest) });
      await open(evidence({ calls: 2_000, days: [day, dayEvidence()] }));
      expect(seen()).to.contain('No sign of scripts.');
    });
  }

  it('looks like scripts, and says what to do', async () => {
    await open(today(14_000, 12_880));
    expect(seen()).to.contain('Looks like scripts: 92 % of 14,000 calls came without what every browser sends, today.');
    expect([...get('list').children].map(textOf)).to.deep.equal([
      'Lower the budget: no script can spend more than that.',
      'Make another key, put its publishable key into your page, and disable this one.',
      'Take publishable scopes away that your page does not need.',
    ]);
    expect(get('link', 'Lower the budget').getAttribute('href')).to.equal('#budget-heading');
    expect(seen()).to.contain('Other domains don’t help');
    expect(await violations()).to.deep.equal([]);
  });

  for (const [calls, without, words] of [
    [100, 20, 'Looks like scripts: 20 %'],
    [100, 19, 'No sign of scripts.'],
    [99, 99, 'Fewer than 100 calls are too few to tell anything.'],
    [1, 1, '100 % of 1 call in 30 days'],
  ] as const) {
    it(`${without} of ${calls} calls: ${words}`, async () => {
      await open(today(calls, without));
      expect(seen()).to.contain(words);
    });
  }

  // Fails for one share over the whole range: 500 calls of today's flood are 1.6 % of a busy month.
  for (const [name, index] of [
    ['today', 0],
    ['yesterday', 1],
  ] as const) {
    it(`a flood of ${name} is not lost in a busy month`, async () => {
      const flood = { calls: 600, withoutBrowserHeaders: 500 };
      const two = [dayEvidence({ calls: 600 }), dayEvidence({ date: '2026-11-23', calls: 600 })];
      await open(
        evidence({
          calls: 30_000,
          withoutBrowserHeaders: 500,
          days: two.map((day, at) => (at === index ? { ...day, ...flood } : day)),
        }),
      );
      expect(seen()).to.contain(
        `Looks like scripts: 83 % of 600 calls came without what every browser sends, ${name}.`,
      );
    });
  }

  it('a flood of an earlier day is not lost either, and has its date', async () => {
    const mostScripted = { date: '2026-11-20', calls: 14_000, withoutBrowserHeaders: 12_880 };
    await open(evidence({ calls: 300_000, withoutBrowserHeaders: 13_000, mostScripted }));
    expect(seen()).to.contain(
      'Looks like scripts: 92 % of 14,000 calls came without what every browser sends, on November 20.',
    );
  });

  describe('the busiest address groups', () => {
    it('of today, by their share, with ids in place of addresses and why', async () => {
      await open(addressed(1_000, 610, 50, 20, 19));
      expect(seen()).to.contain('One address group made 61 % of today’s 1,000 calls.');
      expect(rows()).to.deep.equal([
        'group0-abcde 610 calls, 61 %',
        'group1-abcde 50 calls, 5.0 %',
        'group2-abcde 20 calls, 2.0 %',
      ]);
      const bars = [...document.querySelectorAll('.share .part')].map((bar) => bar.getAttribute('width'));
      expect(bars).to.deep.equal(['61.0', '5.0', '2.0']);
      expect(seen()).to.contain('No address is kept');
      expect(seen()).not.to.contain('TRUST_PROXY');
    });

    it('of which none has half are not told apart', async () => {
      await open(addressed(200, 50, 50, 50, 50));
      expect(seen()).to.contain('4 address groups made 2 % or more of today’s 200 calls each.');
      expect(seen()).not.to.contain('One address group');
    });

    it('more than five unfold, by keyboard too', async () => {
      await open(addressed(100, 20, 20, 20, 10, 10, 10, 5));
      const summary = document.querySelector('summary')!;
      expect(textOf(summary)).to.equal('2 more groups');
      const more = document.querySelector('details')!;
      expect(more.open).to.equal(false);
      summary.focus();
      expect(document.activeElement).to.equal(summary);
      summary.click();
      expect([more.open, more.querySelectorAll('li').length]).to.deep.equal([true, 2]);
      expect(await violations()).to.deep.equal([]);
    });

    it('none stands out among many visitors', async () => {
      await open(addressed(1_000, 19, 5));
      expect(seen()).to.contain('No address group made 2 % or more of today’s 1,000 calls.');
      expect(rows()).to.deep.equal([]);
    });

    it('are yesterday’s while today has none', async () => {
      await open(evidence({ days: [dayEvidence(), dayEvidence({ addressedCalls: 1, groups: groups(1) })] }));
      expect(has('heading', 'Busiest address groups yesterday')).to.equal(true);
      expect(seen()).to.contain('One address group made 100 % of yesterday’s 1 call.');
      expect(rows()).to.deep.equal(['group0-abcde 1 call, 100 %']);
    });

    it('one that is nearly everybody may be a proxy', async () => {
      await open(addressed(1_000, 900, 100));
      expect(seen()).to.contain('see that the server trusts it (TRUST_PROXY)');
      expect(await violations()).to.deep.equal([]);
    });
  });
});
