/** "Go to": what is found, how the keyboard goes there, and which shortcut opens it. */
import { expect } from 'chai';
import { PaletteButton } from '../../../dashboard/components/palette-button.ts';
import type { Role } from '../../../server/http/wire.ts';
import { agent, key, listing } from './samples.ts';
import { held, offline, server } from './server.ts';
import {
  all,
  drawn,
  fill,
  focus,
  get,
  has,
  mount,
  press,
  seen,
  startTestRouter,
  statuses,
  textOf,
  until,
  violations,
  visited,
} from './stage.ts';

const acme = { id: 'org_1', name: 'Acme', role: 'owner' as Role };
const other = { id: 'org_2', name: 'Bakery', role: 'viewer' as Role };

const goals = () => [...document.querySelectorAll('[role=option]')].map(textOf);
const chosen = () => textOf(document.querySelector('[role=option][aria-selected=true]'));
const field = () => get('combobox', 'Page, key, agent or action') as HTMLInputElement;
const isOpen = () => document.querySelector('dialog[open]') !== null;

function hit(name: string, change: KeyboardEventInit = {}, target: EventTarget = document.body): boolean {
  return target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...change }));
}

async function mountButton(change: Partial<PaletteButton> = {}): Promise<void> {
  startTestRouter();
  await mount('ui-palette-button', PaletteButton, {
    organizations: [acme, other],
    current: acme,
    isMac: false,
    ...change,
  });
}

async function open(change: Partial<PaletteButton> = {}): Promise<void> {
  await mountButton(change);
  await press(/^Go to/);
  await until(isOpen);
  await drawn();
}

async function type(words: string): Promise<void> {
  fill(field(), words);
  await drawn();
}

describe('the palette', () => {
  it('has every page, what can be made, and the other organizations; the focus is in its field', async () => {
    await open();
    for (const words of [
      'API Keys',
      'Audit log',
      'Account',
      'Create API Key',
      'Create agent',
      'Invite a member',
      'Bakery',
    ])
      expect(goals()).to.include(words);
    expect(goals()).not.to.include('Acme');
    expect(focus()).to.contain('combobox');
    expect(await violations()).to.deep.equal([]);
  });

  it('a viewer is offered nothing to make', async () => {
    await open({ current: { ...acme, role: 'viewer' } });
    expect(goals().filter((words) => /create|invite/i.test(words))).to.deep.equal([]);
  });

  it('finds keys on the server and agents by name', async () => {
    server.answers('GET api-keys', {
      data: [key({ id: 'key_7', name: 'Shop' })],
      nextCursor: null,
      total: 1,
      tags: [],
    });
    server.answers('GET agents', listing([agent({ name: 'Shop help' }), agent({ id: 'agt_2', name: 'Other' })]));
    await open();
    await type('shop');
    await until(() => goals().length > 0);
    expect(goals()).to.deep.equal(['Shop', 'Shop help']);
    expect(server.sent('GET api-keys').at(-1)?.query).to.deep.equal({ limit: '6', q: 'shop' });
    expect(statuses()).to.include('2 found.');
  });

  it('Enter goes to nothing that other words found', async () => {
    const found = { data: [key({ id: 'key_7', name: 'Shop' })], nextCursor: null, total: 1, tags: [] };
    const late = held<typeof found>();
    server.answers('GET api-keys', found, late.answer);
    server.answers('GET agents', listing([]));
    await open();
    await type('shop');
    await until(() => goals().length > 0);
    await type('blog');
    expect(goals()).to.deep.equal([]);
    hit('Enter', {}, field());
    await drawn();
    expect([visited, isOpen()]).to.deep.equal([[], true]);
    late.go({ ...found, data: [key({ id: 'key_8', name: 'Blog' })] });
    await until(() => goals().includes('Blog'));
  });

  it('the arrows choose, round and round, and Enter goes there', async () => {
    await open();
    const first = chosen();
    hit('ArrowUp', {}, field());
    await drawn();
    expect(chosen()).to.equal('Bakery');
    hit('ArrowDown', {}, field());
    await drawn();
    expect(chosen()).to.equal(first);
    hit('ArrowDown', {}, field());
    await drawn();
    expect(field().getAttribute('aria-activedescendant')).to.equal(
      document.querySelector('[role=option][aria-selected=true]')?.id,
    );
    hit('Enter', {}, field());
    await until(() => !isOpen());
    expect(visited).to.deep.equal(['/org/org_1/settings/usage']);
  });

  it('says when nothing is called so, and when keys could not be searched', async () => {
    server.answers('GET api-keys', offline);
    server.answers('GET agents', offline);
    await open();
    await type('zzz');
    expect(goals()).to.deep.equal([]);
    await until(() => seen().includes('Keys and agents could not be searched.'));
    expect(seen()).to.contain('Nothing is called like that.');
  });

  for (const [isMac, own, foreign] of [
    [false, { ctrlKey: true }, { metaKey: true }],
    [true, { metaKey: true }, { ctrlKey: true }],
  ] as const) {
    it(`opens with ${isMac ? 'Meta' : 'Ctrl'}+K alone, and names it`, async () => {
      await mountButton({ isMac });
      expect(await violations()).to.deep.equal([]);
      expect(textOf(document.querySelector('kbd'))).to.equal(isMac ? '\u2318K' : 'Ctrl K');
      expect(hit('k', foreign)).to.equal(true);
      expect(hit('k', { ...own, shiftKey: true })).to.equal(true);
      expect(hit('k')).to.equal(true);
      expect(hit('k', own)).to.equal(false);
      await until(isOpen);
      expect(has('dialog', 'Go to')).to.equal(true);
      // Over a dialog it is the browser's.
      expect(hit('k', own)).to.equal(true);
      expect(all('dialog')).to.have.length(1);
    });
  }

  it('leaves the shortcut to a text that is edited with links', async () => {
    await mountButton();
    const text = document.body.appendChild(document.createElement('div'));
    text.contentEditable = 'true';
    expect(hit('k', { ctrlKey: true }, text)).to.equal(true);
    text.remove();
    expect(isOpen()).to.equal(false);
  });
});
