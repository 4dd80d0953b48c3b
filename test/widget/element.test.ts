import { expect } from 'chai';
import { PosternChat } from '../../widget/element.ts';
import { definePosternChat } from '../../widget/define.ts';
import { languages, pickLanguage } from '../../widget/i18n/language.ts';
import { loadMessages } from '../../widget/i18n/load.ts';
import type { Messages } from '../../widget/i18n/messages.ts';
import { moreEnglish } from '../../widget/i18n/more-english.ts';
import { agent, agentAnswer, AGENT_ID, KEY, problem, reply } from './answers.ts';
import {
  all,
  browser,
  clean,
  consoleErrors,
  createScene,
  input,
  mount,
  mountOpen,
  next,
  one,
  press,
  say,
  texts,
  until,
} from './support.ts';

describe('<postern-chat>', () => {
  afterEach(clean);

  it('is ready once it is drawn, and tells the page when it opens and closes, through shadow roots', async () => {
    const said: string[] = [];
    const outer = document.createElement('div');
    document.body.append(outer);
    for (const name of ['postern-ready', 'postern-open', 'postern-close'] as const) {
      document.addEventListener(name, () => said.push(name), { once: true });
    }
    const scene = await createScene();
    const chat = document.createElement('postern-chat');
    Object.assign(chat, { api: scene.api, publicKey: KEY, agent: AGENT_ID });
    outer.attachShadow({ mode: 'open' }).append(chat);
    await chat.updateComplete;
    chat.open();
    await until(() => said.length === 2);
    chat.close();
    await until(() => said.length === 3);
    expect(said).to.deep.equal(['postern-ready', 'postern-open', 'postern-close']);
    outer.remove();
  });

  it('lets the page hold a message back, and keeps it in the composer: the place for a question about consent', async () => {
    const scene = await createScene({ messages: [reply('Thanks.')] });
    const chat = await mountOpen(scene);
    let hasConsent = false;
    chat.addEventListener('postern-message', (event) => {
      if (!hasConsent) event.preventDefault();
    });
    say(chat, 'My question');
    expect(input(chat).value).to.equal('My question');
    expect(await scene.sent()).to.deep.equal([]);
    expect(sessionStorage.length).to.equal(0);
    hasConsent = true;
    const replied = next(chat, 'postern-reply');
    press(input(chat), { key: 'Enter' });
    expect((await replied).detail.text).to.equal('Thanks.');
    expect(input(chat).value).to.equal('');
  });

  it('opens by `open` as a property too, as React and Vue set it, and keeps its method', async () => {
    const chat = mount(await createScene());
    for (const [given, isOpen] of [
      [true, true],
      [false, false],
      ['', true],
      [undefined, false],
    ] as const) {
      Object.assign(chat, { open: given });
      await chat.updateComplete;
      expect([given, chat.hasAttribute('open')]).to.deep.equal([given, isOpen]);
    }
    chat.open();
    await chat.updateComplete;
    expect(chat.hasAttribute('open')).to.equal(true);
  });

  it('can be driven by the page: open, send, reset, close', async () => {
    const scene = await createScene({ messages: [reply('Programmatic.')] });
    const chat = mount(scene);
    const replied = next(chat, 'postern-reply');
    expect(chat.send('  From the page  ')).to.equal(true);
    expect((await replied).detail).to.include({ text: 'Programmatic.', conversationId: 'cnv_1' });
    expect((await scene.sent())[0]?.body).to.include({ message: 'From the page' });
    expect(chat.send('   ')).to.equal(false);
    chat.open();
    await until(() => all(chat, '.message').length === 3);
    chat.reset();
    await until(() => all(chat, '.message').length === 1);
    chat.close();
    await until(() => !one(chat, 'dialog')?.checkVisibility());
    expect(chat.hasAttribute('open')).to.equal(false);
  });

  it('opens with the open attribute, reflects it, and leaves the focus alone', async () => {
    const chat = mount(await createScene(), { open: '' });
    await until(() => one(chat, '.message.agent'));
    expect(document.activeElement).to.equal(document.body);
    one(chat, '[part=close]')!.click();
    await chat.updateComplete;
    expect(chat.hasAttribute('open')).to.equal(false);
  });

  it('does not cover a small screen by itself', async () => {
    await browser.viewport(360, 740);
    const chat = mount(await createScene(), { open: '' });
    await chat.updateComplete;
    expect(chat.expanded).to.equal(false);
    await browser.viewport(1024, 768);
  });

  it('stands inline as a part of the page: no launcher, no dialog, no close', async () => {
    const chat = mount(await createScene(), { inline: '' });
    chat.style.height = '400px';
    await until(() => one(chat, '.message.agent'));
    expect(one(chat, '.launcher')?.checkVisibility()).to.equal(false);
    expect(one(chat, 'dialog, [part=close]')).to.equal(null);
    expect(one(chat, 'section')?.offsetHeight).to.equal(400);
    expect(one(chat, 'section')?.offsetWidth).to.equal(chat.offsetWidth);
    press(input(chat), { key: 'Escape' });
    await chat.updateComplete;
    expect(one(chat, 'section')?.checkVisibility()).to.equal(true);
  });

  it('works several times on one page, each with its own agent and conversation', async () => {
    const scenes = await Promise.all(
      ['One.', 'Two.'].map((text, at) => createScene({ messages: [reply(text, `cnv_${at}`)] })),
    );
    const chats = scenes.map((scene, at) => mount(scene, { inline: '', agent: `agt_${at}` }));
    for (const chat of chats) {
      await until(() => one(chat, '.message.agent'));
      const replied = next(chat, 'postern-reply');
      say(chat, 'Hi');
      await replied;
    }
    expect(chats.map((chat) => texts(chat, '.message.agent .body').at(-1))).to.deep.equal(['One.', 'Two.']);
    expect(Object.values(sessionStorage)).to.have.members(['cnv_0', 'cnv_1']);
  });

  it('begins again when the page gives it another agent', async () => {
    const scene = await createScene({
      agent: [agentAnswer, { json: { ...agent, name: 'Grace' } }],
      messages: [reply('Yes.')],
    });
    const chat = await mountOpen(scene);
    const replied = next(chat, 'postern-reply');
    say(chat, 'Hi');
    await replied;
    chat.agent = 'agt_other';
    await until(() => texts(chat, '.title')[0] === 'Grace');
    expect(all(chat, '.message')).to.have.length(1);
  });

  it('shows a label beside the icon and is called by it', async () => {
    const chat = mount(await createScene(), { label: 'Questions?' });
    await chat.updateComplete;
    expect(one(chat, '.launcher')?.ariaLabel).to.equal('Questions?');
    expect(one(chat, '.launcher')?.innerText.trim()).to.equal('Questions?');
    expect(one(chat, '.launcher')!.offsetWidth).to.be.greaterThan(100);
  });

  it('shows a picture instead of a letter, and a long name whole on two lines', async () => {
    const name = 'The guide of the Royal Museums of Fine Arts';
    const scene = await createScene({ agent: [{ json: { ...agent, name } }] });
    const avatar = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    const chat = await mountOpen(scene, { avatar });
    const picture = one(chat, '.avatar') as HTMLImageElement | null;
    expect([picture?.tagName, picture?.src, picture?.alt]).to.deep.equal(['IMG', avatar, '']);
    const title = one(chat, '.title')!;
    expect(title.scrollHeight <= title.clientHeight, 'nothing of the name is cut').to.equal(true);
    expect(title.clientHeight / parseFloat(getComputedStyle(title).lineHeight)).to.be.closeTo(2, 0.1);
    chat.avatar = '';
    await chat.updateComplete;
    expect(texts(chat, '.avatar')).to.deep.equal(['T']);
  });

  it('fetches no picture before the chat is shown, tells its server no address, and falls back to the letter', async () => {
    const avatar = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    const chat = mount(await createScene(), { avatar });
    await until(() => one(chat, '.panel'));
    expect(one(chat, '.avatar')?.tagName).to.equal('SPAN');
    chat.open();
    await until(() => one(chat, '.message.agent'));
    const picture = one(chat, 'img.avatar') as HTMLImageElement;
    expect(picture.referrerPolicy).to.equal('no-referrer');
    chat.close();
    await chat.updateComplete;
    expect(one(chat, '.avatar') === picture).to.equal(true);
    chat.avatar = 'data:image/png,broken';
    await until(() => texts(chat, 'span.avatar').length === 1);
    chat.avatar = avatar;
    await chat.updateComplete;
    expect(one(chat, '.avatar')?.tagName).to.equal('IMG');
  });

  it('greets on a path with letters beyond ASCII, written either way', async () => {
    const { href } = location;
    history.replaceState(null, '', '/über-uns/team');
    try {
      for (const path of ['/über-uns', '/%C3%BCber-uns']) {
        const chat = await mountOpen(await createScene(), { greeting: `// No.\n${path} Who are we?` });
        expect(texts(chat, '.message.agent .body')).to.deep.equal(['Who are we?']);
        chat.remove();
      }
    } finally {
      history.replaceState(null, '', href);
    }
  });

  for (const [greeting, greeted] of [
    ['/elsewhere Wrong.\n  /  Any questions?  \nLater.', 'Any questions?'],
    ['/elsewhere Wrong.\n/\n\nWelcome to the shop.', 'Welcome to the shop.'],
    ['/elsewhere Wrong.', agent.greeting.replaceAll('**', '')],
  ] as const) {
    it(`greets as its page wants it: ${JSON.stringify(greeting)}`, async () => {
      const chat = await mountOpen(await createScene(), { greeting });
      expect(texts(chat, '.message.agent .body')).to.deep.equal([greeted]);
    });
  }

  it('stands on the other side with position="start"', async () => {
    const chat = mount(await createScene(), { position: 'start' });
    await chat.updateComplete;
    expect(one(chat, '.launcher')!.getBoundingClientRect().left).to.equal(20);
  });

  it('takes what the page puts into its header and footer', async () => {
    const chat = mount(await createScene());
    for (const name of ['header', 'footer']) {
      const part = document.createElement('p');
      part.slot = name;
      part.textContent = `The ${name}`;
      chat.append(part);
    }
    chat.open();
    await until(() => one(chat, '.message.agent'));
    for (const part of chat.children) expect(part.checkVisibility()).to.equal(true);
    expect(one(chat, '.avatar')?.checkVisibility()).to.equal(false);
  });

  it('says that no human answers before it knows the agent: above the first message, and at the composer', async () => {
    const scene = await createScene({ agent: [{ ...agentAnswer, gate: 'agent' }] });
    const chat = mount(scene, { open: '' });
    const said = () => texts(chat, '.disclosure');
    await until(() => said().length === 2);
    const { disclosure, caution } = await loadMessages('en');
    expect(said()).to.deep.equal([disclosure, caution]);
    await scene.go('agent');
    await until(() => one(chat, '.message.agent'));
    expect(said()).to.deep.equal([disclosure, caution]);
    expect(one(chat, '.log .disclosure')!.nextElementSibling).to.equal(one(chat, '.messages'));
    expect(input(chat).ariaDescribedByElements?.map(({ textContent }) => textContent)).to.deep.equal([caution]);
  });

  it('says so in the words of the owner, as text', async () => {
    const disclosureText = 'Ada is a <b>robot</b>.';
    const scene = await createScene({ agent: [{ json: { ...agent, disclosureText } }] });
    const chat = await mountOpen(scene);
    expect(texts(chat, '.disclosure')).to.deep.equal([disclosureText, disclosureText]);
  });

  it('says nothing of it where the agent does without', async () => {
    const scene = await createScene({ agent: [{ json: { ...agent, disclosure: false, disclosureText: 'A robot.' } }] });
    const chat = mount(scene, { open: '' });
    await until(() => one(chat, '.message.agent'));
    expect(texts(chat, '.disclosure')).to.deep.equal([]);
    expect(input(chat).ariaDescribedByElements).to.deep.equal([]);
  });

  it('can be styled by custom properties and at least 12 parts', async () => {
    const scene = await createScene({
      messages: [reply('[a](https://b.example) and\n\n```\ncode\n```'), problem(500, 'internal')],
    });
    const chat = await mountOpen(scene);
    const parts = new Set<string>();
    const collect = () => all(chat, '[part]').forEach((element) => element.part.forEach((part) => parts.add(part)));
    collect();
    for (const name of ['postern-reply', 'postern-error'] as const) {
      const happened = next(chat, name);
      say(chat, 'Hi');
      await happened;
      await chat.updateComplete;
      collect();
    }
    expect(parts.size).to.be.at.least(12);
    chat.style.setProperty('--postern-accent', 'rgb(1, 2, 3)');
    chat.style.setProperty('--postern-width', '320px');
    expect(getComputedStyle(one(chat, '.launcher')!).backgroundColor).to.match(/0\.0039\d* 0\.0078\d* 0\.0117/);
    expect(one(chat, 'dialog')?.offsetWidth).to.equal(320);
  });

  it('gives the page’s own shortcuts no keys from its text field', async () => {
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => void heard.push(event.key);
    document.addEventListener('keydown', listen);
    const chat = await mountOpen(await createScene());
    press(input(chat), { key: '/' });
    document.removeEventListener('keydown', listen);
    expect(heard).to.deep.equal([]);
  });

  it('leaves no listener, timer or request behind: 100 mounts, no error, nothing kept alive', async () => {
    const scene = await createScene();
    const said = await consoleErrors(async () => {
      const held: WeakRef<Element>[] = [];
      for (let round = 0; round < 100; round++) {
        const chat = mount(scene);
        await chat.updateComplete;
        if (round % 10 === 0) {
          chat.open();
          await until(() => one(chat, '.message.agent'));
          chat.close();
        }
        chat.remove();
        held.push(new WeakRef(chat));
      }
      clean();
      await until(async () => {
        await browser.collectGarbage();
        // The last one may still be in somebody's hands.
        return held.filter((reference) => reference.deref()).length <= 1;
      });
    });
    expect(said).to.deep.equal([]);
    expect(document.querySelectorAll('postern-chat')).to.have.length(0);
  });

  it('may be registered twice, by two copies', () => {
    definePosternChat();
    expect(customElements.get('postern-chat')).to.equal(PosternChat);
  });
});

