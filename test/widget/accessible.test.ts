import type Axe from 'axe-core';
import { expect } from 'chai';
import '../../node_modules/axe-core/axe.js';
import type { PosternChat } from '../../widget/element.ts';
import { agent, completion, delta, done, problem, reply, start } from './answers.ts';
import type { Script } from './scripted-server.ts';
import {
  all,
  browser,
  clean,
  createScene,
  focused,
  input,
  mount,
  mountOpen,
  next,
  one,
  say,
  settle,
  texts,
  until,
  type Attributes,
} from './support.ts';

const rich =
  'It **left** today.\n\n- one\n- [two](https://example.com/)\n\n> quoted\n\n```js\nlet a = `b`;\n```\n\nUse `code`.';

/** What axe finds, as short sentences. */
async function violations(chat: PosternChat): Promise<string[]> {
  await settle(chat);
  const { violations } = await axe.run(document, { rules: { 'page-has-heading-one': { enabled: false } } });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join()} ${failureSummary ?? ''}`),
  );
}

/** Its file is no module: it leaves itself on the window. */
declare const axe: typeof Axe;

interface State {
  readonly name: string;
  readonly script?: Script;
  readonly attributes?: Attributes;
  readonly act: (chat: PosternChat) => Promise<unknown>;
}

const ask = async (chat: PosternChat, selector: string) => {
  chat.open();
  await until(() => one(chat, '.message.agent'));
  say(chat, 'Where is my order?');
  await until(() => one(chat, selector));
};

const found = completion('I have no answer to that.');
const contact = { text: 'We answer on weekdays.', email: 'help@example.com', phone: '110', leaveMessage: true };
const withContact: Script = {
  agent: [{ json: { ...agent, contact, privacyUrl: 'https://example.com/privacy' } }],
  messages: [{ json: { ...found, reply: { ...found.reply, outcome: 'none' } } }],
};

const states: readonly State[] = [
  { name: 'closed', act: (chat) => chat.updateComplete },
  {
    name: 'empty',
    act: async (chat) => {
      chat.open();
      await until(() => one(chat, '.suggestions'));
    },
  },
  {
    name: 'streaming',
    script: { messages: [{ steps: [start(), delta('It **left'), { gate: 'never' }] }] },
    act: (chat) => ask(chat, '.message.agent strong'),
  },
  { name: 'answered', act: (chat) => ask(chat, '.code') },
  {
    name: 'error',
    script: { messages: [problem(500, 'internal')] },
    act: (chat) => ask(chat, '.trouble'),
  },
  {
    name: 'rate-limited',
    script: { messages: [problem(429, 'rate_limited', { headers: { 'retry-after': '60' } })] },
    act: (chat) => ask(chat, '.trouble'),
  },
  { name: 'dark', attributes: { theme: 'dark' }, act: (chat) => ask(chat, '.code') },
  {
    name: 'right-to-left',
    attributes: { lang: 'ar' },
    script: { messages: [reply('طلبك **في الطريق**.')] },
    act: (chat) => ask(chat, '.message.agent strong'),
  },
  { name: 'nothing was found', script: withContact, act: (chat) => ask(chat, '.contact') },
  ...(['light', 'dark'] as const).map((theme) => ({
    name: `a message is left (${theme})`,
    script: withContact,
    attributes: { theme },
    act: async (chat: PosternChat) => {
      await ask(chat, '.contact');
      one(chat, '[part=leave-message]')!.click();
      await until(() => one(chat, 'form.contact'));
    },
  })),
];

describe('for everyone:', () => {
  before(() => {
    document.documentElement.lang = 'en';
    document.title = 'A page';
    const main = document.createElement('main');
    main.textContent = 'The page.';
    document.body.prepend(main);
  });
  afterEach(async () => {
    clean();
    await browser.viewport(1024, 768);
  });

  for (const { name, script, attributes, act } of states) {
    it(`axe finds nothing wrong when ${name}`, async () => {
      const scene = await createScene({ messages: [reply(rich)], ...script });
      const chat = mount(scene, attributes);
      await act(chat);
      expect(await violations(chat)).to.deep.equal([]);
    });
  }

  it('the launcher is a button with a name, a popup and a state', async () => {
    const chat = mount(await createScene());
    await chat.updateComplete;
    const launcher = one(chat, '.launcher')!;
    expect(launcher.tagName).to.equal('BUTTON');
    const said = () => [launcher.ariaLabel, launcher.ariaHasPopup, launcher.ariaExpanded];
    expect(said()).to.deep.equal(['Chat', 'dialog', 'false']);
    launcher.click();
    await until(() => one(chat, 'dialog')?.checkVisibility());
    expect(said()).to.deep.equal(['Chat', 'dialog', 'true']);
  });

  it('by keyboard alone: Tab to the launcher, Enter opens, the focus is in the input, Escape brings it back', async () => {
    const scene = await createScene({ messages: [reply('Hi.')] });
    const chat = mount(scene);
    await chat.updateComplete;
    await browser.press('Tab');
    expect(focused()).to.equal(one(chat, '.launcher'));
    await browser.press('Enter');
    await until(() => focused() === input(chat));
    await browser.type('Hello');
    const replied = next(chat, 'postern-reply');
    await browser.press('Enter');
    expect((await replied).detail.text).to.equal('Hi.');
    expect(focused()).to.equal(input(chat));
    await browser.press('Escape');
    await until(() => focused() === one(chat, '.launcher'));
    expect(one(chat, 'dialog')?.checkVisibility()).to.equal(false);
  });

  it('opened by a button of the page, the focus goes back to that button', async () => {
    const button = document.createElement('button');
    button.textContent = 'Help';
    document.body.append(button);
    const chat = mount(await createScene());
    button.focus();
    chat.open();
    await until(() => focused() === input(chat));
    chat.close();
    await until(() => focused() === button);
    button.remove();
  });

  it('wide, the page beside the chat stays usable; on a phone the chat is modal, and the page is inert behind it', async () => {
    const button = document.createElement('button');
    document.body.append(button);
    const chat = await mountOpen(await createScene());
    const dialog = one(chat, 'dialog')!;
    expect(dialog.matches(':modal')).to.equal(false);
    button.focus();
    expect(focused()).to.equal(button);
    await browser.viewport(360, 740);
    await until(() => dialog.matches(':modal'));
    button.focus();
    expect(focused()).not.to.equal(button);
    await settle(chat);
    const { x, y, width, height } = dialog.getBoundingClientRect();
    expect([x, y, width, height]).to.deep.equal([0, 0, 360, 740]);
    chat.close();
    await until(() => !dialog.matches(':modal'));
    button.focus();
    expect(focused()).to.equal(button);
    button.remove();
  });

  it('each reply is announced exactly once, when it is whole, in words; never token by token', async () => {
    const text = 'It **left** today.';
    const same = { steps: [start(), delta('It **le'), { gate: 'go' }, delta('ft** today.'), done(text)] } as const;
    const chat = await mountOpen(await createScene({ messages: [same] }));
    const announcer = one(chat, '.announcer')!;
    expect(announcer.role).to.equal('status');
    const said: string[] = [];
    new MutationObserver((records) => {
      for (const record of records) for (const node of record.addedNodes) said.push(node.textContent ?? '');
    }).observe(announcer, { childList: true, subtree: true, characterData: true });
    for (const round of [1, 2]) {
      const replied = next(chat, 'postern-reply');
      say(chat, 'When?');
      await until(() => texts(chat, '.message.agent .body').at(-1) === 'It le');
      expect(said).to.have.length(round - 1);
      await fetch(`${chat.api}/go/go`, { method: 'POST' });
      await replied;
      await until(() => said.length === round);
    }
    expect(said).to.deep.equal(['It left today.', 'It left today.']);
    expect(one(chat, '.log')?.ariaLive, 'the history itself says nothing').to.equal(null);
    expect(one(chat, '[aria-live], [role=log]')).to.equal(null);
  });

  it('a countdown is not read out: only the sentence is the alert', async () => {
    const limited = problem(429, 'rate_limited', { headers: { 'retry-after': '2' } });
    const chat = await mountOpen(await createScene({ messages: [limited] }));
    say(chat, 'Hi');
    const alert = await until(() => one(chat, '[role=alert]'));
    let changes = 0;
    new MutationObserver(() => changes++).observe(alert, { childList: true, subtree: true, characterData: true });
    await until(() => texts(chat, '[part=retry]')[0] === 'Try again');
    expect(changes).to.equal(0);
    expect(alert.textContent).not.to.match(/\d/);
  });

  it('every control is at least 44 px high and wide', async () => {
    const chat = await mountOpen(await createScene({ messages: [reply(rich), problem(500, 'internal')] }));
    const small = () =>
      all(chat, 'button')
        .filter((button) => button.checkVisibility())
        .map((button) => `${button.part.value} ${Math.round(button.offsetWidth)} × ${Math.round(button.offsetHeight)}`)
        .filter((size) => /\b(?:\d|[123]\d|4[0-3])\b/.test(size));
    await settle(chat);
    expect(small()).to.deep.equal([]);
    for (const name of ['postern-reply', 'postern-error'] as const) {
      const happened = next(chat, name);
      say(chat, 'Hi');
      await happened;
      await settle(chat);
      expect(small()).to.deep.equal([]);
    }
  });

  it('words on the accent reach AA for any accent, and links do on the bubble, light and dark', async () => {
    const chat = await mountOpen(await createScene({ messages: [reply('[a link](https://example.com)')] }));
    const replied = next(chat, 'postern-reply');
    say(chat, 'Hi');
    await replied;
    await settle(chat);
    const accents = [
      '#fff',
      '#000',
      '#808080',
      '#767676',
      '#ff0',
      '#0ff',
      '#f0f',
      '#f00',
      '#0f0',
      '#00f',
      'rebeccapurple',
      'hsl(48 96% 53%)',
      'oklch(0.7 0.2 40)',
      'color(display-p3 1 0.2 0.1)',
      'rgb(0 0 0 / 0.1)',
    ];
    for (let hue = 0; hue < 360; hue += 30)
      for (const light of [20, 45, 60, 85]) accents.push(`hsl(${hue} 80% ${light}%)`);
    for (const theme of ['light', 'dark'] as const) {
      chat.theme = theme;
      await chat.updateComplete;
      for (const accent of accents) {
        chat.style.setProperty('--postern-accent', accent);
        const user = getComputedStyle(one(chat, '.message.user')!);
        expect(contrast(user.color, user.backgroundColor), `words on ${accent}`).to.be.at.least(4.5);
        const launcher = getComputedStyle(one(chat, '.launcher')!);
        expect(contrast(launcher.color, launcher.backgroundColor), `launcher in ${accent}`).to.be.at.least(4.5);
        const bubble = getComputedStyle(all(chat, '.message.agent')[1]!).backgroundColor;
        const link = getComputedStyle(one(chat, 'a')!).color;
        expect(contrast(link, bubble), `link in ${accent}, ${theme}`).to.be.at.least(4.5);
      }
    }
  });

  it('follows the system’s dark mode, and the theme attribute before it', async () => {
    const chat = await mountOpen(await createScene());
    const isDark = () => luminance(getComputedStyle(one(chat, 'dialog')!).backgroundColor) < 0.2;
    expect(isDark()).to.equal(false);
    await browser.media({ colorScheme: 'dark' });
    expect(isDark()).to.equal(true);
    chat.theme = 'light';
    await chat.updateComplete;
    expect(isDark()).to.equal(false);
    await browser.media({ colorScheme: 'light' });
    chat.theme = 'dark';
    await chat.updateComplete;
    expect(isDark()).to.equal(true);
  });

  it('moves nothing for those who asked for less motion', async () => {
    await browser.media({ reducedMotion: 'reduce' });
    const chat = await mountOpen(await createScene({ messages: [{ steps: [start(), { gate: 'never' }] }] }));
    say(chat, 'Hi');
    await until(() => one(chat, '.typing'));
    expect(
      document.getAnimations().length + all(chat, '*').flatMap((element) => element.getAnimations()).length,
    ).to.equal(0);
    await browser.media({ reducedMotion: null });
  });

  it('keeps its edges where the system forces its own colours', async () => {
    const chat = await mountOpen(await createScene());
    const hasEdge = (selector: string) => getComputedStyle(one(chat, selector)!).borderTopStyle === 'solid';
    expect(hasEdge('.message')).to.equal(false);
    await browser.media({ forcedColors: 'active' });
    for (const selector of ['.launcher', 'dialog', '.message', '.icon', '.composer', '.pill']) {
      expect(hasEdge(selector), selector).to.equal(true);
    }
    await browser.media({ forcedColors: 'none' });
  });

  it('on a phone, stays inside what the on-screen keyboard leaves, but not when the visitor zooms in', async () => {
    await browser.viewport(360, 740);
    const chat = await mountOpen(await createScene());
    await settle(chat);
    const viewport = visualViewport!;
    const pretend = (facts: { height: number; offsetTop: number; scale: number }) => {
      for (const [name, value] of Object.entries(facts))
        Object.defineProperty(viewport, name, { configurable: true, value });
      viewport.dispatchEvent(new Event('resize'));
    };
    const place = () => {
      const { top, bottom } = one(chat, 'dialog')!.getBoundingClientRect();
      return [top, bottom];
    };
    pretend({ height: 410, offsetTop: 30, scale: 1 });
    expect(place()).to.deep.equal([30, 440]);
    expect(one(chat, '.composer')!.getBoundingClientRect().bottom).to.be.at.most(440);
    pretend({ height: 370, offsetTop: 10, scale: 2 });
    expect(place()).to.deep.equal([0, 740]);
    for (const name of ['height', 'offsetTop', 'scale']) Reflect.deleteProperty(viewport, name);
  });

  it('is not printed', async () => {
    const chat = await mountOpen(await createScene());
    await browser.media({ media: 'print' });
    expect(one(chat, '.launcher')?.checkVisibility()).to.equal(false);
    expect(one(chat, 'dialog')?.checkVisibility()).to.equal(false);
    await browser.media({ media: 'screen' });
    expect(one(chat, 'dialog')?.checkVisibility()).to.equal(true);
  });

  it('is usable at 320 × 256, which is 400 % zoom: nothing is cut off, everything can be reached', async () => {
    await browser.viewport(320, 256);
    const chat = await mountOpen(await createScene({ messages: [reply(rich)] }));
    const replied = next(chat, 'postern-reply');
    say(chat, 'Hi');
    await replied;
    await settle(chat);
    for (const selector of ['[part=close]', '.composer', '.send', '.log']) {
      const { left, top, right, bottom, height } = one(chat, selector)!.getBoundingClientRect();
      expect(left >= 0 && top >= 0 && right <= 320 && bottom <= 256, selector).to.equal(true);
      expect(height, selector).to.be.greaterThan(40);
    }
    const log = one(chat, '.log')!;
    expect(log.clientHeight, 'the history keeps some room').to.be.greaterThan(100);
    expect(log.scrollWidth, 'no scrolling sideways').to.be.at.most(log.clientWidth);
  });

  it('mirrors everything in a right-to-left language', async () => {
    const scene = await createScene({ agent: [{ json: { ...agent, greeting: 'مرحبًا' } }], messages: [reply('- نعم')] });
    const chat = await mountOpen(scene, { lang: 'ar' });
    say(chat, 'مرحبا');
    await until(() => one(chat, '.message.agent li'));
    await settle(chat);
    const box = (selector: string) => one(chat, selector)!.getBoundingClientRect();
    expect(box('.launcher').left).to.be.lessThan(100);
    expect(box('dialog').left).to.be.lessThan(100);
    expect(box('.avatar').left).to.be.greaterThan(box('[part=close]').left);
    expect(box('.message.user').left).to.be.lessThan(box('.message.agent').left);
    expect(box('.send').left).to.be.lessThan(box('textarea').left);
    expect(getComputedStyle(one(chat, '.message.agent ul')!).direction).to.equal('rtl');
  });
});

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** WCAG's relative luminance of what a screen really shows for a CSS colour. */
function luminance(color: string): number {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d')!;
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const linear = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
}
