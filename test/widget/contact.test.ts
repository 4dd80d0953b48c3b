/** Whom to ask where the agent found nothing, and leaving a message. */
import { expect } from 'chai';
import { loadMessages } from '../../widget/i18n/load.ts';
import { agent, AGENT_ID, completion, KEY, problem, reply } from './answers.ts';
import {
  all,
  browser,
  clean,
  createScene,
  focused,
  input,
  mountOpen,
  one,
  say,
  texts,
  until,
  type Scene,
} from './support.ts';
import type { Answer, Script } from './scripted-server.ts';

const ways = {
  text: 'We answer on weekdays.\nWrite to us:',
  email: 'help@example.com',
  phone: '+49 (30) 123-4567',
  url: 'https://example.com/contact',
};
const contact = { ...ways, leaveMessage: true };
const privacyUrl = 'https://example.com/privacy';

function nothing(outcome: 'nearest' | 'none' = 'none'): Answer {
  const found = completion('I have no answer to that.');
  return { json: { ...found, reply: { ...found.reply, outcome, suggestions: [], sources: [] } } };
}

async function asked(
  script: Script,
  { told = { contact, privacyUrl }, attributes = {} }: { told?: object; attributes?: Record<string, string> } = {},
) {
  const scene = await createScene({ agent: [{ json: { ...agent, ...told } }], messages: [nothing()], ...script });
  const chat = await mountOpen(scene, attributes);
  say(chat, 'Do you sell bananas?');
  await until(() => one(chat, '.foot [part=delete], .trouble'));
  return { scene, chat };
}

const left = async (scene: Scene) => (await scene.asked()).filter(({ path }) => path.endsWith('/contact'));
const links = (chat: Element) => all(chat, '.contact a').map((link) => link.getAttribute('href'));
const fieldOf = (chat: Element, name: string) => one(chat, `form [name=${name}]`) as HTMLInputElement;

async function openForm(chat: Element): Promise<void> {
  (await until(() => one(chat, '[part=leave-message]'))).click();
  await until(() => one(chat, 'form.contact'));
}

function type(chat: Element, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) fieldOf(chat, name).value = value;
}

const submit = (chat: Element) => one(chat, '[part=send-message]')!.click();

describe('the contact', () => {
  afterEach(clean);

  it('is said where nothing was found, smaller where something near was, and not below an answer', async () => {
    const { chat } = await asked({ messages: [nothing(), nothing('nearest'), reply('At nine.')] });
    await until(() => one(chat, '.contact'));
    expect(texts(chat, '.contact p')).to.deep.equal([ways.text]);
    expect(links(chat)).to.deep.equal(['mailto:help@example.com', 'tel:+49301234567', ways.url]);
    expect(one(chat, '.contact a[target]')?.getAttribute('rel')).to.equal('noopener');
    say(chat, 'Bananas?');
    await until(() => one(chat, '.contact.small'));
    say(chat, 'When do you open?');
    await until(() => one(chat, '.thumb'));
    expect(one(chat, '.contact')).to.equal(null);
  });

  it('is not said where there is none, and the form is not offered where the organization does not', async () => {
    const none = await asked({}, { told: {} });
    expect(one(none.chat, '.contact')).to.equal(null);
    const { chat } = await asked({}, { told: { contact: { email: ways.email, leaveMessage: false } } });
    await until(() => one(chat, '.contact'));
    expect(links(chat)).to.deep.equal(['mailto:help@example.com']);
    expect(one(chat, '[part=leave-message]')).to.equal(null);
  });

  it('leads nowhere but to a page, a mail to one person and a telephone', async () => {
    const odd = {
      email: 'a@b.example?bcc=evil@evil.example&body=x',
      url: 'javascript:alert(1)',
      phone: '1;x=javascript:',
    };
    const { chat } = await asked({}, { told: { contact: { ...odd, text: '<b>Hi</b>', leaveMessage: false } } });
    await until(() => one(chat, '.contact'));
    expect(links(chat)).to.deep.equal(['mailto:a@b.example', 'tel:1']);
    expect(texts(chat, '.contact p')).to.deep.equal(['<b>Hi</b>']);
  });

  for (const [code, status] of [
    ['credits_exhausted', 402],
    ['agent_failed', 502],
  ] as const) {
    it(`is said when the chat can't answer: ${code}`, async () => {
      const { chat } = await asked({ messages: [problem(status, code)] });
      await until(() => one(chat, '.contact'));
      expect(links(chat)).to.have.length(3);
    });
  }

  it('has the organization’s privacy notice where the page names none', async () => {
    const organizations = await asked({});
    expect(one(organizations.chat, '.foot [part=privacy]')?.getAttribute('href')).to.equal(privacyUrl);
    const pages = await asked({}, { attributes: { 'privacy-url': 'https://shop.example/privacy' } });
    expect(one(pages.chat, '.foot [part=privacy]')?.getAttribute('href')).to.equal('https://shop.example/privacy');
    const odd = await asked({}, { told: { privacyUrl: 'javascript:alert(1)' } });
    expect(one(odd.chat, '.foot [part=privacy]')).to.equal(null);
  });
});

