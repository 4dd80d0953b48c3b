/** What the chat says before the first message, and what it keeps until then. */
import { expect } from 'chai';
import { loadMessages } from '../../widget/i18n/load.ts';
import { AGENT_ID, KEY, reply } from './answers.ts';
import { clean, createScene, input, mountOpen, next, one, say, until } from './support.ts';

describe('before the first message', () => {
  afterEach(clean);

  it('asks for consent, in its own words or the page’s, and not again', async () => {
    const scene = await createScene({ messages: [reply('Fine.')] });
    const own = await mountOpen(scene, { consent: 'We keep what you write for 30 days.' });
    expect(one(own, '#consent')?.innerText).to.equal('We keep what you write for 30 days.');
    own.remove();
    for (const lang of ['en', 'ar'] as const) {
      const usual = await mountOpen(scene, { consent: '', lang });
      expect(one(usual, '#consent')?.innerText).to.equal((await loadMessages(lang)).consent);
      usual.remove();
    }
    expect(one(await mountOpen(scene), '#consent')).to.equal(null);
  });

  it('keeps nothing in the browser where it asks, not even a draft, until the message is sent', async () => {
    const scene = await createScene({ messages: [reply('Fine.')] });
    const chat = await mountOpen(scene, { consent: '', remember: '' });
    const kept = () => [sessionStorage.length, localStorage.length, document.cookie];
    input(chat).value = 'Half a question';
    input(chat).dispatchEvent(new InputEvent('input'));
    await chat.updateComplete;
    expect(kept()).to.deep.equal([0, 0, '']);
    const replied = next(chat, 'postern-reply');
    say(chat, 'A question');
    await replied;
    await chat.updateComplete;
    expect(one(chat, '#consent')).to.equal(null);
    expect(localStorage.length).to.equal(1);
  });

  it('gives a visitor who comes back the draft, and keeps none once the chat is forgotten', async () => {
    const name = `postern:${KEY}:${AGENT_ID}`;
    sessionStorage.setItem(name, 'cnv_1');
    sessionStorage.setItem(`${name}:draft`, 'Half a question');
    const messages = [{ id: 'q', role: 'user', text: 'When?', createdAt: '2026-01-01T10:00:00.000Z' }];
    const scene = await createScene({ conversation: [{ json: { id: 'cnv_1', messages, nextBefore: null } }] });
    const chat = await mountOpen(scene, { consent: '' });
    await until(() => one(chat, '.message.user'));
    await chat.updateComplete;
    expect(input(chat).value).to.equal('Half a question');
    one(chat, '[part=new]')!.click();
    await chat.updateComplete;
    expect(sessionStorage.length).to.equal(0);
  });

  it('keeps the draft over a new conversation where it need not ask', async () => {
    const chat = await mountOpen(await createScene());
    input(chat).value = 'Half a question';
    input(chat).dispatchEvent(new InputEvent('input'));
    chat.reset();
    expect(sessionStorage.getItem(`postern:${KEY}:${AGENT_ID}:draft`)).to.equal('Half a question');
  });

  for (const [url, href] of [
    ['https://shop.example/privacy', 'https://shop.example/privacy'],
    ['javascript:alert(1)', undefined],
    ['mailto:a@b.example', undefined],
    ['', undefined],
  ] as const) {
    it(`the privacy notice ${JSON.stringify(url)} is ${href ? 'a link in a new tab' : 'no link'}`, async () => {
      const chat = await mountOpen(await createScene(), { 'privacy-url': url });
      const link = one(chat, '[part=privacy]') as HTMLAnchorElement | null;
      expect([link?.href, link?.rel, link?.target]).to.deep.equal(
        href ? [href, 'noopener', '_blank'] : [undefined, undefined, undefined],
      );
    });
  }
});
