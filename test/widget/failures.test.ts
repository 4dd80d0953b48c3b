import { expect } from 'chai';
import { behaviours, type FailureCode } from '../../widget/failure.ts';
import { en } from '../../widget/i18n/en.ts';
import { moreEnglish } from '../../widget/i18n/more-english.ts';
import { delta, done, problem, reply, start } from './answers.ts';
import type { Answer } from './scripted-server.ts';
import {
  all,
  clean,
  consoleErrors,
  createScene,
  input,
  mount,
  mountOpen,
  next,
  one,
  say,
  texts,
  until,
  type Scene,
  isTold,
} from './support.ts';
import type { PosternChat } from '../../widget/element.ts';

/** Sends, sees the failure, and checks what every failure owes the visitor; then tries again and gets the answer. */
async function expectWayOut(chat: PosternChat, code: FailureCode, act?: () => Promise<unknown>, withinMs = 1000) {
  const failed = next(chat, 'postern-error');
  const startedAt = performance.now();
  say(chat, 'My question');
  await act?.();
  const { detail } = await failed;
  await chat.updateComplete;
  expect(detail.code).to.equal(code);
  expect(performance.now() - startedAt, 'soon').to.be.lessThan(withinMs);
  expect(texts(chat, '[part=alert]')).to.deep.equal([en[behaviours[code].sentence]]);
  expect(one(chat, '[part=alert]')?.role).to.equal('alert');
  expect(texts(chat, '.message.user .body'), 'the message is kept').to.deep.equal(['My question']);
  expect(input(chat).readOnly, 'the composer is alive unless the page may not chat').to.equal(
    behaviours[code].refused === true,
  );
  return detail;
}

async function retry(scene: Scene, chat: PosternChat): Promise<void> {
  const replied = next(chat, 'postern-reply');
  one(chat, '[part=retry]')!.click();
  await replied;
  await chat.updateComplete;
  expect(one(chat, '.trouble')).to.equal(null);
  expect(texts(chat, '.message.user .body')).to.deep.equal(['My question']);
  expect(texts(chat, '.message.agent .body').at(-1)).to.equal('Here you are.');
  const bodies = (await scene.sent()).map(({ body }) => body as { messageId: string; message: string });
  expect(new Set(bodies.map(({ messageId }) => messageId)).size, 'the same messageId').to.equal(1);
}

const answer = reply('Here you are.');

