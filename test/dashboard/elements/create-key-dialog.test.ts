/** The form for a new key. */
import { expect } from 'chai';
import { CreateKeyDialog } from '../../../dashboard/components/create-key-dialog.ts';
import type { CreatedKey } from '../../../server/http/wire.ts';
import { key, secretKey } from './samples.ts';
import { badGateway, held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  browser,
  choose,
  drawn,
  fill,
  focus,
  get,
  has,
  heard,
  mount,
  press,
  stopClock,
  textOf,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const created: CreatedKey = { key: key(), secretKey, warnings: [] };
const domains = /^Allowed domains/;
const expiry = () => document.querySelector<HTMLInputElement>('#key-expiry')!;
const hint = () => textOf(document.querySelector('#key-domains-hint'));

async function open(): Promise<CreateKeyDialog> {
  const dialog = await mount('ui-create-key-dialog', CreateKeyDialog, { open: true, organizationId: 'org_1' });
  await drawn();
  return dialog;
}

/** What is said of the budget. */
const bound = () => textOf(document.querySelector('.bound p'));

/** Both budgets have such fields; the first is that of all browsers. */
async function spend(credits: string, per = 'day'): Promise<void> {
  fill(document.querySelector<HTMLInputElement>('#budget-credits')!, credits);
  await drawn();
  const select = document.querySelector<HTMLSelectElement>('#budget-per')!;
  select.value = per;
  select.dispatchEvent(new Event('change', { bubbles: true }));
  await drawn();
}

type Folded = 'Tags and notes' | 'For your own API';

const folded = (name: Folded) =>
  [...document.querySelectorAll<HTMLDetailsElement>('ui-create-key-dialog details')].find(
    (details) => textOf(details.querySelector('summary')) === name,
  )!;
const isUnfolded = (name: Folded = 'For your own API') => folded(name).open;

async function unfold(name: Folded = 'For your own API'): Promise<void> {
  folded(name).querySelector('summary')!.click();
  await drawn();
}

async function reopen(dialog: CreateKeyDialog): Promise<void> {
  dialog.open = false;
  await drawn();
  dialog.open = true;
  await drawn();
}

describe('<ui-create-key-dialog>', () => {
  it('begins in the name, empty and without a word of blame', async () => {
    await open();
    expect(focus()).to.equal('textbox “Name”');
    expect([alerts(), valueOf('Name'), valueOf(domains), expiry().value]).to.deep.equal([[], '', '', '']);
  });

  it('sends what was typed, by keyboard alone, and tells of the key', async () => {
    server.answers('POST api-keys', created);
    const dialog = await open();
    const made = heard<CreatedKey>(dialog, 'key-created');
    await browser.type('  Shop ');
    await browser.press('Tab');
    await browser.type('Shop.example, *.shop.example');
    await browser.press('Shift+Tab');
    await browser.press('Enter');
    await until(() => made.length === 1);
    expect(server.bodies('POST api-keys')).to.deep.equal([
      { name: 'Shop', allowedDomains: ['shop.example', '*.shop.example'] },
    ]);
    expect(made[0]?.secretKey).to.equal(secretKey);
  });

  it('a day is sent as the end of that day by the person’s own clock', async () => {
    server.answers('POST api-keys', created);
    await open();
    await write('Name', 'Shop');
    fill(expiry(), '2030-05-06');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([
      { name: 'Shop', allowedDomains: [], expiresAt: new Date(2030, 4, 6, 23, 59, 59, 999).toISOString() },
    ]);
  });

  it('says what browsers can spend at most, and sends nothing of it when it is left alone', async () => {
    server.answers('POST api-keys', created);
    await open();
    expect(bound()).to.equal(
      'Browsers can spend at most 500 credits a day with this key. Each visitor can spend at most 200 credits a day.',
    );
    expect([get('button', 'Change the budget').ariaExpanded, has('spinbutton')]).to.deep.equal(['false', false]);
    await write('Name', 'Shop');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([{ name: 'Shop', allowedDomains: [] }]);
  });

  it('another budget is said as it is typed, sent, and forgotten for the next key', async () => {
    server.answers('POST api-keys', created);
    const dialog = await open();
    await write('Name', 'Shop');
    await press('Change the budget');
    await spend('1000', 'hour');
    expect(bound()).to.contain('Browsers can spend at most 1,000 credits an hour with this key.');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([
      { name: 'Shop', allowedDomains: [], budget: { credits: 1_000, per: 'hour' } },
    ]);
    await reopen(dialog);
    expect([bound().includes('at most 500 credits a day'), has('spinbutton')]).to.deep.equal([true, false]);
  });

  it('without a budget it says what that means, and sends that there is none', async () => {
    server.answers('POST api-keys', created);
    await open();
    await write('Name', 'Shop');
    await press('Change the budget');
    await choose('checkbox', 'Bound what browsers can spend with this key');
    expect(bound()).to.contain('Browsers can spend every credit with this key, but for those that are kept back');
    expect(textOf(document.querySelector('#new-key-budget'))).to.contain(
      'somebody who copies the public key can spend every credit',
    );
    await choose('checkbox', 'Bound what one visitor can spend');
    expect(bound()).to.not.contain('visitor');
    expect(await violations()).to.deep.equal([]);
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([
      { name: 'Shop', allowedDomains: [], budget: null, visitorBudget: null },
    ]);
  });

  it('a budget that is none is not sent; it is said at its field, which has the focus, also when folded away', async () => {
    await open();
    await write('Name', 'Shop');
    await press('Change the budget');
    await spend('0');
    expect(bound()).to.equal('');
    await press('Change the budget');
    await press('Create key');
    await until(() => focus() === 'spinbutton “Credits at most”');
    expect(alerts()).to.deep.equal(['A whole number from 1 to 1,000,000,000.']);
    expect([server.sent(), await violations()]).to.deep.equal([[], []]);
  });

  it('what is for an API of one’s own is folded away, and sends nothing when it is left alone', async () => {
    server.answers('POST api-keys', created);
    await open();
    expect([isUnfolded(), has('textbox', 'Scopes of your own'), has('textbox', 'Metadata')]).to.deep.equal([
      false,
      false,
      false,
    ]);
    await unfold();
    expect([isUnfolded(), has('textbox', 'Scopes of your own'), has('textbox', 'Metadata')]).to.deep.equal([
      true,
      true,
      true,
    ]);
    await write('Name', 'Shop');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([{ name: 'Shop', allowedDomains: [] }]);
  });

  // Fails when the scopes of the chat, which a new key has by itself, are lost.
  it('scopes of one’s own, those of pages, external id and metadata are sent, and are empty for the next key', async () => {
    server.answers('POST api-keys', created);
    const dialog = await open();
    await write('Name', 'Shop');
    await unfold();
    await write('Scopes of your own', 'orders:read, refunds:write');
    await choose('checkbox', 'orders:read');
    await write('External id', ' customer-42 ');
    await write('Metadata', '{"plan": "pro", "seats": 5}');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([
      {
        name: 'Shop',
        allowedDomains: [],
        scopes: ['agents:read', 'messages:write', 'orders:read', 'refunds:write'],
        publishableScopes: ['orders:read'],
        externalId: 'customer-42',
        metadata: { plan: 'pro', seats: 5 },
      },
    ]);
    await reopen(dialog);
    expect(isUnfolded()).to.equal(false);
    await unfold();
    expect([valueOf('Scopes of your own'), valueOf('External id'), valueOf('Metadata')]).to.deep.equal(['', '', '']);
    expect(has('checkbox', 'orders:read')).to.equal(false);
  });

  it('tags and notes are folded away, sent as they were typed, and not at all when they are left alone', async () => {
    server.answers('POST api-keys', created);
    await open();
    expect([isUnfolded('Tags and notes'), has('textbox', 'Tags'), has('textbox', 'Notes')]).to.deep.equal([
      false,
      false,
      false,
    ]);
    await write('Name', 'Shop');
    await press('Create key');
    await unfold('Tags and notes');
    await write('Name', 'Blog');
    await write('Tags', ' production, ,eu ');
    await write('Notes', ' For Ada, until June. ');
    await press('Create key');
    expect(server.bodies('POST api-keys')).to.deep.equal([
      { name: 'Shop', allowedDomains: [] },
      { name: 'Blog', allowedDomains: [], tags: ['production', 'eu'], notes: 'For Ada, until June.' },
    ]);
    expect(isUnfolded('Tags and notes')).to.equal(false);
  });

  it('what the server says of a tag unfolds it, and has the focus; what was typed stays', async () => {
    const problems = [{ path: 'tags.0', message: 'Too long.' }];
    server.answers('POST api-keys', problem('request_invalid', { problems }));
    const dialog = await open();
    await write('Name', 'Shop');
    await unfold('Tags and notes');
    await write('Tags', 'x'.repeat(60));
    await unfold('Tags and notes');
    await press('Create key');
    await until(() => isUnfolded('Tags and notes'));
    await until(() => focus() === 'textbox “Tags”');
    await reopen(dialog);
    expect([isUnfolded('Tags and notes'), valueOf('Tags')]).to.deep.equal([true, 'x'.repeat(60)]);
  });

  it('what was typed for an API of one’s own stays, unfolded, when it is closed and opened again', async () => {
    const dialog = await open();
    await unfold();
    await write('Scopes of your own', 'orders:read');
    await reopen(dialog);
    expect([isUnfolded(), valueOf('Scopes of your own')]).to.deep.equal([true, 'orders:read']);
  });

  for (const [name, typed, said] of [
    ['Scopes of your own', 'orders:read Orders', 'Orders: A scope has 1 to 64'],
    ['Metadata', '{"plan": ', 'Write a JSON object'],
    ['Metadata', '["pro"]', 'Write a JSON object'],
  ] as const) {
    it(`“${typed}” as ${name} is not sent: it is said at the field, also when it was folded away again`, async () => {
      await open();
      await write('Name', 'Shop');
      await unfold();
      await write(name, typed);
      await unfold();
      expect(isUnfolded()).to.equal(false);
      await press('Create key');
      await until(() => focus() === `textbox “${name}”`);
      expect([isUnfolded(), alerts().length, server.sent()]).to.deep.equal([true, 1, []]);
      expect(alerts()[0]).to.contain(said);
      expect(get('textbox', name).ariaInvalid).to.equal('true');
      await write(name, '');
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('a day that is over can not be chosen', async () => {
    stopClock('2026-11-24T12:00:00.000Z');
    await open();
    expect(expiry().min).to.equal('2026-11-24');
  });

  it('after a key was made, the next one begins empty', async () => {
    server.answers('POST api-keys', created);
    const dialog = await open();
    await write('Name', 'Shop');
    await write(domains, 'shop.example');
    fill(expiry(), '2030-05-06');
    await press('Create key');
    await reopen(dialog);
    expect([valueOf('Name'), valueOf(domains), expiry().value]).to.deep.equal(['', '', '']);
    expect(hint()).to.contain('Without any it works only with its secret');
  });

  it('what was typed stays when it is closed and opened again', async () => {
    const dialog = await open();
    const closes = heard(dialog, 'dialog-close');
    await write('Name', 'Half');
    await write(domains, 'half.ex');
    await press('Cancel');
    expect(closes).to.have.length(1);
    await reopen(dialog);
    expect([valueOf('Name'), valueOf(domains)]).to.deep.equal(['Half', 'half.ex']);
  });

  for (const name of ['', '   ']) {
    it(`a name of “${name}” is asked for, and nothing is sent`, async () => {
      await open();
      await write('Name', name);
      await press('Create key');
      expect(alerts()).to.deep.equal(['Give the key a name.']);
      await until(() => focus() === 'textbox “Name”');
      expect(get('textbox', 'Name').ariaInvalid).to.equal('true');
      expect(server.sent()).to.deep.equal([]);
      await write('Name', 'x');
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('the blame of one try is gone when it is opened again', async () => {
    server.answers('POST api-keys', problem('store_unavailable'));
    const dialog = await open();
    await press('Create key');
    await write('Name', 'Shop');
    await press('Create key');
    expect(alerts()).to.have.length(1);
    await reopen(dialog);
    expect(alerts()).to.deep.equal([]);
  });

  describe('says what the domains mean', () => {
    for (const [typed, said] of [
      ['shop.example', /^Admits shop\.example; http and https; any port\./],
      ['a.example, *.shop.example', /^Admits every name below shop\.example/],
      ['localhost', /^Admits localhost/],
    ] as const) {
      it(`“${typed}”, a moment after the last letter and not before`, async () => {
        const clock = stopClock();
        await open();
        await write(domains, typed);
        expect(hint()).to.contain('The sites whose pages may use it');
        await clock.tickAsync(299);
        expect(hint()).to.contain('The sites whose pages may use it');
        await clock.tickAsync(1);
        await drawn();
        expect(hint()).to.match(said);
        expect(alerts()).to.deep.equal([]);
      });
    }

    it('at once when the field is left', async () => {
      stopClock();
      await open();
      get('textbox', domains).focus();
      await write(domains, 'shop.example');
      get('textbox', 'Name').focus();
      await drawn();
      expect(hint()).to.match(/^Admits shop\.example/);
    });

    it('an entry that is wrong is an error at the field, with a way out that mends it', async () => {
      stopClock();
      await open();
      get('textbox', domains).focus();
      await write(domains, 'https://shop.example/cart');
      get('textbox', 'Name').focus();
      await drawn();
      expect(get('textbox', domains).ariaInvalid).to.equal('true');
      expect(alerts()).to.have.length(1);
      await press('Use https://shop.example');
      expect(valueOf(domains)).to.equal('https://shop.example');
      expect(focus()).to.match(/^textbox “Allowed domains/);
      expect(alerts()).to.deep.equal([]);
      expect(hint()).to.match(/^Admits shop\.example; https;/);
    });

    it('a hint is read out, and the error is part of the field’s description', async () => {
      await open();
      await write(domains, '*.com');
      await press('Create key');
      const describedBy = get('textbox', domains).getAttribute('aria-describedby');
      expect(describedBy).to.equal('key-domains-error key-domains-hint');
      expect(document.querySelector('#key-domains-hint [aria-live=polite]')).to.not.equal(null);
    });
  });

  for (const typed of ['*', '*.com', 'shop.example, *.github.io', 'shop.example/cart']) {
    it(`“${typed}” is not sent: it is said why, and the focus is there`, async () => {
      await open();
      await write('Name', 'Shop');
      await write(domains, typed);
      await press('Create key');
      expect(alerts()).to.have.length(1);
      await until(() => focus().startsWith('textbox “Allowed domains'));
      expect(server.sent()).to.deep.equal([]);
      expect(valueOf(domains)).to.equal(typed);
    });
  }

  it('a hint that is on its way does not move the buttons while one is pressed', async () => {
    const clock = stopClock();
    await open();
    get('textbox', domains).focus();
    await write(domains, '“shop.example”');
    const down = new MouseEvent('mousedown', { bubbles: true, cancelable: true });
    get('button', 'Create key').dispatchEvent(down);
    await clock.tickAsync(1_000);
    await drawn();
    expect(hint()).to.contain('The sites whose pages may use it');
    expect(down.defaultPrevented, 'the field keeps the focus').to.equal(true);
  });

  describe('while it is sent', () => {
    it('one press sends one key, and nothing closes it', async () => {
      const answer = held<CreatedKey>();
      server.answers('POST api-keys', answer.answer);
      const dialog = await open();
      const closes = heard(dialog, 'dialog-close');
      await write('Name', 'Shop');
      await press('Create key');
      await press('Create key');
      await browser.press('Escape');
      expect(server.bodies('POST api-keys')).to.have.length(1);
      expect([closes.length, has('button', 'Close')]).to.deep.equal([0, false]);
      expect(get('button', 'Create key').ariaBusy).to.equal('true');
      answer.go(created);
      await until(() => get('button', 'Create key').ariaBusy === 'false');
    });
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached. Check the connection and try again.'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
    ['503 that says when', problem('server_busy', { retryAfterSeconds: 5 }), 'Try again in 5 seconds.'],
    ['403', problem('forbidden', { detail: 'Members make keys.' }), 'Members make keys.'],
    ['an answer of a proxy', badGateway, 'an answer that this page does not understand (502)'],
    ['a fault of the server', problem('internal'), 'Request req_1'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: is said, everything typed stays, and the next press sends it again`, async () => {
      server.answers('POST api-keys', trouble, created);
      const dialog = await open();
      const made = heard(dialog, 'key-created');
      await write('Name', 'Shop');
      await write(domains, 'shop.example');
      await press('Create key');
      expect(alerts().join(' ')).to.contain(words);
      expect([valueOf('Name'), valueOf(domains)]).to.deep.equal(['Shop', 'shop.example']);
      expect(made).to.deep.equal([]);
      await press('Create key');
      expect(made).to.have.length(1);
      expect(server.bodies('POST api-keys')[1]).to.deep.equal({ name: 'Shop', allowedDomains: ['shop.example'] });
    });
  }

  for (const [path, field] of [
    ['name', '#key-name'],
    ['allowedDomains.0', '#key-domains'],
    ['expiresAt', '#key-expiry'],
    ['budget.credits', '#budget-credits'],
    ['visitorBudget', '#visitorBudget-credits'],
    ['scopes.2', '#own-scopes'],
    ['externalId', '#own-externalId'],
    ['metadata.plan', '#own-metadata'],
  ] as const) {
    it(`what the server finds wrong with ${path} stands at that field, which has the focus`, async () => {
      server.answers('POST api-keys', problem('request_invalid', { problems: [{ path, message: 'Not like this.' }] }));
      await open();
      await write('Name', 'Shop');
      await press('Create key');
      expect(alerts()).to.deep.equal(['Not like this.']);
      await until(() => document.activeElement?.matches(field));
      expect(document.querySelector(`${field}-error`)!.textContent).to.equal('Not like this.');
    });
  }

  it('what the server finds wrong and stands at no field is said above the buttons', async () => {
    const problems = [{ path: 'rateLimit', message: 'No such limit.' }];
    server.answers('POST api-keys', problem('request_invalid', { detail: 'Look at the fields.', problems }));
    await open();
    await write('Name', 'Shop');
    await press('Create key');
    expect(document.querySelector('.failure')).to.not.equal(null);
  });

  it('an ended session asks to sign in, and the key is made then: nothing is typed twice', async () => {
    server.answers('POST api-keys', problem('sign_in_required'), created);
    const { whenSessionEnds } = await import('../../../dashboard/api.ts');
    whenSessionEnds(() => Promise.resolve(true));
    const dialog = await open();
    const made = heard(dialog, 'key-created');
    await write('Name', 'Shop');
    await press('Create key');
    await until(() => made.length === 1);
    expect(server.bodies('POST api-keys')).to.deep.equal(Array(2).fill({ name: 'Shop', allowedDomains: [] }));
    whenSessionEnds(() => Promise.resolve(false));
  });

  for (const [name, act] of [
    ['empty', () => drawn()],
    ['with every error', () => write(domains, '*.com').then(() => press('Create key'))],
    ['with notes', () => unfold('Tags and notes').then(() => write('Tags', 'production'))],
    ['unfolded', () => unfold().then(() => write('Scopes of your own', 'orders:read'))],
    ['with a hint and offers', () => write(domains, '*.shop.example').then(() => get('textbox', 'Name').focus())],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      await open();
      get('textbox', domains).focus();
      await act();
      expect(await violations()).to.deep.equal([]);
    });
  }
});
