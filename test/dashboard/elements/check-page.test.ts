/** An address, and what is wrong with the page there. */
import { expect } from 'chai';
import type { PageFinding, PageReport } from '../../../server/http/wire.ts';
import { CheckPage } from '../../../dashboard/install/check-page.ts';
import { problem, server } from './server.ts';
import { alerts, focus, get, has, mount, press, seen, textOf, until, violations, write } from './stage.ts';

const open = (change: Partial<CheckPage> = {}): Promise<CheckPage> =>
  mount('check-page', CheckPage, { organizationId: 'org_1', ...change });

const field = 'Address of a page with the tag';
const finding = (change: Partial<PageFinding>): PageFinding => ({
  check: 'page',
  result: 'ok',
  sentence: 'The page answers.',
  fix: null,
  paste: null,
  ...change,
});
const report = (...findings: PageFinding[]): PageReport => ({
  url: 'https://shop.example/',
  finalUrl: 'https://shop.example/',
  findings,
});
const lines = () => [...document.querySelectorAll('.check-page-line')].map((line) => textOf(line));
const asked = () => server.bodies('POST check-page');

describe('<check-page>', () => {
  it('begins with the page that was seen, asks for it, and shows what is wrong first', async () => {
    server.answers(
      'POST check-page',
      report(
        finding({}),
        finding({ check: 'clock', result: 'unknown', sentence: 'The time is not said.' }),
        finding({
          check: 'connect_policy',
          result: 'wrong',
          sentence: 'connect-src stops calls.',
          fix: 'Add https://gate.example to connect-src.',
          paste: "connect-src 'self' https://gate.example",
        }),
      ),
    );
    await open({ seen: 'https://shop.example' });
    await press('Check');
    await until(() => lines().length === 3);
    expect(asked()).to.deep.equal([{ url: 'https://shop.example/' }]);
    expect(seen()).to.contain('One thing is wrong on https://shop.example/');
    expect(lines()[0]).to.contain('Wrong: connect-src stops calls.');
    expect(lines()[0]).to.contain('Add https://gate.example to connect-src.');
    expect(lines()[1]).to.contain('Not seen: The time is not said.');
    expect(lines()[2]).to.contain('Good: The page answers.');
    expect(has('button', 'Copy what to paste')).to.equal(true);
    expect(await violations()).to.deep.equal([]);
  });

  it('takes an address as people type it', async () => {
    server.answers('POST check-page', report(finding({})));
    await open();
    await write(field, ' shop.example/prices ');
    await press('Check');
    await until(() => lines().length === 1);
    expect(asked()).to.deep.equal([{ url: 'https://shop.example/prices' }]);
    expect(seen()).to.contain('Nothing wrong was found on');
  });

  for (const typed of ['', 'ftp://shop.example', 'https://name:word@shop.example/']) {
    it(`asks for nothing with “${typed}”, and says what an address is`, async () => {
      await open();
      await write(field, typed);
      await press('Check');
      await until(() => alerts().length > 0);
      expect(alerts()[0]).to.contain('Give the address of a page');
      expect(focus()).to.contain(field);
      expect(asked()).to.deep.equal([]);
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('a refusal says how long to wait, and Retry asks again', async () => {
    server.answers('POST check-page', problem('rate_limited', { retryAfterSeconds: 5 }));
    await open({ seen: 'https://shop.example' });
    await press('Check');
    await until(() => has('button', 'Retry'));
    server.answers('POST check-page', report(finding({})));
    await press('Retry');
    await until(() => lines().length === 1);
    expect(has('button', 'Retry')).to.equal(false);
  });

  it('a viewer is told why not', async () => {
    await open({ reason: 'You are a viewer here.' });
    expect(seen()).to.contain('You are a viewer here.');
    expect((get('textbox', field) as HTMLInputElement).disabled).to.equal(true);
  });
});