describe('no failure is a dead end:', () => {
  afterEach(clean);

  const answered: readonly [string, FailureCode, Answer][] = [
    ['402, no credits', 'credits_exhausted', problem(402, 'credits_exhausted')],
    ['403, not allowed here', 'origin_not_allowed', problem(403, 'origin_not_allowed')],
    ['500', 'internal', problem(500, 'internal')],
    ['502, the agent failed', 'agent_failed', problem(502, 'agent_failed')],
    ['503, no store', 'store_unavailable', problem(503, 'store_unavailable')],
    [
      'an error page of a proxy',
      'internal',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad' },
    ],
    ['a login page with status 200', 'answer_unexpected', { headers: { 'content-type': 'text/html' }, body: '<form>' }],
    ['JSON that is not the contract’s', 'answer_unexpected', { json: { hello: 'world' } }],
    ['an event that is not JSON', 'answer_unexpected', { steps: [start(), { raw: 'event: delta\ndata: <oops\n\n' }] }],
    [
      'an error event in the stream',
      'agent_failed',
      { steps: [start(), { event: 'error', data: { code: 'agent_failed' } }] },
    ],
    ['a stream that ends too early', 'interrupted', { steps: [start()] }],
  ];
  for (const [name, code, failing] of answered) {
    it(`${name}: a sentence, the message kept, and Retry works`, async () => {
      const scene = await createScene({ messages: [failing, answer] });
      const chat = await mountOpen(scene);
      await consoleErrors(async () => {
        await expectWayOut(chat, code);
        await retry(scene, chat);
      });
    });
  }

  it('429: Retry waits as long as Retry-After says, counts down, and works then', async () => {
    const limited = problem(429, 'rate_limited', { headers: { 'retry-after': '2' } });
    const scene = await createScene({ messages: [limited, answer] });
    const chat = await mountOpen(scene);
    const detail = await expectWayOut(chat, 'rate_limited');
    expect(detail.retryAfterSeconds).to.equal(2);
    const button = one(chat, '[part=retry]') as HTMLButtonElement;
    expect([button.disabled, button.innerText.trim()]).to.deep.equal([true, 'Try again in 2 s']);
    await until(() => button.innerText.trim() === 'Try again in 1 s');
    await until(() => !button.disabled && button.innerText.trim() === 'Try again');
    await retry(scene, chat);
  });

  it('offline: says so, and Retry works once the network is back', async () => {
    const scene = await createScene({ messages: [{ drop: true }] });
    const chat = await mountOpen(scene);
    // Taking the whole page offline would take the runner's own connection too: the request really fails, and the
    // browser's opinion of the network is set.
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: false });
    try {
      await expectWayOut(chat, 'offline');
    } finally {
      Reflect.deleteProperty(navigator, 'onLine');
    }
    await scene.script({ messages: [answer] });
    await retry(scene, chat);
  });

  it('offline: tries again by itself when the network is back, once, with the same message', async () => {
    const scene = await createScene({ messages: [{ drop: true }] });
    const chat = await mountOpen(scene);
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: false });
    try {
      await expectWayOut(chat, 'offline');
    } finally {
      Reflect.deleteProperty(navigator, 'onLine');
    }
    await scene.script({ messages: [answer] });
    // Chromium itself may have asked twice on a connection that was cut.
    const { length } = await scene.sent();
    const replied = next(chat, 'postern-reply');
    for (const type of ['online', 'online']) dispatchEvent(new Event(type));
    await replied;
    dispatchEvent(new Event('online'));
    await chat.updateComplete;
    const sent = (await scene.sent()).map(({ body }) => (body as { messageId: string }).messageId);
    expect(sent).to.have.length(length + 1);
    expect(new Set(sent).size).to.equal(1);
    expect(one(chat, '.trouble')).to.equal(null);
  });

  it('offline while opening: opens by itself when the network is back', async () => {
    const scene = await createScene({ agent: [{ drop: true }] });
    const chat = mount(scene);
    await consoleErrors(async () => {
      chat.open();
      await until(() => one(chat, '.trouble'));
    });
    await scene.script({ agent: [{ json: { name: 'Ada', greeting: 'Hi' } }] });
    dispatchEvent(new Event('online'));
    await until(() => texts(chat, '.message.agent .body')[0] === 'Hi');
  });

  it('a refused chat takes no more words, keeps those that are there and the focus, and says why', async () => {
    const scene = await createScene({ messages: [problem(403, 'origin_not_allowed'), answer] });
    const chat = await mountOpen(scene);
    await consoleErrors(async () => {
      await expectWayOut(chat, 'origin_not_allowed');
    });
    const field = input(chat);
    expect(chat.shadowRoot?.activeElement).to.equal(field);
    expect(field.getAttribute('aria-disabled')).to.equal('true');
    const describedBy = () => field.ariaDescribedByElements?.map(({ textContent }) => textContent.trim());
    expect(describedBy()).to.deep.equal([en.unavailable, en.caution]);
    say(chat, 'More');
    expect(await scene.sent()).to.have.length(1);
    expect((one(chat, '.send') as HTMLButtonElement).disabled).to.equal(true);
    await retry(scene, chat);
    expect([field.readOnly, describedBy(), field.value]).to.deep.equal([false, [en.caution], 'More']);
  });

  it('a message that is too long: says by how much, keeps all of it, and sends it once it fits', async () => {
    const scene = await createScene({ messages: [answer] });
    const chat = await mountOpen(scene);
    const field = input(chat);
    say(chat, 'x'.repeat(8017));
    await chat.updateComplete;
    expect(field.value).to.have.length(8017);
    expect(await scene.sent()).to.have.length(0);
    const note = one(chat, '.note');
    expect(field.ariaDescribedByElements?.[0]).to.equal(note);
    expect([note?.role, note?.innerText]).to.deep.equal(['status', en.tooMany.replace('{n}', '4017')]);
    expect(field.getAttribute('aria-invalid')).to.equal('true');
    expect((one(chat, '.send') as HTMLButtonElement).disabled).to.equal(true);
    expect(chat.send('y'.repeat(4001)), 'the page itself can send no more either').to.equal(false);
    const replied = next(chat, 'postern-reply');
    say(chat, ` ${'x'.repeat(4000)}\n`);
    await replied;
    await chat.updateComplete;
    expect(one(chat, '.note')).to.equal(null);
    expect(((await scene.sent())[0]?.body as { message: string }).message).to.have.length(4000);
  });

  it('no such host: says so, tells the owner what to check, and Retry works when the address does', async () => {
    const scene = await createScene({ messages: [answer] });
    const chat = await mountOpen(scene);
    const said = await consoleErrors(async () => {
      const lost = await createScene();
      const other = mount(lost, { api: 'http://no-such-host.invalid' });
      other.open();
      await until(() => one(other, '.trouble'));
      expect(texts(other, '[part=alert]')).to.deep.equal([en.unreachable]);
      expect(one(other, '[part=retry]')).not.to.equal(null);
      await isTold();
      other.remove();
    });
    expect(said).to.have.length(1);
    expect(said[0]).to.include('unreachable').and.include('redirect').and.include('preflights');
    say(chat, 'My question');
    await until(() => texts(chat, '.message.agent .body').at(-1) === 'Here you are.');
  });

  it('a connection that breaks before any answer: says so, and Retry works', async () => {
    const scene = await createScene({ messages: [{ drop: true }] });
    const chat = await mountOpen(scene);
    await consoleErrors(async () => {
      await expectWayOut(chat, 'unreachable');
    });
    await scene.script({ messages: [answer] });
    await retry(scene, chat);
  });

  it('a connection that breaks right after the headers: says so, and Retry works', async () => {
    const scene = await createScene({ messages: [{ steps: [{ cut: true }] }, answer] });
    const chat = await mountOpen(scene);
    await expectWayOut(chat, 'interrupted');
    await retry(scene, chat);
  });

  it('silence: gives up after the time for silence, and not while comment lines still come', async () => {
    const scene = await createScene({
      messages: [
        {
          steps: [
            start(),
            delta('Wait'),
            { raw: ': alive\n\n' },
            { gate: 'a' },
            { raw: ': alive\n\n' },
            { gate: 'never' },
          ],
        },
        answer,
      ],
    });
    const chat = await mountOpen(scene);
    const { timing } = chat;
    chat.timing = { ...timing, silenceMs: 2000 };
    const startedAt = performance.now();
    const keepAlive = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await scene.go('a');
    };
    await expectWayOut(chat, 'silent', keepAlive, 3000 + 1000);
    expect(performance.now() - startedAt, 'the comment counted').to.be.greaterThan(2900);
    await until(async () => (await scene.sent())[0]?.left);
    chat.timing = timing;
    await retry(scene, chat);
  });

  it('is silent for 30 s at most unless a test says otherwise', async () => {
    const chat = mount(await createScene());
    expect(chat.timing.silenceMs).to.equal(30_000);
  });

  it('a stream cut in the middle of a word: the part stays, and Retry replaces it by the whole', async () => {
    const scene = await createScene({
      messages: [{ steps: [start(), delta('It is **prob'), { gate: 'cut' }, { cut: true }] }, answer],
    });
    const chat = await mountOpen(scene);
    await expectWayOut(chat, 'interrupted', async () => {
      await until(() => texts(chat, '.message.agent .body').at(-1) === 'It is prob');
      await scene.go('cut');
    });
    expect(texts(chat, '.message.agent .body').at(-1)).to.equal('It is prob');
    await retry(scene, chat);
    expect(all(chat, '.message.agent')).to.have.length(2);
  });

  it('a message still being answered (409): asks again by itself, and the answer comes', async () => {
    const busy = problem(409, 'conflict');
    const scene = await createScene({ messages: [busy, busy, answer] });
    const chat = await mountOpen(scene);
    chat.timing = { ...chat.timing, conflictWaitsMs: [10, 10, 10] };
    const replied = next(chat, 'postern-reply');
    say(chat, 'My question');
    await replied;
    expect(new Set((await scene.sent()).map(({ body }) => (body as { messageId: string }).messageId)).size).to.equal(1);
    expect(await scene.sent()).to.have.length(3);
  });

  it('a message still being answered after all waits: says so, and Retry works', async () => {
    const busy = problem(409, 'conflict');
    const scene = await createScene({ messages: [busy, busy, answer] });
    const chat = await mountOpen(scene);
    chat.timing = { ...chat.timing, conflictWaitsMs: [10] };
    await expectWayOut(chat, 'conflict');
    await retry(scene, chat);
  });

  for (const [status, code, sentence] of [
    [400, 'request_invalid', moreEnglish.rejected],
    [413, 'body_too_large', moreEnglish.tooLong],
  ] as const) {
    it(`${status}, a message that cannot be sent: gives its text back to be changed`, async () => {
      const scene = await createScene({ messages: [problem(status, code), answer] });
      const chat = await mountOpen(scene);
      const failed = next(chat, 'postern-error');
      say(chat, 'My question');
      await failed;
      await chat.updateComplete;
      expect(texts(chat, '[part=alert]')).to.deep.equal([sentence]);
      expect(texts(chat, '[part=retry]')).to.deep.equal([en.edit]);
      one(chat, '[part=retry]')!.click();
      await chat.updateComplete;
      expect(input(chat).value).to.equal('My question');
      expect(all(chat, '.message.user')).to.have.length(0);
      expect(one(chat, '.trouble')).to.equal(null);
    });
  }

  it('a failure while opening: Retry reads the agent again, and what was written meanwhile stays', async () => {
    const scene = await createScene({
      agent: [problem(503, 'store_unavailable'), { json: { name: 'Ada', greeting: 'Hi' } }],
    });
    const chat = mount(scene);
    chat.open();
    await until(() => one(chat, '.trouble'));
    input(chat).value = 'Draft';
    one(chat, '[part=retry]')!.click();
    await until(() => texts(chat, '.message.agent .body')[0] === 'Hi');
    expect(one(chat, '.trouble')).to.equal(null);
    expect(input(chat).value).to.equal('Draft');
  });

  it('a new message may be sent instead of trying the failed one again', async () => {
    const scene = await createScene({ messages: [problem(500, 'internal'), reply('Second.')] });
    const chat = await mountOpen(scene);
    const failed = next(chat, 'postern-error');
    say(chat, 'one');
    await failed;
    const replied = next(chat, 'postern-reply');
    say(chat, 'two');
    await replied;
    await chat.updateComplete;
    expect(texts(chat, '.message .body').slice(1)).to.deep.equal(['one', 'two', 'Second.']);
    expect(one(chat, '.trouble')).to.equal(null);
  });

  it('a reply is not lost when the element is moved in the page, and is let go when it is removed', async () => {
    const moving = await createScene({ messages: [{ steps: [start(), { gate: 'end' }, done('Moved.')] }] });
    const chat = await mountOpen(moving);
    say(chat, 'Hi');
    await until(async () => (await moving.sent()).length === 1);
    const replied = next(chat, 'postern-reply');
    const home = document.createElement('div');
    document.body.append(home);
    home.append(chat);
    await moving.go('end');
    await replied;
    home.remove();
    const leaving = await createScene({ messages: [{ steps: [start(), { gate: 'never' }] }] });
    const other = await mountOpen(leaving);
    say(other, 'Hi');
    await until(async () => (await leaving.sent()).length === 1);
    other.remove();
    await until(async () => (await leaving.sent())[0]?.left);
  });
});
