/** The card that leads from nothing to a chat that opened on somebody's page. */
import { expect } from 'chai';
import type { KeyUsage } from '../../../server/http/wire.ts';
import { FirstSteps } from '../../../dashboard/pages/api-keys/first-steps.ts';
import { agent, evidence, key, listing, now, originUsage } from './samples.ts';
import { offline, server } from './server.ts';
import { all, drawn, get, has, heard, mount, press, seen, stopClock, textOf, until, violations } from './stage.ts';

const memory = 'postern-first-steps:org_1:usr_1';
const usage = (...origins: KeyUsage['origins']): KeyUsage => ({
  days: [],
  origins,
  installations: [],
  evidence: evidence(),
});
const shop = originUsage('https://shop.example', { lastSeenAt: now });
const refused = originUsage('https://other.example', { accepted: 0, refused: 2, allowed: false });

async function open(keys: FirstSteps['keys'] = [key()], userId = 'usr_1'): Promise<FirstSteps> {
  const card = await mount('first-steps', FirstSteps, { organizationId: 'org_1', userId, keys });
  await drawn();
  return card;
}

const steps = () => [...document.querySelectorAll('.first-steps li')].map((step) => step.className);
const calls = () => server.sent('GET api-keys/*/usage').length;

describe('<first-steps>', () => {
  beforeEach(() => {
    localStorage.clear();
    server.answers('GET agents', listing([agent()]));
    server.answers('GET api-keys/*/usage', usage());
  });

  it('begins with an agent, and has no tag before there is one', async () => {
    server.answers('GET agents', listing([agent({ public: false })]));
    await open([]);
    expect(steps()).to.deep.equal(['next', 'later', 'later', 'later']);
    expect(get('link', 'Create an agent').getAttribute('href')).to.equal('/org/org_1/settings/agents/new');
    expect([has('button', 'Copy the script tag'), calls()]).to.deep.equal([false, 0]);
    expect(await violations()).to.deep.equal([]);
  });

  it('goes on with a key that may stand in a page, which it wants made', async () => {
    const off = [
      key({ enabled: false, status: 'disabled' }),
      key({ id: 'key_2', allowedDomains: [] }),
      key({ id: 'key_3', scopes: ['agents:read'] }),
    ];
    const card = await open(off);
    expect(steps()).to.deep.equal(['done', 'next', 'later', 'later']);
    expect(seen()).to.contain('None of your keys can be used in a page');
    const wanted = heard(card, 'key-wanted');
    await press('Create a key');
    expect(wanted).to.have.length(1);
    card.keys = [...off, key({ id: 'key_4', name: 'Pages' })];
    await until(() => has('button', 'Copy the script tag'));
    expect(steps()).to.deep.equal(['done', 'done', 'next', 'next']);
    expect(textOf(document.querySelector('pre'))).to.equal(
      `<script async src="${location.origin}/widget.js" data-key="${key().publicKey}" data-agent="agt_1"></script>`,
    );
    expect(await violations()).to.deep.equal([]);
  });

  it('waits for the first page, ever less often, and turns by itself when it came', async () => {
    const clock = stopClock();
    await open();
    expect(seen()).to.contain('Waiting for the first page…');
    await clock.tickAsync(2_000);
    await drawn();
    expect(calls()).to.equal(2);
    const pass = async (seconds: number) => {
      for (let left = seconds; left > 0; left -= 5) {
        await clock.tickAsync(5_000);
        await drawn();
      }
    };
    await pass(600);
    const often = calls();
    expect(often).to.be.below(30);
    await pass(600);
    expect(calls() - often).to.be.within(9, 11);
    server.answers('GET api-keys/*/usage', usage(refused, originUsage(location.origin), { ...shop, accepted: 1 }));
    dispatchEvent(new Event('focus'));
    await drawn();
    expect(seen()).to.match(/Seen on https:\/\/shop\.example .*: the chat opened\./);
    expect(steps()).to.deep.equal(['done', 'done', 'done', 'done']);
    const before = calls();
    await clock.tickAsync(600_000);
    expect(calls()).to.equal(before);
    await press('Done');
    expect(seen()).to.equal('');
    await open();
    expect(seen(), 'it does not come back').to.equal('');
  });

  it('axe finds nothing in it when the page came', async () => {
    await open();
    server.answers('GET api-keys/*/usage', usage(shop));
    dispatchEvent(new Event('focus'));
    await until(() => has('button', 'Done'));
    expect(await violations()).to.deep.equal([]);
  });

  it('looks at nothing while nobody sees it', async () => {
    const clock = stopClock();
    await open();
    const before = calls();
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    await clock.tickAsync(600_000);
    expect(calls()).to.equal(before);
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange'));
    await drawn();
    expect(calls()).to.equal(before + 1);
  });

  it('a page of this server does not count, and one that was refused is named with the way to its key', async () => {
    server.answers('GET api-keys/*/usage', usage(refused, originUsage(location.origin)));
    await open();
    expect(seen()).to.contain('https://other.example asked and was refused: the key Shop does not allow it.');
    expect(get('link', 'Its domains').getAttribute('href')).to.equal('/org/org_1/settings/api-keys/key_1');
    expect(await violations()).to.deep.equal([]);
  });

  it('is not there where a chat opened before', async () => {
    server.answers('GET api-keys/*/usage', usage(shop));
    await open();
    expect(seen()).to.equal('');
    expect(localStorage.getItem(memory)).to.equal('over');
  });

  it('asks for the figures of three keys at most, those that a page used first', async () => {
    const used = key({ id: 'key_9', lastUsedOrigin: 'https://shop.example' });
    await open([...['key_1', 'key_2', 'key_3', 'key_4'].map((id) => key({ id })), used]);
    expect(server.sent('GET api-keys/*/usage').map(({ call }) => call.split('/')[1])).to.deep.equal([
      'key_9',
      'key_1',
      'key_2',
    ]);
  });

  it('closed, it stays closed for this person alone', async () => {
    await open();
    await press('Close these steps');
    expect(seen()).to.equal('');
    await open();
    expect(seen()).to.equal('');
    await open([key()], 'usr_2');
    expect(all('heading').map(textOf)[0]).to.equal('From here to a chat on your page');
  });

  it('a server that can not be reached is no trouble of its own: it looks again', async () => {
    const clock = stopClock();
    server.answers('GET agents', offline, listing([agent()]));
    await open();
    expect(seen()).to.equal('');
    await clock.tickAsync(2_000);
    await drawn();
    expect(seen()).to.contain('Waiting for the first page…');
  });
});
