/** The other parts of a key's page: its name, its switch, its limits, learning mode, how it is put to use. */
import { expect } from 'chai';
import type { Key } from '../../../server/http/wire.ts';
import type { KeyPart } from '../../../dashboard/pages/key/key-part.ts';
import { KeyGuard } from '../../../dashboard/pages/key/key-guard.ts';
import { KeyNotes } from '../../../dashboard/pages/key/key-notes.ts';
import { KeyOwn } from '../../../dashboard/pages/key/key-own.ts';
import { KeyRename } from '../../../dashboard/pages/key/key-rename.ts';
import { KeySafety } from '../../../dashboard/pages/key/key-safety.ts';
import { KeySettings } from '../../../dashboard/pages/key/key-settings.ts';
import { KeyStatus } from '../../../dashboard/pages/key/key-status.ts';
import { KeyUse } from '../../../dashboard/pages/key/key-use.ts';
import type { ElementClass } from '../../../dashboard/register-elements.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { agent, auditEntry, fromNow, key, listing, now, originUsage } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
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
  seen,
  stopClock,
  submit,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const viewer = 'You are a viewer here.';

/** As the page does: what it tells becomes its key. */
async function open<Part extends KeyPart>(
  tag: string,
  partClass: ElementClass & (new () => Part),
  change: Partial<Part> = {},
): Promise<Part> {
  Object.assign(change, { key: change.key ?? key(), organizationId: 'org_1' });
  const part = await mount<Part>(tag, partClass, change);
  part.addEventListener('key-changed', (event) => (part.key = (event as CustomEvent<Key>).detail));
  return part;
}

const patches = () => server.bodies('PATCH api-keys/*');

describe('<key-rename>', () => {
  const field = 'Name of the key';
  const rename = (change: Partial<KeyRename> = {}) => open('key-rename', KeyRename, change);

  it('opens on the name, selected, so that typing replaces it; Enter saves it', async () => {
    server.answers('PATCH api-keys/*', key({ name: 'Blog', revision: 2 }));
    await rename();
    await press('Rename');
    expect(focus()).to.equal(`textbox “${field}”`);
    await browser.type(' Blog ');
    expect(isUnsaved()).to.equal(true);
    await browser.press('Enter');
    await until(() => toasts.length === 1);
    expect(patches()).to.deep.equal([{ name: 'Blog', revision: 1 }]);
    expect(toasts[0]?.message).to.equal('The key is called “Blog” now.');
    await until(() => focus() === 'button “Rename”');
    expect(isUnsaved()).to.equal(false);
  });

  for (const [name, act] of [
    ['Escape', () => browser.press('Escape')],
    ['Cancel', () => press('Cancel')],
  ] as const) {
    it(`${name} leaves it as it was, and gives the focus back`, async () => {
      await rename();
      await press('Rename');
      await write(field, 'Other');
      get('textbox', field).focus();
      await act();
      await until(() => focus() === 'button “Rename”');
      expect([isUnsaved(), server.sent()]).to.deep.equal([false, []]);
    });
  }

  for (const typed of ['Shop', ' Shop ']) {
    it(`“${typed}” is the name already: nothing is sent`, async () => {
      await rename();
      await press('Rename');
      await write(field, typed);
      expect(isUnsaved()).to.equal(false);
      await press('Save name');
      expect([has('textbox', field), server.sent()]).to.deep.equal([false, []]);
    });
  }

  it('what fails is said beside the field, with what was typed', async () => {
    server.answers('PATCH api-keys/*', offline);
    await rename();
    await press('Rename');
    await write(field, 'Blog');
    await press('Save name');
    expect(alerts().join()).to.contain('The server can not be reached');
    expect([valueOf(field), isUnsaved()]).to.deep.equal(['Blog', true]);
  });

  it('another name that somebody gave meanwhile is not written over unasked', async () => {
    const theirs = key({ name: 'Theirs', revision: 2 });
    server.answers('PATCH api-keys/*', problem('conflict', { current: theirs }), key({ name: 'Blog', revision: 3 }));
    server.answers('GET audit', listing([auditEntry()]));
    await rename();
    await press('Rename');
    await write(field, 'Blog');
    await press('Save name');
    await until(() => has('dialog', 'Changed meanwhile'));
    expect(has('radio', 'Keep “Theirs”')).to.equal(true);
    await choose('radio', 'Use mine: “Blog”');
    await press('Save like this');
    expect(patches()[1]).to.deep.equal({ name: 'Blog', revision: 2 });
  });

  it('one press is one save', async () => {
    const answer = held<Key>();
    server.answers('PATCH api-keys/*', answer.answer);
    await rename();
    await press('Rename');
    await write(field, 'Blog');
    await press('Save name');
    await press('Save name');
    answer.go(key({ name: 'Blog', revision: 2 }));
    await until(() => toasts.length === 1);
    expect(patches()).to.have.length(1);
  });
});

