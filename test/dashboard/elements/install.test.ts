/** From a key and an agent to a tag, with the looks that it says. */
import { expect } from 'chai';
import type { Agent, Key, Listing } from '../../../server/http/wire.ts';
import { wordsOn } from '../../../dashboard/install/accent.ts';
import { ChatInstall } from '../../../dashboard/install/chat-install.ts';
import { policyFor } from '../../../dashboard/install/ways.ts';
import { agent, key, listing } from './samples.ts';
import { offline, server, type Trouble } from './server.ts';
import { alerts, choose, drawn, get, has, mount, seen, textOf, until, violations, write } from './stage.ts';

async function open(
  change: Partial<ChatInstall> = {},
  keys: readonly Key[] = [key(), key({ id: 'key_2', name: 'Blog', publicKey: 'pk_2' })],
  agents: Listing<Agent> | Trouble = listing([agent(), agent({ id: 'agt_2', name: 'Two' })]),
): Promise<ChatInstall> {
  server.answers('GET api-keys', listing(keys));
  server.answers('GET agents', agents);
  const element = await mount('chat-install', ChatInstall, { organizationId: 'org_1', ...change });
  await until(() => has('button', 'Copy the policy') || alerts().length > 0);
  await drawn();
  return element;
}

const tag = () => textOf(document.querySelector('pre[aria-label="Script tag"]'));
const policy = () => textOf(document.querySelector('pre[aria-label="Content Security Policy"]'));
const { origin } = location;
const chat = () => document.querySelector('iframe')?.contentDocument?.querySelector<HTMLElement>('postern-chat');