describe('leaving a message', () => {
  afterEach(clean);

  it('sends name, address, words and consent, says that they came, and puts the focus back', async () => {
    const { scene, chat } = await asked({ conversation: [{ status: 204, gate: 'left' }] });
    await openForm(chat);
    expect(chat.shadowRoot?.activeElement).to.equal(fieldOf(chat, 'email'));
    expect(one(chat, 'form a')?.getAttribute('href')).to.equal(privacyUrl);
    type(chat, { email: 'ada@example.com', name: 'Ada', text: 'Do you sell bananas?' });
    submit(chat);
    await until(() => one(chat, '[part=send-message][aria-disabled=true]'));
    submit(chat);
    expect(one(chat, 'form [part=cancel]')).to.equal(null);
    await scene.go('left');
    await until(() => one(chat, '.contact[role=status]'));
    expect(texts(chat, '.contact')).to.deep.equal(['We got your message.']);
    expect(chat.shadowRoot?.activeElement).to.equal(input(chat));
    const [sent, ...more] = await left(scene);
    expect(more).to.deep.equal([]);
    expect([sent?.method, sent?.path]).to.deep.equal(['POST', 'api/v1/conversations/cnv_1/contact']);
    expect(sent?.body).to.deep.equal({
      name: 'Ada',
      email: 'ada@example.com',
      text: 'Do you sell bananas?',
      consent: true,
    });
  });

  it('leaves the name out where none was typed, and asks for a true address before it sends', async () => {
    const { scene, chat } = await asked({ conversation: [{ status: 204 }] });
    await openForm(chat);
    type(chat, { text: 'Hello' });
    submit(chat);
    expect(fieldOf(chat, 'email').validity.valueMissing).to.equal(true);
    type(chat, { email: 'ada' });
    submit(chat);
    expect(await left(scene)).to.deep.equal([]);
    type(chat, { email: 'ada@example.com' });
    submit(chat);
    await until(() => one(chat, '.contact[role=status]'));
    expect((await left(scene))[0]?.body).to.deep.equal({ email: 'ada@example.com', text: 'Hello', consent: true });
  });

  for (const [name, answer, sentence] of [
    ['the server is away', problem(503, 'store_unavailable'), 'The chat is taking a short break'],
    ['it was refused', problem(400, 'request_invalid'), 'This message couldn’t be sent as it is'],
    ['the organization offers it no more', problem(403, 'forbidden'), 'Something went wrong on our side'],
    ['the connection broke', { drop: true }, 'The chat can’t be reached'],
  ] as const) {
    it(`keeps every word when ${name}, says so, and can be sent again`, async () => {
      const { scene, chat } = await asked({ conversation: [answer] });
      await openForm(chat);
      type(chat, { email: 'ada@example.com', name: 'Ada', text: 'Hello' });
      submit(chat);
      await until(() => one(chat, 'form [role=alert]')?.innerText.startsWith(sentence));
      expect(['email', 'name', 'text'].map((field) => fieldOf(chat, field).value)).to.deep.equal([
        'ada@example.com',
        'Ada',
        'Hello',
      ]);
      await scene.script({ conversation: [{ status: 204 }] });
      submit(chat);
      await until(() => one(chat, '.contact[role=status]'));
      expect((await left(scene)).length).to.be.at.least(2);
    });
  }

  it('keeps its words while the visitor asks on, and is given up by Cancel or with its conversation', async () => {
    const { scene, chat } = await asked({ messages: [nothing(), reply('At nine.')] });
    await openForm(chat);
    type(chat, { text: 'Half a message' });
    say(chat, 'When do you open?');
    await until(() => one(chat, '.thumb'));
    expect(fieldOf(chat, 'text').value).to.equal('Half a message');
    one(chat, 'form [part=cancel]')!.click();
    await until(() => !one(chat, 'form'));
    expect(chat.shadowRoot?.activeElement).to.equal(input(chat));
    await scene.script({ messages: [nothing()] });
    say(chat, 'Bananas?');
    await openForm(chat);
    one(chat, '[part=new]')!.click();
    await until(() => !one(chat, 'form'));
    expect(await left(scene)).to.deep.equal([]);
  });

  describe('before there is a conversation', () => {
    const refused = problem(402, 'credits_exhausted');
    const kept = { json: { conversationId: 'cnv_7' } };

    it('begins with the question that got no reply, and begins a conversation, in which the chat goes on', async () => {
      const { scene, chat } = await asked({ messages: [refused], contact: [kept] });
      await openForm(chat);
      expect(fieldOf(chat, 'text').value).to.equal('Do you sell bananas?');
      type(chat, { email: 'ada@example.com' });
      submit(chat);
      await until(() => one(chat, '.contact[role=status]'));
      const [sent, ...more] = await left(scene);
      expect(more).to.deep.equal([]);
      expect([sent?.method, sent?.path]).to.deep.equal(['POST', `api/v1/agents/${AGENT_ID}/contact`]);
      const [question] = (await scene.asked()).filter(({ path }) => path.endsWith('/messages'));
      const { messageId } = question?.body as { messageId: string };
      const body = { email: 'ada@example.com', text: 'Do you sell bananas?', consent: true };
      expect(sent?.body).to.deep.equal({ ...body, messageId });
      expect(one(chat, '.foot [part=delete]')).to.not.equal(null);
      expect(sessionStorage.getItem(`postern:${KEY}:${AGENT_ID}`)).to.equal('cnv_7');

      await scene.script({ messages: [reply('At nine.')], conversation: [{ status: 204 }] });
      one(chat, '[part=retry]')!.click();
      await until(() => one(chat, '.thumb'));
      const again = (await scene.asked()).filter(({ path }) => path.endsWith('/messages')).at(-1);
      expect(again?.body).to.include({ messageId, conversationId: 'cnv_7' });
    });

    it('is sent again under the same id when the answer was lost, with every word', async () => {
      const { scene, chat } = await asked({ messages: [refused], contact: [{ drop: true }] });
      await openForm(chat);
      type(chat, { email: 'ada@example.com', text: 'Call me' });
      submit(chat);
      await until(() => one(chat, 'form [role=alert]')?.innerText.startsWith('The chat can’t be reached'));
      expect(fieldOf(chat, 'text').value).to.equal('Call me');
      await scene.script({ contact: [kept] });
      submit(chat);
      await until(() => one(chat, '.contact[role=status]'));
      const ids = (await left(scene)).map(({ body }) => (body as { messageId: string }).messageId);
      expect(ids.length).to.be.at.least(2);
      expect(new Set(ids).size).to.equal(1);
    });

    it('keeps its words when the question is answered meanwhile, and is then sent in that conversation', async () => {
      const { scene, chat } = await asked({ messages: [refused], conversation: [{ status: 204 }] });
      await openForm(chat);
      type(chat, { email: 'ada@example.com', text: 'Half a message' });
      await scene.script({ messages: [reply('Yes.')] });
      one(chat, '[part=retry]')!.click();
      await until(() => one(chat, '.thumb'));
      expect(fieldOf(chat, 'text').value).to.equal('Half a message');
      submit(chat);
      await until(() => one(chat, '.contact[role=status]'));
      const [sent] = await left(scene);
      expect(sent?.path).to.equal('api/v1/conversations/cnv_1/contact');
      expect(sent?.body).to.not.have.property('messageId');
    });

    it('is given up with its chat, which begins anew also when the message comes after that', async () => {
      const { scene, chat } = await asked({ messages: [refused], contact: [{ ...kept, gate: 'left' }] });
      await openForm(chat);
      type(chat, { email: 'ada@example.com' });
      submit(chat);
      await until(() => one(chat, '[part=send-message][aria-disabled=true]'));
      one(chat, '[part=new]')!.click();
      await until(() => !one(chat, 'form'));
      await scene.go('left');
      await scene.script({ messages: [reply('Yes.')] });
      say(chat, 'Apples?');
      await until(() => one(chat, '.thumb'));
      const question = (await scene.asked()).filter(({ path }) => path.endsWith('/messages')).at(-1);
      expect(question?.body).to.not.have.property('conversationId');
      expect(texts(chat, '.contact')).to.deep.equal([]);
    });
  });

  it('is offered after a reload too', async () => {
    sessionStorage.setItem(`postern:${KEY}:${AGENT_ID}`, 'cnv_1');
    const found = completion('I have no answer to that.').reply;
    const messages = [
      { id: 'q', role: 'user', text: 'Bananas?', createdAt: '' },
      { ...found, role: 'agent', outcome: 'none', suggestions: [], sources: [] },
    ];
    const scene = await createScene({
      agent: [{ json: { ...agent, contact } }],
      conversation: [{ json: { id: 'cnv_1', messages, nextBefore: null } }],
    });
    await openForm(await mountOpen(scene));
  });

  it('works by keyboard alone, and every control is 44 px high', async () => {
    const { scene, chat } = await asked({ conversation: [{ status: 204 }] });
    await openForm(chat);
    const low = all(chat, '.contact :is(input, textarea, button)').filter(({ offsetHeight }) => offsetHeight < 44);
    expect(low).to.deep.equal([]);
    await browser.type('ada@example.com');
    await browser.press('Tab');
    await browser.type('Ada');
    await browser.press('Tab');
    await browser.type('Hello');
    await browser.press('Tab');
    expect(focused()?.getAttribute('part')).to.equal('privacy');
    await browser.press('Tab');
    expect(focused()?.getAttribute('part')).to.equal('send-message');
    await browser.press('Enter');
    await until(() => one(chat, '.contact[role=status]'));
    expect((await left(scene))[0]?.body).to.include({ name: 'Ada', text: 'Hello' });
    expect(focused()).to.equal(input(chat));
  });

  for (const language of ['de', 'es', 'fr', 'pt', 'ja', 'zh', 'ar'] as const) {
    it(`${language}: every field has its name in that language, and a long form fits a narrow window`, async () => {
      const { chat } = await asked({}, { attributes: { lang: language } });
      await openForm(chat);
      const words = await loadMessages(language);
      const names = [words.yourEmail, words.yourName, words.yourMessage];
      expect(texts(chat, 'form label').map((text) => text.split('\n')[0])).to.deep.equal(names);
      expect(one(chat, 'form')?.getAttribute('aria-label')).to.equal(words.leaveMessage);
      const form = one(chat, 'form')!;
      expect(form.scrollWidth).to.be.at.most(form.clientWidth);
    });
  }
});
