/** Time and thumbs under an answer, and deleting the chat. */
import { expect } from 'chai';
import { AGENT_ID, KEY, problem, reply } from './answers.ts';
import { all, clean, createScene, input, mountOpen, next, one, say, texts, until, type Scene } from './support.ts';

const stored = (rating?: 1 | -1) => ({
  id: 'cnv_1',
  messages: [
    { id: 'q', role: 'user', text: 'When do you open?', createdAt: '2026-01-01T10:00:00.000Z' },
    { id: 'msg_1', role: 'agent', text: 'At nine.', createdAt: '2026-01-01T10:00:01.000Z', rating },
  ],
  nextBefore: null,
});

const changes = async (scene: Scene) =>
  (await scene.asked())
    .filter(({ method, path }) => path.includes('/conversations/') && method !== 'GET')
    .map(({ method, path, body }) => [method, path.replace('api/v1/conversations/', ''), body]);

const pressed = (chat: Element) => all(chat, '.thumb').map((thumb) => thumb.getAttribute('aria-pressed'));

async function restored(answers: readonly object[]) {
  sessionStorage.setItem(`postern:${KEY}:${AGENT_ID}`, 'cnv_1');
  const scene = await createScene({ conversation: answers });
  const chat = await mountOpen(scene);
  await until(() => all(chat, '.thumb').length === 2);
  return { scene, chat };
}

describe('an answer', () => {
  afterEach(clean);

  it('says when it came; the greeting and the visitor’s own words do not', async () => {
    const { chat } = await restored([{ json: stored() }]);
    const times = all(chat, 'time');
    expect(times.map((time) => time.getAttribute('datetime'))).to.deep.equal(['2026-01-01T10:00:01.000Z']);
    expect(times[0]!.title).to.equal(new Date('2026-01-01T10:00:01.000Z').toLocaleString());
  });

  it('is rated, rated otherwise, and not at all again', async () => {
    const { scene, chat } = await restored([{ json: stored() }, { status: 204 }]);
    const [up, down] = all(chat, '.thumb');
    expect(pressed(chat)).to.deep.equal(['false', 'false']);
    up!.click();
    expect(pressed(chat)).to.deep.equal(['true', 'false']);
    await until(async () => (await changes(scene)).length === 1);
    down!.click();
    expect(pressed(chat)).to.deep.equal(['false', 'true']);
    await until(async () => (await changes(scene)).length === 2);
    down!.click();
    await until(async () => (await changes(scene)).length === 3);
    expect(pressed(chat)).to.deep.equal(['false', 'false']);
    const path = 'cnv_1/messages/msg_1/rating';
    expect(await changes(scene)).to.deep.equal([
      ['PUT', path, { rating: 1 }],
      ['PUT', path, { rating: -1 }],
      ['PUT', path, { rating: null }],
    ]);
    expect(texts(chat, '.said')).to.deep.equal([]);
  });

  it('keeps its rating over a reload', async () => {
    const { chat } = await restored([{ json: stored(-1) }]);
    expect(pressed(chat)).to.deep.equal(['false', 'true']);
  });

  it('says when a rating was not taken, and shows the one before', async () => {
    const { chat } = await restored([{ json: stored(-1) }, problem(503, 'store_unavailable')]);
    all(chat, '.thumb')[0]!.click();
    await until(() => one(chat, '.said[role=alert]'));
    expect(pressed(chat)).to.deep.equal(['false', 'true']);
  });

  it('is rated by its own id as soon as it is whole', async () => {
    const scene = await createScene({ messages: [reply('Fine.')], conversation: [{ status: 204 }] });
    const chat = await mountOpen(scene);
    say(chat, 'How are you?');
    (await until(() => one(chat, '.thumb'))).click();
    await until(async () => (await changes(scene)).length === 1);
    expect((await changes(scene))[0]?.[1]).to.equal('cnv_1/messages/rpl_1/rating');
  });
});

describe('deleting the chat', () => {
  afterEach(clean);

  it('is offered once there is one, asks first, and leaves nothing', async () => {
    const scene = await createScene({ messages: [reply('Fine.')], conversation: [{ status: 204 }] });
    const chat = await mountOpen(scene);
    expect(one(chat, '[part=delete]')).to.equal(null);
    say(chat, 'How are you?');
    (await until(() => one(chat, '[part=delete]'))).click();
    await until(() => one(chat, '[part=delete-now]'));
    expect(one(chat, '.foot [role=alert]')?.innerText).to.equal('Delete this chat for good?');
    expect(chat.shadowRoot?.activeElement?.getAttribute('part')).to.equal('cancel');
    one(chat, '[part=cancel]')!.click();
    (await until(() => one(chat, '[part=delete]'))).click();
    (await until(() => one(chat, '[part=delete-now]'))).click();
    await until(() => one(chat, '.foot [role=status]'));
    expect(await changes(scene)).to.deep.equal([['DELETE', 'cnv_1', undefined]]);
    expect(all(chat, '.message.user')).to.deep.equal([]);
    expect(sessionStorage.length + localStorage.length).to.equal(0);
    expect(chat.shadowRoot?.activeElement === input(chat)).to.equal(true);
  });

  for (const [outcome, answer] of [
    ['done', { status: 204 }],
    ['failed', problem(503, 'store_unavailable')],
  ] as const) {
    it(`can't be cancelled once it runs, and leaves a chat begun meanwhile alone when it is ${outcome}`, async () => {
      const { scene, chat } = await restored([{ json: stored() }]);
      await scene.script({
        conversation: [{ ...answer, gate: 'deleted' }],
        messages: [reply('Welcome back.', 'cnv_2')],
      });
      (await until(() => one(chat, '[part=delete]'))).click();
      (await until(() => one(chat, '[part=delete-now]'))).click();
      await until(() => !one(chat, '[part=cancel]'));
      expect(one(chat, '[part=delete-now]') !== null).to.equal(true);
      one(chat, '[part=new]')!.click();
      const replied = next(chat, 'postern-reply');
      say(chat, 'Another question');
      await replied;
      await scene.go('deleted');
      await until(async () => (await changes(scene)).length === 1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(texts(chat, '.message.user .body')).to.deep.equal(['Another question']);
      expect(sessionStorage.getItem(`postern:${KEY}:${AGENT_ID}`)).to.equal('cnv_2');
      expect(texts(chat, '.foot')).to.deep.equal(['Delete this chat']);
    });
  }

  it('takes the draft out of the browser too', async () => {
    const { chat } = await restored([{ json: stored() }, { status: 204 }]);
    input(chat).value = 'Half a question';
    input(chat).dispatchEvent(new InputEvent('input'));
    expect(sessionStorage.length).to.equal(2);
    (await until(() => one(chat, '[part=delete]'))).click();
    (await until(() => one(chat, '[part=delete-now]'))).click();
    await until(() => one(chat, '.foot [role=status]'));
    expect(sessionStorage.length).to.equal(0);
  });

  it('says when it failed, and keeps the chat', async () => {
    const { chat } = await restored([{ json: stored() }, problem(503, 'store_unavailable'), problem(404, 'not_found')]);
    (await until(() => one(chat, '[part=delete]'))).click();
    (await until(() => one(chat, '[part=delete-now]'))).click();
    await until(() => one(chat, '.foot [role=alert]')?.innerText.startsWith('The chat is taking a short break'));
    expect(all(chat, '.message.user')).to.have.length(1);
    // What is gone already is deleted.
    one(chat, '[part=delete-now]')!.click();
    await until(() => one(chat, '.foot [role=status]'));
    expect(sessionStorage.length).to.equal(0);
  });
});
