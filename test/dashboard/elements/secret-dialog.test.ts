/** The only time that a secret is seen. */
import { expect } from 'chai';
import { html } from 'lit';
import { stub } from 'sinon';
import { SecretDialog, type ShownPair } from '../../../dashboard/components/secret-dialog.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { agent, key, listing, secretKey } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  all,
  browser,
  choose,
  drawn,
  focus,
  get,
  has,
  heard,
  mount,
  press,
  said,
  textOf,
  until,
  violations,
} from './stage.ts';
import type { Agent, Listing } from '../../../server/http/wire.ts';

const { publicKey } = key();
const pair: ShownPair = { name: 'Production Website', publicKey, secretKey, allowedDomains: ['shop.example'] };
const stored = 'I have stored the secret key';
const done = () => get('button', 'Done') as HTMLButtonElement;

async function open(change: Partial<ShownPair> = {}, agents: Listing<Agent> | Trouble = listing([agent()])) {
  server.answers('GET agents', agents);
  const properties = { pair: { ...pair, ...change }, heading: 'Your new key', organizationId: 'org_1' };
  const dialog = await mount('ui-secret-dialog', SecretDialog, properties);
  await drawn();
  return dialog;
}

const code = (label: string) => textOf(document.querySelector(`pre[aria-label="${label}"]`));