describe('<key-status>', () => {
  const status = (change: Partial<KeyStatus> = {}) => open('key-status', KeyStatus, change);
  const isOn = () => get('switch', 'Shop is enabled').ariaChecked;

  for (const [name, change, words, on] of [
    ['enabled', {}, 'Enabled', 'true'],
    ['disabled', { enabled: false, status: 'disabled' }, 'Disabled', 'false'],
    ['expired', { status: 'expired', expiresAt: '2020-01-01T00:00:00.000Z' }, 'Expired', 'true'],
  ] as readonly (readonly [string, Partial<Key>, string, string])[]) {
    it(`a key that is ${name} says so in words too`, async () => {
      await status({ key: key(change) });
      expect([seen(), isOn()]).to.deep.equal([words, on]);
    });
  }

  it('is switched at once on the screen, before the server has answered; Undo switches it back', async () => {
    const answer = held<Key>();
    const off = key({ enabled: false, status: 'disabled', revision: 2 });
    server.answers('PATCH api-keys/*', answer.answer, key({ revision: 3 }));
    await status();
    get('switch').click();
    await drawn();
    expect([seen(), isOn(), toasts.length]).to.deep.equal(['Disabled', 'false', 0]);
    answer.go(off);
    await until(() => toasts.length === 1);
    expect(toasts[0]?.message).to.equal('“Shop” is disabled. Its requests are refused from now on.');
    await press('Undo');
    expect(patches()).to.deep.equal([
      { enabled: false, revision: 1 },
      { enabled: true, revision: 2 },
    ]);
    expect(seen()).to.equal('Enabled');
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'Not saved. The server can not be reached. Check the connection and try again.'],
    ['403', problem('forbidden', { detail: 'You may only look.' }), 'Not saved. You may only look.'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is as it was again, and it is said`, async () => {
      server.answers('PATCH api-keys/*', trouble);
      await status();
      get('switch').click();
      await until(() => toasts.length === 1);
      await drawn();
      expect([seen(), isOn(), toasts[0]?.kind]).to.deep.equal(['Enabled', 'true', 'problem']);
      expect(toasts[0]?.message).to.contain(words);
    });
  }

  it('a key that is gone is not shown as it was, and the page is told', async () => {
    server.answers('PATCH api-keys/*', problem('not_found'));
    const part = await status();
    const gone = heard(part, 'key-gone');
    get('switch').click();
    await until(() => gone.length === 1);
  });

  it('a viewer’s switch can be reached, says why, and does nothing', async () => {
    await status({ reason: viewer });
    const control = get('switch', `Shop is enabled. ${viewer}`);
    expect(control.ariaDisabled).to.equal('true');
    control.click();
    await drawn();
    expect(server.sent()).to.deep.equal([]);
  });
});

describe('<key-notes>', () => {
  const noted = key({ tags: ['production', 'Shop'], notes: 'Ada asks for it.\nUntil May.' });
  const notes = (change: Partial<KeyNotes> = {}) => open('key-notes', KeyNotes, { key: noted, ...change });

  it('shows what is noted, and sends only what differs', async () => {
    server.answers('PATCH api-keys/*', key({ tags: ['production', 'EU'], notes: noted.notes, revision: 2 }));
    await notes();
    expect([valueOf('Tags'), valueOf('Notes')]).to.deep.equal(['production, Shop', noted.notes]);
    await write('Tags', 'production,Shop,');
    expect([has('button', 'Save'), isUnsaved()]).to.deep.equal([false, false]);
    await write('Tags', ' production , EU ');
    expect(isUnsaved()).to.equal(true);
    await press('Save');
    expect(patches()).to.deep.equal([{ tags: ['production', 'EU'], revision: 1 }]);
    await until(() => toasts.length === 1);
    expect([valueOf('Tags'), isUnsaved()]).to.deep.equal(['production, EU', false]);
    expect(await violations()).to.deep.equal([]);
  });

  it('both are taken away by emptying their fields', async () => {
    server.answers('PATCH api-keys/*', key({ revision: 2 }));
    await notes();
    await write('Tags', ' ');
    await write('Notes', '');
    await press('Save');
    expect(patches()).to.deep.equal([{ tags: [], notes: '', revision: 1 }]);
  });

  it('what the server refuses is said at its field', async () => {
    const problems = [{ path: 'tags.1', message: 'Too big: at most 30 characters.' }];
    server.answers('PATCH api-keys/*', problem('request_invalid', { problems }));
    await notes();
    await write('Tags', 'a, long');
    await press('Save');
    await until(() => alerts().length === 1);
    expect(alerts()[0]).to.contain('at most 30 characters');
    await until(() => focus() === 'textbox “Tags”');
  });

  it('of a viewer can be read and not changed', async () => {
    await notes({ reason: viewer });
    expect(seen()).to.contain(viewer);
    for (const field of document.querySelectorAll<HTMLInputElement>('#key-tags, #key-notes'))
      expect(field.disabled).to.equal(true);
  });
});

describe('<key-own>', () => {
  const own = (change: Partial<KeyOwn> = {}) => open('key-own', KeyOwn, change);
  const noted = key({
    scopes: ['agents:read', 'orders:read', 'orders:write'],
    publishableScopes: ['orders:read'],
    externalId: 'customer-42',
    metadata: { plan: 'pro' },
  });

  it('shows what is noted, and no way to save until something differs', async () => {
    await own({ key: noted });
    expect([valueOf('Scopes of your own'), valueOf('External id')]).to.deep.equal([
      'orders:read orders:write',
      'customer-42',
    ]);
    expect(JSON.parse(valueOf('Metadata'))).to.deep.equal({ plan: 'pro' });
    expect([has('button', 'Save'), isUnsaved()]).to.deep.equal([false, false]);
    await choose('checkbox', 'orders:write');
    expect([has('button', 'Save'), isUnsaved()]).to.deep.equal([true, true]);
    await press('Discard');
    expect([has('button', 'Save'), isUnsaved()]).to.deep.equal([false, false]);
  });

  // Fails when the scopes of ours, which are edited elsewhere, are lost.
  it('sends only what differs; the scopes of ours stay', async () => {
    server.answers('PATCH api-keys/*', key({ ...noted, revision: 2 }));
    await own({ key: noted });
    await write('Scopes of your own', 'orders:read, refunds:write refunds:write');
    await choose('checkbox', 'refunds:write');
    await write('External id', '');
    await write('Metadata', '{"plan": "free", "seats": 5}');
    await press('Save');
    expect(patches()).to.deep.equal([
      {
        scopes: ['agents:read', 'orders:read', 'refunds:write'],
        publishableScopes: ['orders:read', 'refunds:write'],
        externalId: null,
        metadata: { plan: 'free', seats: 5 },
        revision: 1,
      },
    ]);
    await until(() => toasts.length === 1);
    expect(isUnsaved()).to.equal(false);
  });

  for (const [field, text, words] of [
    ['Scopes of your own', 'Orders:Read', /^Orders:Read: A scope has 1 to 64/],
    ['Metadata', '{"plan": ', /^Write a JSON object/],
    ['Metadata', '["pro"]', /^Write a JSON object/],
  ] as const) {
    it(`${field} ${text} is refused at its field before anything is sent`, async () => {
      await own();
      await write(field, text);
      await press('Save');
      expect(alerts()[0]).to.match(words);
      await until(() => focus() === `textbox “${field}”`);
      expect(server.sent()).to.deep.equal([]);
    });
  }

  it('of a viewer can be read and not changed', async () => {
    await own({ key: noted, reason: viewer });
    expect(seen()).to.contain(viewer);
    for (const field of document.querySelectorAll<HTMLInputElement>('#own-scopes, #own-externalId, #own-metadata'))
      expect(field.disabled).to.equal(true);
  });
});

describe('<key-guard>', () => {
  it('offers code for each kind of API, with the organization and a scope of the key’s own in it', async () => {
    await open('key-guard', KeyGuard, { key: key({ scopes: ['agents:read', 'orders:read'] }) });
    const code = () => document.querySelector('pre')!.textContent;
    for (const name of ['Express', 'FastAPI', 'Go', 'PHP']) {
      await choose('radio', name);
      expect(code()).to.contain(location.origin).and.to.contain('orders:read').and.to.contain('POSTERN_CREDENTIAL');
      expect(seen()).to.contain('keys:verify');
    }
    for (const name of ['nginx', 'Caddy']) {
      await choose('radio', name);
      expect(code()).to.contain('/api/v1/authorize?organization=org_1&scope=orders:read');
      expect(seen()).not.to.contain('keys:verify');
    }
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<key-settings>', () => {
  const settings = (change: Partial<KeySettings> = {}) => open('key-settings', KeySettings, change);
  const expiry = () => document.querySelector<HTMLInputElement>('#key-expiry')!;
  const save = () => press('Save limits');

  it('shows no way to save until something differs, and none again when it does not', async () => {
    await settings();
    expect([has('button', 'Save limits'), isUnsaved()]).to.deep.equal([false, false]);
    await choose('checkbox', /^messages:write/);
    expect([has('button', 'Save limits'), isUnsaved()]).to.deep.equal([true, true]);
    await choose('checkbox', /^messages:write/);
    expect([has('button', 'Save limits'), isUnsaved()]).to.deep.equal([false, false]);
  });

  it('sends only what differs, and says that it is saved', async () => {
    server.answers('PATCH api-keys/*', key({ scopes: ['agents:read'], revision: 2 }));
    await settings();
    await choose('checkbox', /^messages:write/);
    await save();
    expect(patches()).to.deep.equal([{ scopes: ['agents:read'], revision: 1 }]);
    await until(() => toasts.length === 1);
    expect([toasts[0]?.message, isUnsaved()]).to.deep.equal(['Limits saved.', false]);
  });

  it('a rate limit is asked for in two numbers', async () => {
    server.answers('PATCH api-keys/*', key({ rateLimit: { requests: 5, windowSeconds: 10 }, revision: 2 }));
    await settings();
    expect(has('spinbutton')).to.equal(false);
    await choose('checkbox', 'Limit all requests of this key together');
    await write('Requests', '5', 'spinbutton');
    await write('in seconds', '10', 'spinbutton');
    await save();
    expect(patches()).to.deep.equal([{ rateLimit: { requests: 5, windowSeconds: 10 }, revision: 1 }]);
  });

  for (const [name, field, value] of [
    ['no request', 'Requests', '0'],
    ['too many', 'Requests', '1000001'],
    ['half a second', 'in seconds', '0.5'],
    ['more than a day', 'in seconds', '86401'],
    ['nothing', 'Requests', ''],
  ] as const) {
    it(`${name} is refused at its field before anything is sent`, async () => {
      await settings({ key: key({ rateLimit: { requests: 5, windowSeconds: 10 } }) });
      await write(field, value, 'spinbutton');
      await save();
      expect(alerts()[0]).to.match(/^A whole number from 1 to /);
      await until(() => focus() === `spinbutton “${field}”`);
      expect(server.sent()).to.deep.equal([]);
    });
  }

  for (const [button, days] of [
    ['In 30 days', 30],
    ['In 90 days', 90],
    ['In 1 year', 365],
  ] as const) {
    it(`“${button}” fills in the time and saves nothing by itself`, async () => {
      stopClock();
      await settings();
      await press(button);
      expect(Date.parse(expiry().value)).to.equal(Date.parse(now) + days * 86_400_000);
      expect(server.sent()).to.deep.equal([]);
    });
  }

  it('“Never” takes the expiry away', async () => {
    server.answers('PATCH api-keys/*', key({ revision: 2 }));
    await settings({ key: key({ expiresAt: '2030-01-01T00:00:00.000Z' }) });
    await press('Never');
    expect(expiry().value).to.equal('');
    await save();
    expect(patches()).to.deep.equal([{ expiresAt: null, revision: 1 }]);
  });

  it('a time that is past is refused, with what to do instead', async () => {
    await settings();
    fill(expiry(), '2020-01-01T00:00');
    await drawn();
    await save();
    expect(alerts()).to.deep.equal(['This time is past. To stop the key now, disable it.']);
    expect(server.sent()).to.deep.equal([]);
  });

  it('Discard shows what is saved', async () => {
    await settings();
    await choose('checkbox', /^keys:manage/);
    await press('Discard');
    expect((get('checkbox', /^keys:manage/) as HTMLInputElement).checked).to.equal(false);
    expect(isUnsaved()).to.equal(false);
  });

  it('somebody else’s change of another field is no part of the draft, and stays', async () => {
    server.answers('PATCH api-keys/*', key({ revision: 3 }));
    const part = await settings();
    await choose('checkbox', /^messages:write/);
    part.key = key({ expiresAt: '2030-01-01T00:00:00.000Z', revision: 2 });
    await drawn();
    await save();
    expect(patches()).to.deep.equal([{ scopes: ['agents:read'], revision: 1 }]);
  });

  for (const [path, field] of [
    ['expiresAt', '#key-expiry'],
    ['scopes', undefined],
    ['rateLimit', undefined],
  ] as const) {
    it(`what the server finds wrong with ${path} is said there, and the draft stays`, async () => {
      const problems = [{ path, message: 'Not like this.' }];
      server.answers('PATCH api-keys/*', problem('request_invalid', { problems }));
      await settings();
      await choose('checkbox', /^messages:write/);
      await save();
      expect(alerts()).to.deep.equal(['Not like this.']);
      expect(isUnsaved()).to.equal(true);
      if (field) await until(() => document.activeElement?.matches(field));
    });
  }

  it('offline: it is said, and saved by the next press', async () => {
    server.answers('PATCH api-keys/*', offline, key({ scopes: ['agents:read'], revision: 2 }));
    await settings();
    await choose('checkbox', /^messages:write/);
    await save();
    expect(alerts().join()).to.contain('The server can not be reached');
    await save();
    await until(() => toasts.length === 1);
    expect([alerts(), isUnsaved()]).to.deep.equal([[], false]);
  });

  it('sends the form once while it is on its way', async () => {
    const answer = held<Key>();
    server.answers('PATCH api-keys/*', answer.answer);
    await settings();
    await choose('checkbox', /^messages:write/);
    await save();
    await submit();
    answer.go(key({ scopes: ['agents:read'], revision: 2 }));
    await until(() => toasts.length === 1);
    expect(patches()).to.have.length(1);
  });

  it('says which scopes a page never has, and what a key without any may do', async () => {
    await settings({ key: key({ scopes: [] }) });
    const names = all('checkbox', /with the secret only/).map(({ computedName }) => computedName.split(' ')[0]);
    expect(names).to.deep.equal(['keys:verify', 'keys:manage', 'usage:read']);
    expect(seen()).to.contain('Without any, it may only read about itself.');
  });

  it('a viewer can change nothing, and reads why', async () => {
    await settings({ reason: viewer });
    expect(seen()).to.contain(viewer);
    expect(all('button')).to.deep.equal([]);
    const controls = [...document.querySelectorAll<HTMLInputElement>('main input')];
    expect(controls.every((control) => control.matches(':disabled'))).to.equal(true);
  });

  it('axe finds nothing in it with every problem', async () => {
    await settings({ key: key({ rateLimit: { requests: 5, windowSeconds: 10 } }) });
    await write('Requests', '0', 'spinbutton');
    fill(expiry(), '2020-01-01T00:00');
    await save();
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<key-safety>', () => {
  const safety = (change: Partial<KeySafety> = {}) => open('key-safety', KeySafety, change);
  const unknown = originUsage('https://new.example', { allowed: false, accepted: 7 });

  it('refuses the secret from browsers at once, with Undo', async () => {
    server.answers('PATCH api-keys/*', key({ refuseSecretInBrowser: true, revision: 2 }), key({ revision: 3 }));
    await safety();
    get('switch', 'Refuse this secret from browsers').click();
    await until(() => toasts.length === 1);
    expect(toasts[0]?.message).to.equal('The secret is refused from browsers now.');
    await press('Undo');
    expect(patches()).to.deep.equal([
      { refuseSecretInBrowser: true, revision: 1 },
      { refuseSecretInBrowser: false, revision: 2 },
    ]);
  });

  for (const [label, lengthMs] of [
    ['1 hour', 3_600_000],
    ['1 day', 86_400_000],
    ['7 days', 7 * 86_400_000],
    ['14 days', 14 * 86_400_000 - 60_000],
  ] as const) {
    it(`learning for ${label} is turned on only after a yes`, async () => {
      stopClock();
      server.answers('PATCH api-keys/*', key({ learningUntil: fromNow(lengthMs), revision: 2 }));
      await safety();
      await press(label);
      expect(has('dialog', `Let every origin in for ${label}?`)).to.equal(true);
      expect(server.sent()).to.deep.equal([]);
      await press('Turn learning mode on');
      expect(patches()).to.deep.equal([{ learningUntil: fromNow(lengthMs), revision: 1 }]);
    });
  }

  it('a no to learning turns nothing on', async () => {
    await safety();
    await press('1 hour');
    await press('Cancel');
    expect(server.sent()).to.deep.equal([]);
  });

  it('while it is on, it is counted down and can be ended; Undo lets it go on', async () => {
    const clock = stopClock();
    const until60 = fromNow(60_000);
    server.answers('PATCH api-keys/*', key({ revision: 2 }), key({ learningUntil: until60, revision: 3 }));
    await safety({ key: key({ learningUntil: until60 }) });
    expect(seen()).to.contain('On for 1 min more.');
    await clock.tickAsync(1_000);
    await drawn();
    expect(seen()).to.contain('On for 59 s more.');
    await press('End it now');
    expect(patches()[0]).to.deep.equal({ learningUntil: null, revision: 1 });
    await press('Undo');
    expect(patches()[1]).to.deep.equal({ learningUntil: until60, revision: 2 });
  });

  it('ends on the screen when its time is over', async () => {
    const clock = stopClock();
    await safety({ key: key({ learningUntil: fromNow(2_000) }) });
    await clock.tickAsync(2_000);
    await drawn();
    expect(has('button', '1 hour')).to.equal(true);
  });

  it('lists what was let in and is not allowed, and allows what is ticked', async () => {
    const origins = [
      unknown,
      originUsage('https://shop.example'),
      originUsage('https://refused.example', { allowed: false, accepted: 0, refused: 3 }),
      originUsage('https://leak.example', { allowed: false, accepted: 2 }),
    ];
    const part = await safety({
      key: key({ secretSeenInBrowser: { at: now, origin: 'https://leak.example' } }),
      seen: origins,
    });
    const wanted = heard<readonly string[]>(part, 'domains-wanted');
    expect(all('checkbox').map(textOf)).to.have.length(1);
    expect((get('button', 'Tick the sites that are yours') as HTMLButtonElement).disabled).to.equal(true);
    await choose('checkbox', /^https:\/\/new\.example 7 requests/);
    await press('Allow 1 domain');
    expect(wanted).to.deep.equal([['new.example']]);
    expect(has('button', 'Tick the sites that are yours')).to.equal(true);
  });

  it('says that nobody unknown came yet while it learns, and nothing when it does not', async () => {
    stopClock();
    const part = await safety({ key: key({ learningUntil: fromNow(60_000) }) });
    expect(seen()).to.contain('No unknown origin came yet.');
    part.key = key();
    await drawn();
    expect(seen()).to.not.contain('No unknown origin');
  });

  it('a viewer sees all of it and can change nothing', async () => {
    await safety({ reason: viewer, seen: [unknown] });
    expect(all('button').filter((button) => !button.closest('ui-switch'))).to.deep.equal([]);
    expect(seen()).to.contain('It is off.');
    expect((get('checkbox') as HTMLInputElement).matches(':disabled')).to.equal(true);
  });

  it('axe finds nothing in it while it learns', async () => {
    await safety({ key: key({ learningUntil: '2040-01-01T00:00:00.000Z' }), seen: [unknown] });
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<key-use>', () => {
  it('has the way into a page, and a command without the secret', async () => {
    server.answers('GET agents', listing([agent()]));
    server.answers('GET api-keys', listing([key()]));
    await open('key-use', KeyUse);
    await until(() => has('button', 'Copy the script tag'));
    expect(document.querySelector('main')!.innerHTML).to.not.match(/sk_/);
    expect(seen()).to.contain('$POSTERN_SECRET_KEY');
  });
});