describe('<chat-install>', () => {
  it('is the server’s own version, and pinned where that is chosen, with what an update does to either', async () => {
    await open({ key: key({ id: 'key_2', name: 'Blog', publicKey: 'pk_2' }) });
    expect(tag()).to.equal(`<script async src="${origin}/widget.js" data-key="pk_2" data-agent="agt_1"></script>`);
    expect(seen()).to.contain('an update of the server needs no new tag');
    await choose('radio', 'Pinned, with integrity');
    expect(seen()).to.contain('After an update of the server the chat is gone from the page');
    expect(tag()).to.equal(
      `<script async src="${origin}/widget/0.1.0/widget-1.js" integrity="sha384-x" crossorigin="anonymous" data-key="pk_2" data-agent="agt_1"></script>`,
    );
    await choose('combobox', 'Agent that answers', 'agt_2');
    await choose('combobox', 'Key', 'key_1');
    expect(tag()).to.contain(`data-key="${key().publicKey}" data-agent="agt_2"`);
    expect(await violations()).to.deep.equal([]);
  });

  it('says every look in the tag, quoted, and shows it in the chat at once', async () => {
    await open();
    await until(() => chat()?.hasAttribute('open'));
    await write(/^Words beside the button/, 'Say "hi" & <go>');
    await write(/^Picture/, 'https://cdn.example/me.png');
    expect(chat()!.hasAttribute('avatar'), 'half an address is asked for by nobody').to.equal(false);
    get('textbox', /^Picture/).dispatchEvent(new Event('change'));
    await write(/^Another greeting/, '/pricing Prices?\nWelcome.');
    await choose('combobox', 'Side', 'start');
    await choose('combobox', 'Theme', 'dark');
    await choose('combobox', 'Language', 'de');
    await choose('combobox', 'Opens', 'open');
    await choose('checkbox', /^Remember/);
    await choose('checkbox', /^No button/);
    expect(tag()).to.contain(
      'data-label="Say &quot;hi&quot; &amp; &lt;go>" data-position="start" data-theme="dark" data-lang="de" ' +
        'data-avatar="https://cdn.example/me.png" data-greeting="/pricing Prices?&#10;Welcome." data-open data-remember ' +
        'data-hide-when-blocked>',
    );
    const shown = Object.fromEntries([...chat()!.attributes].map(({ name, value }) => [name, value]));
    expect(shown).to.include({
      label: 'Say "hi" & <go>',
      position: 'start',
      theme: 'dark',
      lang: 'de',
      avatar: 'https://cdn.example/me.png',
      greeting: 'Prices?\nWelcome.',
    });
    expect(policy()).to.equal(`script-src ${origin}; connect-src ${origin}; img-src ${origin} https://cdn.example`);
  });

  it('an accent is in tag and chat, with the contrast of the words on it', async () => {
    await open();
    await until(() => chat()?.hasAttribute('open'));
    const accent = document.querySelector<HTMLInputElement>('#install-accent')!;
    accent.value = '#ffd400';
    accent.dispatchEvent(new Event('input'));
    await drawn();
    expect(seen()).to.contain('Words on it are black, 14.7 : 1');
    expect(tag()).to.contain('data-accent="#ffd400"');
    expect(chat()!.style.getPropertyValue('--postern-accent')).to.equal('#ffd400');
  });

  for (const [accent, colour] of [
    ['#000000', 'white'],
    ['#4f46e5', 'white'],
    ['#757575', 'white'],
    ['#767676', 'black'],
    ['#ffd400', 'black'],
    ['#ffffff', 'black'],
  ] as const) {
    it(`words on ${accent} are ${colour}, and always AA`, () => {
      expect(wordsOn(accent).colour).to.equal(colour);
      expect(wordsOn(accent).contrast).to.be.at.least(4.5);
    });
  }

  it('for a tag manager all is in the address, and nothing is pinned', async () => {
    await open();
    await write(/^Words beside the button/, 'Questions & more');
    await choose('radio', 'Google Tag Manager');
    expect(tag()).to.equal(
      `<script async src="${origin}/widget.js?key=${key().publicKey}&amp;agent=agt_1&amp;label=Questions+%26+more"></script>`,
    );
    expect(has('radio', /^Pinned/)).to.equal(false);
    await choose('radio', 'Next.js');
    expect(tag()).to.contain("import Script from 'next/script';");
    expect(tag()).to.contain('data-label={"Questions & more"}');
  });

  it('without an agent there is no tag, but the way to one', async () => {
    await open({}, undefined, listing([agent({ public: false })]));
    expect([tag(), has('link', 'Create an agent'), document.querySelector('iframe') === null]).to.deep.equal([
      '',
      true,
      true,
    ]);
  });

  it('a key that no page may use is not offered, and has no tag', async () => {
    const unusable = key({ allowedDomains: [] });
    await open({ key: unusable }, [key({ id: 'key_2', name: 'Blog' }), unusable]);
    expect(seen()).to.contain('This key can’t be used in a page as it is');
    expect(tag()).to.equal('');
    expect((get('button', 'Copy the script tag') as HTMLButtonElement).disabled).to.equal(true);
    expect(await violations()).to.deep.equal([]);
  });

  it('the key and the agent of the page are there though the lists end before them', async () => {
    await open({
      key: key({ id: 'key_101', publicKey: 'pk_101' }),
      agent: agent({ id: 'agt_101', name: 'Late' }),
    });
    expect(tag()).to.contain('data-key="pk_101" data-agent="agt_101"');
    expect(seen()).not.to.contain('This key can’t be used');
    await choose('combobox', 'Key', 'key_2');
    expect(tag()).to.contain('data-key="pk_2"');
  });

  for (const [picture, sources] of [
    ['http://cdn.example:8080/me.png', `${origin} http://cdn.example:8080`],
    ['//cdn.example/me.png', `${origin} https://cdn.example`],
    ['data:image/png;base64,AA==', `${origin} data:`],
    ['/me.png', `${origin} 'self'`],
    ['https://', `${origin} 'self'`],
    ['', origin],
  ] as const) {
    it(`a policy allows the picture “${picture}”`, () => {
      expect(policyFor(origin, { avatar: picture })).to.equal(
        `script-src ${origin}; connect-src ${origin}; img-src ${sources}`,
      );
    });
  }

  for (const [mayChange, composer] of [
    [true, 'block'],
    [false, 'none'],
  ] as const) {
    it(`${mayChange ? 'a member' : 'a viewer'} ${mayChange ? 'can' : 'can’t'} write in the preview`, async () => {
      await open({ mayChange });
      await until(() => chat()?.hasAttribute('open'));
      const part = document.createElement('div');
      part.setAttribute('part', 'composer');
      chat()!.attachShadow({ mode: 'open' }).append(part);
      expect(getComputedStyle(part).display).to.equal(composer);
      expect(seen().includes('Members can ask it here; you are a viewer.')).to.equal(!mayChange);
    });
  }

  it('in the preview a rating and the end of a conversation are taken, and nothing else is there', async () => {
    await open();
    await until(() => chat()?.hasAttribute('open'));
    const there = document.querySelector('iframe')!.contentWindow!;
    const statusOf = async (method: string, path: string) => (await there.fetch(`/api/v1/${path}`, { method })).status;
    expect([
      await statusOf('PUT', 'conversations/cnv_1/messages/msg_1/rating'),
      await statusOf('DELETE', 'conversations/cnv_1'),
      await statusOf('GET', 'conversations/cnv_1'),
    ]).to.deep.equal([204, 204, 404]);
  });

  it('what can not be read is said', async () => {
    await open({}, undefined, offline);
    expect(alerts()).to.have.length(1);
  });
});