describe('<ui-secret-dialog>', () => {
  it('shows both keys whole, and says that it is this once', async () => {
    await open();
    const shown = [...document.querySelectorAll('.secret-line')].map(textOf);
    expect(shown[0]).to.contain(publicKey);
    expect(shown[1]).to.contain(secretKey);
    expect(textOf(get('dialog', 'Your new key'))).to.contain('The secret is shown this once.');
  });

  it('begins on the first thing to do, and not on the way out', async () => {
    await open();
    expect(focus()).to.equal('button “Copy the public key”');
  });

  for (const [name, text] of [
    ['Copy the public key', publicKey],
    ['Copy the secret key', secretKey],
    ['Copy pair', `${publicKey}:${secretKey}`],
    [
      'Copy the script tag',
      `<script async src="${location.origin}/widget.js" data-key="${publicKey}" data-agent="agt_1"></script>`,
    ],
    ['Copy the command', `curl ${location.origin}/api/v1/key -H "Authorization: Bearer ${publicKey}:${secretKey}"`],
  ] as const) {
    it(`“${name}” puts exactly that on the clipboard`, async () => {
      await open();
      await press(name);
      await until(() => said.length > 0);
      expect(await navigator.clipboard.readText()).to.equal(text);
    });
  }

  it('offers both as a file that a server reads, named after the key', async () => {
    const click = stub(HTMLAnchorElement.prototype, 'click');
    await open({ name: '  Shop / Größe 2! ' });
    await press('Download .env');
    const file = click.firstCall.thisValue as HTMLAnchorElement;
    click.restore();
    expect(file.download).to.equal('shop-gr-e-2.env');
    expect(await (await fetch(file.href)).text()).to.equal(
      `POSTERN_PUBLIC_KEY=${publicKey}\nPOSTERN_SECRET_KEY=${secretKey}\n`,
    );
  });

  it('is done only after the tick, which Escape does not replace; each try says so', async () => {
    const dialog = await open();
    const ends = heard(dialog, 'secret-stored');
    expect(done().disabled).to.equal(true);
    expect(has('button', 'Close')).to.equal(false);
    await browser.press('Escape');
    await browser.press('Escape');
    await drawn();
    expect([ends.length, has('dialog')]).to.deep.equal([0, true]);
    expect(said.length).to.be.at.least(2);
    expect(said[0]).to.contain('it can not be shown again');
    expect(textOf(document.querySelector('#stored-reminder'))).to.contain('tick this first');
    expect(focus()).to.equal(`checkbox “${stored}”`);
    await choose('checkbox', stored);
    expect(textOf(document.querySelector('#stored-reminder'))).to.equal('');
    await press('Done');
    expect(ends).to.have.length(1);
  });

  it('a tick that is taken back holds it again', async () => {
    await open();
    await choose('checkbox', stored);
    expect(done().disabled).to.equal(false);
    await choose('checkbox', stored);
    expect(done().disabled).to.equal(true);
  });

  it('a form that is sent without the tick, by Enter say, is not done', async () => {
    const dialog = await open();
    const ends = heard(dialog, 'secret-stored');
    dialog.querySelector('form')!.requestSubmit();
    expect(ends).to.deep.equal([]);
  });

  it('leaving the page asks while it is there, and nothing of the secret is left after it', async () => {
    const dialog = await open();
    expect(isUnsaved()).to.equal(true);
    dialog.pair = undefined;
    await drawn();
    expect(isUnsaved()).to.equal(false);
    expect(document.documentElement.outerHTML).to.not.contain(secretKey);
  });

  it('each pair begins without the tick of the one before', async () => {
    const dialog = await open();
    await choose('checkbox', stored);
    dialog.pair = { ...pair, name: 'Second' };
    await drawn();
    expect(done().disabled).to.equal(true);
    expect((get('checkbox', stored) as HTMLInputElement).checked).to.equal(false);
  });

  it('the tag names the first agent that a page may reach', async () => {
    await open({}, listing([agent({ id: 'agt_private', public: false }), agent({ id: 'agt_2', name: 'Second' })]));
    expect(code('Script tag')).to.contain('data-agent="agt_2"');
    expect(textOf(get('dialog'))).to.contain('The chat answers as Second.');
    expect(server.sent('GET agents')[0]?.query).to.deep.equal({ limit: '100' });
  });

  for (const [name, agents] of [
    ['there is none', listing<Agent>([])],
    ['all are private', listing([agent({ public: false })])],
  ] as readonly (readonly [string, Listing<Agent>])[]) {
    it(`when ${name}, there is no tag to copy but the way to an agent, and the tag once it is there`, async () => {
      await open({}, agents);
      expect(document.querySelector('pre[aria-label="Script tag"]') === null).to.equal(true);
      expect((get('button', 'Copy the script tag') as HTMLButtonElement).disabled).to.equal(true);
      expect(get('link', 'Create an agent').getAttribute('href')).to.equal('/org/org_1/settings/agents/new');
      expect(get('link', 'Create an agent').getAttribute('target'), 'this page must stay').to.equal('_blank');
      expect(all('alert')).to.deep.equal([]);
      server.answers('GET agents', listing([agent({ id: 'agt_new' })]));
      dispatchEvent(new Event('focus'));
      await until(() => code('Script tag').includes('agt_new'));
    });
  }

  for (const [name, trouble] of [
    ['they can not be read', problem('store_unavailable')],
    ['there is no connection', offline],
  ] as readonly (readonly [string, Trouble])[]) {
    it(`when ${name}, there is no tag either, and no error stands beside the secret`, async () => {
      await open({}, trouble);
      expect((get('button', 'Copy the script tag') as HTMLButtonElement).disabled).to.equal(true);
      expect(textOf(get('dialog'))).to.contain('The key’s page has the tag');
      expect([has('link', 'Create an agent'), all('alert').length]).to.deep.equal([false, 0]);
    });
  }

  it('does not wait for the agents', async () => {
    const answer = held<Listing<Agent>>();
    server.answers('GET agents', answer.answer);
    await mount('ui-secret-dialog', SecretDialog, { pair, organizationId: 'org_1' });
    expect(textOf(get('dialog'))).to.contain(secretKey);
    answer.go(listing([agent()]));
    await until(() => code('Script tag').includes('agt_1'));
  });

  it('a key without domains says that no page may use it', async () => {
    await open({ allowedDomains: [] });
    expect(textOf(get('dialog'))).to.contain('no page may use it: only a server with the secret');
  });

  it('passes on what its user and the server have to say', async () => {
    const warnings = [{ pattern: 'localhost', code: 'local', message: 'localhost is on every machine.' }];
    await open({ warnings, note: html`<b>Until tomorrow</b> the old one works.` });
    const text = textOf(get('dialog'));
    expect(text).to.contain('localhost is on every machine.');
    expect(text).to.contain('Until tomorrow the old one works.');
  });

  for (const [name, change] of [
    ['plain', {}],
    ['with warnings and a note', { warnings: [{ pattern: 'x', code: 'y', message: 'Odd.' }], note: 'A note.' }],
  ] as const) {
    it(`axe finds nothing in one that is ${name}, and after a reminder`, async () => {
      await open(change);
      await browser.press('Escape');
      expect(await violations()).to.deep.equal([]);
    });
  }
});