describe('words', () => {
  afterEach(clean);

  it('are chosen from the attribute, the page, the browser, in this order; English else', () => {
    expect(pickLanguage('pt-BR', 'de', 'en')).to.equal('pt');
    expect(pickLanguage(undefined, 'zh_TW')).to.equal('zh');
    expect(pickLanguage('', 'nl', 'fr-CA')).to.equal('fr');
    expect(pickLanguage(null, 'tlh')).to.equal('en');
  });

  it('follow the page’s language, and the attribute before it', async () => {
    document.documentElement.lang = 'de';
    const scene = await createScene();
    const chat = mount(scene);
    chat.removeAttribute('lang');
    chat.open();
    await until(() => one(chat, 'textarea')?.getAttribute('placeholder') === 'Nachricht schreiben');
    chat.lang = 'ja';
    await until(() => input(chat).placeholder === 'メッセージを入力');
    document.documentElement.lang = 'en';
  });

  for (const language of languages) {
    it(`${language}: every word is there, and differs from the key`, async () => {
      const english: Messages = { ...(await loadMessages('en')), ...moreEnglish };
      const words: Messages = { ...english, ...(await loadMessages(language)) };
      expect(Object.keys(words)).to.have.members(Object.keys(english));
      for (const [name, text] of Object.entries({ ...words })) {
        expect(text.trim(), name).not.to.equal('');
        expect(text.includes('{n}'), name).to.equal(english[name as keyof typeof english].includes('{n}'));
      }
      if (language !== 'en') expect(words.unavailable).not.to.equal(english.unavailable);
    });
  }

  it('draws its closed panel when the page has nothing else to do, and asks nothing for it', async () => {
    const scene = await createScene();
    const chat = mount(scene);
    await until(() => one(chat, 'dialog:not([open]) textarea'));
    expect(await scene.asked()).to.deep.equal([]);
    expect(sessionStorage).to.have.length(0);
    expect(chat.shadowRoot!.activeElement).to.equal(null);
  });

  for (const [lang, dir, attributes, expected] of [
    ['he', 'rtl', {}, 'rtl'],
    ['fa-IR', 'rtl', {}, 'rtl'],
    ['', 'rtl', {}, 'rtl'],
    ['he', '', {}, 'ltr'],
    ['en', 'rtl', {}, 'ltr'],
    ['he', 'rtl', { lang: 'de' }, 'ltr'],
    ['en', '', { lang: 'ar' }, 'rtl'],
  ] as const) {
    it(`on a page in ${lang || 'no language'}, ${dir || 'without a direction'}, stands ${expected} with ${JSON.stringify(attributes)}`, async () => {
      const page = document.documentElement;
      const before = [page.lang, page.dir];
      Object.assign(page, { lang, dir });
      try {
        const chat = await mountOpen(await createScene(), { lang: '', ...attributes });
        expect([one(chat, '.launcher')!.dir, one(chat, '.panel')!.dir]).to.deep.equal([expected, expected]);
        const isLeft = one(chat, '.launcher')!.getBoundingClientRect().left < innerWidth / 2;
        expect(isLeft).to.equal(expected === 'rtl');
      } finally {
        Object.assign(page, { lang: before[0], dir: before[1] });
      }
    });
  }
});
