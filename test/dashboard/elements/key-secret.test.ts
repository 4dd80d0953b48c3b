/** Rotating a key's secret. */
import { expect } from 'chai';
import type { Key, RotatedKey } from '../../../server/http/wire.ts';
import { KeySecret } from '../../../dashboard/pages/key/key-secret.ts';
import { agent, fromNow, key, listing, secretKey } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  browser,
  choose,
  drawn,
  focus,
  get,
  has,
  heard,
  mount,
  press,
  seen,
  stopClock,
  textOf,
  until,
  violations,
} from './stage.ts';

const rotated: RotatedKey = {
  key: key({
    secretHint: 'sk_…wxyz',
    previousSecret: { expiresAt: '2030-01-01T00:00:00.000Z', lastUsedAt: null },
    revision: 2,
  }),
  secretKey,
};

async function open(change: Partial<KeySecret> = {}): Promise<KeySecret> {
  server.answers('GET agents', listing([agent()]));
  const part = await mount('key-secret', KeySecret, { key: key(), organizationId: 'org_1', ...change });
  part.addEventListener('key-changed', (event) => (part.key = (event as CustomEvent<Key>).detail));
  return part;
}

describe('<key-secret>', () => {
  it('shows the end of the secret and nothing more, and that it can not be shown again', async () => {
    await open();
    expect(seen()).to.contain('sk_…abcd It can not be shown again, only replaced.');
  });

  it('asks when the present one ends; a day is chosen, and the focus is there', async () => {
    await open();
    await press('Rotate secret…');
    await until(() => focus().startsWith('radio “In 24 hours'));
    expect(has('group', 'When does the present secret stop working?')).to.equal(true);
    expect((get('radio', /^In 24 hours/) as HTMLInputElement).checked).to.equal(true);
  });

  for (const [label, seconds] of [
    [/^Now/, 0],
    [/^In 1 hour/, 3_600],
    [/^In 24 hours/, 86_400],
    [/^In 7 days/, 604_800],
  ] as const) {
    it(`${String(label)} sends ${seconds} seconds, tells the page, and shows the new pair once`, async () => {
      server.answers('POST api-keys/*/rotate', rotated);
      const part = await open();
      const told = heard<Key>(part, 'key-changed');
      await press('Rotate secret…');
      await choose('radio', label);
      await press('Make a new secret');
      await until(() => has('dialog', 'Your new secret'));
      expect(server.bodies('POST api-keys/*/rotate')).to.deep.equal([{ graceSeconds: seconds }]);
      expect(told.map(({ revision }) => revision)).to.deep.equal([2]);
      expect(textOf(get('dialog'))).to.contain(secretKey);
      expect(seen()).to.contain('sk_…wxyz');
      await choose('checkbox', 'I have stored the secret key');
      await press('Done');
      await drawn();
      expect(document.documentElement.outerHTML).to.not.contain(secretKey);
    });
  }

  for (const [ends, sentence] of [
    [null, 'The previous secret does not work any more.'],
    ['2030-01-01T00:00:00.000Z', /The previous secret works until (January 1, 2030|December 31, 2029)/],
  ] as const) {
    it(`says beside the new pair what becomes of the old one: ${String(sentence)}`, async () => {
      server.answers('POST api-keys/*/rotate', {
        ...rotated,
        key: key({ previousSecret: ends === null ? null : { expiresAt: ends, lastUsedAt: null } }),
      });
      await open();
      await press('Rotate secret…');
      await press('Make a new secret');
      await until(() => has('dialog', 'Your new secret'));
      if (typeof sentence === 'string') expect(textOf(get('dialog'))).to.contain(sentence);
      else expect(textOf(get('dialog'))).to.match(sentence);
    });
  }

  it('pressed twice, one secret is made; meanwhile nothing closes the question', async () => {
    const answer = held<RotatedKey>();
    server.answers('POST api-keys/*/rotate', answer.answer);
    await open();
    await press('Rotate secret…');
    await press('Make a new secret');
    await press('Make a new secret');
    await browser.press('Escape');
    expect((get('button', 'Cancel') as HTMLButtonElement).disabled).to.equal(true);
    expect([has('dialog', 'Rotate the secret'), has('button', 'Close')]).to.deep.equal([true, false]);
    answer.go(rotated);
    await until(() => has('dialog', 'Your new secret'));
    expect(server.sent('POST api-keys/*/rotate')).to.have.length(1);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('server_busy', { retryAfterSeconds: 2 }), 'Try again in 2 seconds.'],
    ['409', problem('conflict', { detail: 'It is being rotated by somebody else.' }), 'by somebody else'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said in the question, which stays with its choice; the next try may succeed`, async () => {
      server.answers('POST api-keys/*/rotate', trouble, rotated);
      await open();
      await press('Rotate secret…');
      await choose('radio', /^Now/);
      await press('Make a new secret');
      expect(alerts().join()).to.contain(words);
      expect((get('radio', /^Now/) as HTMLInputElement).checked).to.equal(true);
      await press('Make a new secret');
      await until(() => has('dialog', 'Your new secret'));
      expect(server.bodies('POST api-keys/*/rotate')).to.deep.equal([{ graceSeconds: 0 }, { graceSeconds: 0 }]);
    });
  }

  it('each question begins with a day and without the failure of the last one', async () => {
    server.answers('POST api-keys/*/rotate', offline);
    await open();
    await press('Rotate secret…');
    await choose('radio', /^Now/);
    await press('Make a new secret');
    await press('Cancel');
    await press('Rotate secret…');
    expect(alerts()).to.deep.equal([]);
    expect((get('radio', /^In 24 hours/) as HTMLInputElement).checked).to.equal(true);
  });

  it('Cancel makes no secret', async () => {
    await open();
    await press('Rotate secret…');
    await press('Cancel');
    expect([has('dialog'), server.sent('POST api-keys/*/rotate')]).to.deep.equal([false, []]);
  });

  it('a key that is gone tells the page', async () => {
    server.answers('POST api-keys/*/rotate', problem('not_found'));
    const part = await open();
    const gone = heard(part, 'key-gone');
    await press('Rotate secret…');
    await press('Make a new secret');
    expect(gone).to.have.length(1);
  });

  describe('the secret before', () => {
    it('is counted down, and gone when its time is over', async () => {
      const clock = stopClock();
      await open({ key: key({ previousSecret: { expiresAt: fromNow(3_660_000), lastUsedAt: null } }) });
      expect(seen()).to.contain('The previous secret still works');
      expect(seen()).to.contain('1 h 1 min left');
      clock.setSystemTime(Date.parse(fromNow(3_599_000)));
      await clock.tickAsync(1_000);
      await drawn();
      expect(seen()).to.match(/(?<!h )1 min left/);
      await clock.tickAsync(60_000);
      await drawn();
      expect(seen()).to.not.contain('still works');
    });

    for (const [usedAt, words] of [
      [null, 'Not used since the rotation.'],
      [fromNow(-180_000), 'Still in use, last 3 minutes ago.'],
    ] as const) {
      it(`says whether somebody still uses it: ${words}`, async () => {
        stopClock();
        await open({ key: key({ previousSecret: { expiresAt: fromNow(60_000), lastUsedAt: usedAt } }) });
        expect(seen()).to.contain(words);
      });
    }

    it('is named in the question, because it ends with another rotation', async () => {
      await open({ key: key({ previousSecret: { expiresAt: '2030-01-01T00:00:00.000Z', lastUsedAt: null } }) });
      await press('Rotate secret…');
      expect(textOf(get('dialog'))).to.contain(
        'The secret before the present one still works. It ends with this rotation.',
      );
    });

    it('is not named when it is over', async () => {
      await open({ key: key({ previousSecret: { expiresAt: '2020-01-01T00:00:00.000Z', lastUsedAt: null } }) });
      expect(seen()).to.not.contain('still works');
      await press('Rotate secret…');
      expect(textOf(get('dialog'))).to.not.contain('still works');
    });
  });

  it('who may change nothing has no button, and can not be led to the question', async () => {
    const part = await open({ reason: 'You are a viewer here.' });
    part.ask();
    await drawn();
    expect([has('button'), has('dialog')]).to.deep.equal([false, false]);
  });

  for (const [name, act] of [
    ['closed', () => drawn()],
    ['asking', () => press('Rotate secret…')],
    ['refused', () => press('Rotate secret…').then(() => press('Make a new secret'))],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      server.answers('POST api-keys/*/rotate', problem('store_unavailable'));
      await open({ key: key({ previousSecret: { expiresAt: '2030-01-01T00:00:00.000Z', lastUsedAt: null } }) });
      await act();
      expect(await violations()).to.deep.equal([]);
    });
  }
});
