/** Where the server found no answer: said in the visitor's language, with a way on. */
import { expect } from 'chai';
import { loadMessages } from '../../widget/i18n/load.ts';
import { AGENT_ID, completion, KEY, start } from './answers.ts';
import { all, clean, createScene, mountOpen, next, one, say, texts, until } from './support.ts';

const english = 'I have no answer to that. These are the nearest questions that I can answer:\n\n- A?\n- B?';
const offered = ['How long does delivery take?', 'Can I send it back?'];

function nothing(outcome: 'nearest' | 'none', suggestions: readonly string[] = []) {
  const found = completion(english);
  return { ...found, reply: { ...found.reply, outcome, suggestions, sources: [] } };
}

/** All that stood in replies, at any time. */
function watchReplies(chat: Element): Set<string> {
  const seen = new Set<string>();
  const look = () => texts(chat, '.message.agent .body').forEach((text) => seen.add(text));
  new MutationObserver(look).observe(chat.shadowRoot!, { subtree: true, childList: true, characterData: true });
  return seen;
}

describe('no answer', () => {
  afterEach(clean);

  for (const language of ['en', 'de', 'ar'] as const) {
    it(`${language}: near questions are chips, and the server's English never shows`, async () => {
      const pieces = english.split(/(?<= )/).map((text) => ({ event: 'delta', data: { text, outcome: 'nearest' } }));
      const steps = [start(), ...pieces, { gate: 'end' }, { event: 'done', data: nothing('nearest', offered) }];
      const scene = await createScene({ messages: [{ steps }, { json: completion('Two days.') }] });
      const chat = await mountOpen(scene, { lang: language });
      const seen = watchReplies(chat);
      say(chat, 'How fast is shipping?');
      await until(async () => (await scene.sent()).length === 1);
      await until(() => one(chat, '.typing'));
      await scene.go('end');
      await until(() => all(chat, '.suggestions button').length === 2);
      const { nearest } = await loadMessages(language);
      expect(texts(chat, '.message.agent .body').at(-1)).to.equal(nearest);
      expect(texts(chat, '.suggestions button')).to.deep.equal(offered);
      expect([...seen].some((text) => text.includes('I have no answer'))).to.equal(false);
      expect(one(chat, '.announcer')?.textContent).to.equal([nearest, ...offered].join('\n'));
      const replied = next(chat, 'postern-reply');
      all(chat, '.suggestions button')[0]!.click();
      await replied;
      expect(texts(chat, '.message.user .body').at(-1)).to.equal(offered[0]);
      await until(() => one(chat, '.suggestions') === null);
    });
  }

  it('with nothing near it says so, and offers nothing', async () => {
    const scene = await createScene({ messages: [{ json: nothing('none') }] });
    const chat = await mountOpen(scene);
    const replied = next(chat, 'postern-reply');
    say(chat, 'Bananas on the moon?');
    await replied;
    await chat.updateComplete;
    expect(texts(chat, '.message.agent .body').at(-1)).to.equal('I have no answer to that.');
    expect(one(chat, '.suggestions')).to.equal(null);
  });

  it('says and offers the same after a reload', async () => {
    sessionStorage.setItem(`postern:${KEY}:${AGENT_ID}`, 'cnv_1');
    const { reply } = nothing('nearest', offered);
    const messages = [
      { id: 'q', role: 'user', text: 'How fast is shipping?', createdAt: '' },
      { ...reply, role: 'agent' },
    ];
    const scene = await createScene({ conversation: [{ json: { id: 'cnv_1', messages, nextBefore: null } }] });
    const chat = await mountOpen(scene);
    await until(() => all(chat, '.suggestions button').length === 2);
    expect(texts(chat, '.suggestions button')).to.deep.equal(offered);
    expect(texts(chat, '.message.agent .body').at(-1)).to.equal('Perhaps one of these questions helps:');
  });
});
