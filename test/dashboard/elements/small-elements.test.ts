/** The small parts that many pages use. */
import { expect } from 'chai';
import { html } from 'lit';
import { announce } from '../../../dashboard/components/announce.ts';
import { choice } from '../../../dashboard/components/choice.ts';
import { heldButton } from '../../../dashboard/components/held-button.ts';
import { OrganizationName } from '../../../dashboard/components/organization-name.ts';
import { TimeLeft } from '../../../dashboard/components/time-left.ts';
import { toast } from '../../../dashboard/components/toast.ts';
import type { Switch } from '../../../dashboard/components/switch.ts';
import { Resource } from '../../../dashboard/controllers/resource.ts';
import { registerElements } from '../../../dashboard/register-elements.ts';
import { currentSession, setSession } from '../../../dashboard/session.ts';
import { guardLeaving } from '../../../dashboard/router.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { fromNow, session } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  browser,
  choose,
  connect,
  draw,
  drawn,
  focus,
  get,
  has,
  heard,
  leaving,
  mount,
  press,
  said,
  seen,
  startTestRouter,
  statuses,
  stopClock,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

describe('<ui-switch>', () => {
  async function open(change: Partial<Switch> = {}): Promise<Switch> {
    draw(html`<ui-switch .label=${'Public'}></ui-switch>`);
    const element = Object.assign(document.querySelector<Switch>('ui-switch')!, change);
    await drawn();
    return element;
  }

  it('does not flip by itself: its user decides', async () => {
    const element = await open();
    const wishes = heard<boolean>(element, 'switch-change');
    get('switch', 'Public').click();
    await drawn();
    expect([wishes, get('switch').ariaChecked]).to.deep.equal([[true], 'false']);
    element.checked = true;
    await drawn();
    get('switch').click();
    expect([wishes, get('switch').ariaChecked]).to.deep.equal([[true, false], 'true']);
  });

  for (const keyName of ['Enter', 'Space']) {
    it(`${keyName} is a press`, async () => {
      const wishes = heard<boolean>(await open(), 'switch-change');
      get('switch').focus();
      await browser.press(keyName);
      expect(wishes).to.deep.equal([true]);
    });
  }

  it('that is disabled can be reached, says why, and asks for nothing', async () => {
    const element = await open({ disabled: true, reason: 'Ask an owner.' });
    const wishes = heard(element, 'switch-change');
    const control = get('switch', 'Public. Ask an owner.');
    control.focus();
    expect([focus(), control.ariaDisabled, control.title]).to.deep.equal([
      'switch “Public. Ask an owner.”',
      'true',
      'Ask an owner.',
    ]);
    await browser.press('Space');
    expect(wishes).to.deep.equal([]);
  });

  it('axe finds nothing in it, on, off and disabled', async () => {
    draw(
      html`<ui-switch .label=${'A'}></ui-switch><ui-switch .label=${'B'} .checked=${true}></ui-switch>
        <ui-switch .label=${'C'} .disabled=${true} .reason=${'No.'}></ui-switch>`,
    );
    expect(await violations()).to.deep.equal([]);
  });
});

describe('choice', () => {
  let chosen: string[] = [];
  const options = ['7', '30', '90'].map((value) => ({ value, words: `${value} days` }));
  const open = async (value = '30') => {
    chosen = [];
    draw(html`${choice({ name: 'period', legend: 'Period', options, value, choose: (one) => chosen.push(one) })}`);
    await drawn();
  };

  it('is one group with a name, and shows what counts', async () => {
    await open();
    expect(has('group', 'Period')).to.equal(true);
    expect(all('radio').map((one) => (one as HTMLInputElement).checked)).to.deep.equal([false, true, false]);
    await open('90');
    expect((get('radio', '90 days') as HTMLInputElement).checked).to.equal(true);
  });

  it('tells what is chosen, by a press and by the arrow keys', async () => {
    await open();
    await choose('radio', '7 days');
    expect(chosen).to.deep.equal(['7']);
    get('radio', '7 days').focus();
    await browser.press('ArrowRight');
    expect(chosen).to.deep.equal(['7', '30']);
    expect(focus()).to.equal('radio “30 days”');
  });

  it('axe finds nothing in it', async () => {
    await open();
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<ui-copy-button>', () => {
  const open = async (attributes = html`<ui-copy-button .text=${'pk_1'} what="the key"></ui-copy-button>`) => {
    draw(attributes);
    await drawn();
  };

  it('copies, says so to the eye and to the ear, and is itself again after two seconds', async () => {
    await open();
    const clock = stopClock();
    await press('Copy the key');
    await until(() => has('button', 'Copied the key'));
    expect(await navigator.clipboard.readText()).to.equal('pk_1');
    expect(said).to.deep.equal(['Copied the key.']);
    expect(textOf(get('button'))).to.equal('Copied');
    await clock.tickAsync(1_999);
    expect(has('button', 'Copied the key')).to.equal(true);
    await clock.tickAsync(1);
    await drawn();
    expect(has('button', 'Copy the key')).to.equal(true);
  });

  it('pressed again, it says so again for the whole time', async () => {
    await open();
    const clock = stopClock();
    await press('Copy the key');
    await until(() => has('button', 'Copied the key'));
    await clock.tickAsync(1_500);
    await press('Copied the key');
    await until(() => said.length === 2);
    await clock.tickAsync(1_500);
    await drawn();
    expect(has('button', 'Copied the key')).to.equal(true);
  });

  describe('where the browser has no clipboard', () => {
    let isAllowed = true;
    let copied = '';
    beforeEach(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
      const execCommand = (): boolean => {
        copied = (document.activeElement as HTMLTextAreaElement).value;
        return isAllowed;
      };
      Object.defineProperty(document, 'execCommand', { value: execCommand, configurable: true });
    });
    afterEach(() => {
      Reflect.deleteProperty(navigator, 'clipboard');
      Reflect.deleteProperty(document, 'execCommand');
      isAllowed = true;
    });

    it('copies from a field, which is gone then, and keeps the focus', async () => {
      await open();
      get('button').focus();
      await press('Copy the key');
      await until(() => said.length === 1);
      expect([copied, document.querySelectorAll('textarea').length, focus()]).to.deep.equal([
        'pk_1',
        0,
        'button “Copied the key”',
      ]);
    });

    it('says that it did not copy, and what to do instead', async () => {
      isAllowed = false;
      await open();
      await press('Copy the key');
      await until(() => has('button', 'Not copied the key'));
      expect(said).to.deep.equal(['The browser did not allow copying. Select the text instead.']);
    });
  });

  it('a compact one has its name without words', async () => {
    await open(html`<ui-copy-button compact .text=${'x'} what="the id"></ui-copy-button>`);
    expect([has('button', 'Copy the id'), textOf(get('button'))]).to.deep.equal([true, '']);
  });
});

describe('what is read from the server', () => {
  it('is what was asked for last, also when a reading before it does not stop', async () => {
    const [slow, quick] = [held<string>(), held<string>()];
    const answers = [slow.answer, quick.answer];
    class Reader extends LightElement {
      readonly read = new Resource(this, () => answers.shift()!);
    }
    const { read } = await mount('test-reader', Reader, {});
    void read.load();
    quick.go('new');
    await drawn();
    slow.go('old');
    await drawn();
    expect([read.value, read.isLoading]).to.deep.equal(['new', false]);
  });
});

describe('<ui-toast-region>', () => {
  const shown = () => [...document.querySelectorAll('.toast p')].map((one) => textOf(one));
  const open = async () => {
    draw(html`<p>Page</p>`);
    await drawn();
    return stopClock();
  };
  const show = async (...messages: readonly string[]) => {
    for (const message of messages) toast({ message });
    await drawn();
  };

  it('shows a toast in a region that is read out, for eight seconds', async () => {
    const clock = await open();
    await show('Saved.');
    expect(statuses().join()).to.contain('Saved.');
    await clock.tickAsync(7_999);
    expect(shown()).to.deep.equal(['Saved.']);
    await clock.tickAsync(1);
    await drawn();
    expect(shown()).to.deep.equal([]);
  });

  it('shows three at most, the newest', async () => {
    await open();
    await show('1', '2', '3', '4');
    expect(shown()).to.deep.equal(['2', '3', '4']);
  });

  it('a toast takes the place of the one about the same thing, and of no other', async () => {
    await open();
    toast({ message: 'Off', subject: 'key_1' });
    toast({ message: 'Other', subject: 'key_2' });
    toast({ message: 'None' });
    toast({ message: 'On', subject: 'key_1' });
    await drawn();
    expect(shown()).to.deep.equal(['Other', 'None', 'On']);
  });

  for (const [name, enter, leave] of [
    ['pointer', 'pointerenter', 'pointerleave'],
    ['focus', 'focusin', 'focusout'],
  ] as const) {
    it(`stays while the ${name} is on it, and has its whole time then`, async () => {
      const clock = await open();
      await show('Wait');
      await clock.tickAsync(5_000);
      const region = document.querySelector('.toasts')!;
      region.dispatchEvent(new Event(enter, { bubbles: true }));
      await clock.tickAsync(60_000);
      expect(shown()).to.deep.equal(['Wait']);
      region.dispatchEvent(new Event(leave, { bubbles: true }));
      await clock.tickAsync(7_999);
      expect(shown()).to.deep.equal(['Wait']);
      await clock.tickAsync(1);
      await drawn();
      expect(shown()).to.deep.equal([]);
    });
  }

  it('its action runs once and closes it; the cross closes it alone', async () => {
    await open();
    let runs = 0;
    toast({ message: 'Removed.', action: { label: 'Undo', run: () => (runs += 1) } });
    await show('Other');
    await press('Undo');
    expect([runs, shown()]).to.deep.equal([1, ['Other']]);
    await press('Close');
    expect([runs, shown()]).to.deep.equal([1, []]);
  });

  it('reads out what is announced, the same sentence again too', async () => {
    await open();
    const line = document.querySelector('ui-toast-region > p')!;
    const changes: string[] = [];
    new MutationObserver(() => changes.push(textOf(line))).observe(line, {
      characterData: true,
      childList: true,
      subtree: true,
    });
    announce('Copied.');
    await drawn();
    announce('Copied.');
    await drawn();
    expect(changes.filter(Boolean)).to.deep.equal(['Copied.', 'Copied.']);
  });

  it('draws words as text, and is gone with the page', async () => {
    const clock = await open();
    await show('<b>bold</b>');
    expect(shown()).to.deep.equal(['<b>bold</b>']);
    document.querySelector('ui-toast-region')!.remove();
    toast({ message: 'late' });
    await clock.tickAsync(10_000);
    expect(clock.countTimers()).to.equal(0);
  });

  it('axe finds nothing in it', async () => {
    draw(html`<p>Page</p>`);
    toast({ message: 'Saved.', action: { label: 'Undo', run: () => undefined } });
    toast({ message: 'Failed.', kind: 'problem' });
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<ui-connection-banner>', () => {
  const sentence = 'You are offline. What you see may be old, and changes can not be saved.';
  it('says that the browser is offline for as long as it is, in what is read out', async () => {
    draw(html`<ui-connection-banner></ui-connection-banner>`);
    await drawn();
    expect(seen()).to.equal('');
    connect(false);
    await drawn();
    expect(seen()).to.equal(sentence);
    expect(statuses()).to.include(sentence);
    expect(await violations()).to.deep.equal([]);
    connect(true);
    await drawn();
    expect(seen()).to.equal('');
  });

  it('that comes while the browser is offline says so from its start', async () => {
    connect(false);
    draw(html`<ui-connection-banner></ui-connection-banner>`);
    await drawn();
    expect(seen()).to.equal(sentence);
  });
});

describe('<ui-organization-switcher>', () => {
  const { organizations } = session({
    organizations: [
      { id: 'org_1', name: 'Acme', role: 'owner' },
      { id: 'org_2', name: 'Beta <b>', role: 'viewer' },
    ],
  });
  const open = async (some = organizations, current = some[0]) => {
    startTestRouter();
    draw(
      html`<ui-organization-switcher
        .organizations=${some}
        .current=${current}
        .section=${'usage'}
      ></ui-organization-switcher>`,
    );
    await drawn();
  };

  it('with one organization is its name alone', async () => {
    await open(organizations.slice(0, 1));
    expect([seen(), has('combobox')]).to.deep.equal(['Acme', false]);
  });

  it('is written in the direction of the one that is shown, whichever is the first', async () => {
    const arabic = { id: 'org_3', name: '  (متجر) Shop', role: 'owner' } as const;
    for (const [some, direction] of [
      [[...organizations, arabic], 'ltr'],
      [[arabic, ...organizations], 'rtl'],
      [[{ ...organizations[0]!, name: '24 Shop متجر' }, arabic], 'ltr'],
    ] as const) {
      await open([...some].reverse(), some[0]);
      expect(getComputedStyle(get('combobox', 'Organization')).direction).to.equal(direction);
    }
  });

  it('goes to the same section of another one', async () => {
    await open();
    const select = get('combobox', 'Organization') as HTMLSelectElement;
    expect([...select.options].map(({ text }) => text)).to.deep.equal(['Acme', 'Beta <b>']);
    await choose('combobox', 'Organization', 'org_2');
    expect(visited).to.deep.equal(['/org/org_2/settings/usage']);
  });

  it('shows where one is when unsaved edits keep one there', async () => {
    await open();
    guardLeaving(() => true);
    leaving.answer = false;
    await choose('combobox', 'Organization', 'org_2');
    expect([visited, (get('combobox') as HTMLSelectElement).value]).to.deep.equal([[], 'org_1']);
  });

  it('axe finds nothing in it', async () => {
    await open();
    expect(await violations()).to.deep.equal([]);
  });
});

describe('<ui-account-menu>', () => {
  const open = async () => {
    startTestRouter();
    setSession(session());
    draw(html`<ui-account-menu .email=${'ada@example.com'}></ui-account-menu>`);
    await drawn();
    await press('Account of ada@example.com');
  };

  it('opens and closes by keyboard, with the focus back on its button', async () => {
    await open();
    expect([has('link', 'Account'), has('button', 'Sign out')]).to.deep.equal([true, true]);
    await browser.press('Escape');
    await until(() => !has('link', 'Account'));
  });

  for (const [name, answer] of [
    ['done', undefined],
    ['over already', problem('sign_in_required')],
  ] as readonly (readonly [string, Trouble | undefined])[]) {
    it(`signing out that is ${name} leads to the sign-in`, async () => {
      server.answers('DELETE /api/session', answer);
      await open();
      await press('Sign out');
      await until(() => visited.length === 1);
      expect([visited, currentSession()]).to.deep.equal([['/sign-in'], undefined]);
    });
  }

  it('signing out that fails says that one is still signed in, and stays', async () => {
    server.answers('DELETE /api/session', offline);
    await open();
    await press('Sign out');
    await until(() => toasts.length === 1);
    expect(toasts[0]?.message).to.match(/^You are still signed in\. The server can not be reached/);
    expect([visited, currentSession()?.user.id]).to.deep.equal([[], 'usr_1']);
  });

  it('axe finds nothing in it while it is open', async () => {
    await open();
    expect(await violations()).to.deep.equal([]);
  });
});

describe('times', () => {
  it('“ago” stays true while one looks', async () => {
    const clock = stopClock();
    draw(html`<ui-time .at=${fromNow(-55_000)}></ui-time>`);
    await drawn();
    expect(seen()).to.equal('just now');
    await clock.tickAsync(10_000);
    await drawn();
    expect(seen()).to.equal('1 minute ago');
    expect(document.querySelector('time')!.title).to.match(/2026/);
  });

  it('what is left is counted down each second, and its end is told once', async () => {
    const clock = stopClock();
    registerElements({ 'ui-time-left': TimeLeft });
    draw(html`<ui-time-left .at=${fromNow(3_000)}></ui-time-left>`);
    const overs = heard(document.querySelector('ui-time-left')!, 'time-over');
    await drawn();
    expect(seen()).to.equal('3 s');
    await clock.tickAsync(1_000);
    await drawn();
    expect(seen()).to.equal('2 s');
    await clock.tickAsync(10_000);
    await drawn();
    expect([seen(), overs.length]).to.deep.equal(['no time', 1]);
  });

  it('neither ticks on after it is gone', async () => {
    const clock = stopClock();
    registerElements({ 'ui-time-left': TimeLeft });
    draw(html`<ui-time .at=${fromNow(0)}></ui-time><ui-time-left .at=${fromNow(0)}></ui-time-left>`);
    await drawn();
    draw(html``);
    expect(clock.countTimers()).to.equal(0);
  });
});

it('a button that may not be pressed can be reached, and its reason is its description', async () => {
  draw(html`${heldButton({ id: 'why', words: 'Invite', reason: 'Only an owner may.' })}`);
  await drawn();
  const button = get('button', 'Invite');
  button.focus();
  expect([
    focus(),
    button.ariaDisabled,
    textOf(document.getElementById(button.getAttribute('aria-describedby')!)),
  ]).to.deep.equal(['button “Invite”', 'true', 'Only an owner may.']);
  expect(await violations()).to.deep.equal([]);
});

describe('<ui-organization-name>', () => {
  let named: unknown[];

  async function open(change: Partial<OrganizationName> = {}): Promise<void> {
    named = [];
    const element = await mount('ui-organization-name', OrganizationName, change);
    element.addEventListener('organization-named', (event) => named.push((event as CustomEvent).detail));
    await drawn();
  }

  it('makes a new one by Enter, and is empty again', async () => {
    server.answers('POST /api/organizations', { id: 'org_2', name: 'Acme', role: 'owner' });
    await open();
    await write('Name of a new organization', ' Acme ');
    get('textbox').focus();
    await browser.press('Enter');
    await until(() => named.length === 1);
    await drawn();
    expect(server.bodies('POST /api/organizations')).to.deep.equal([{ name: 'Acme' }]);
    expect([named, valueOf('Name of a new organization')]).to.deep.equal([[{ id: 'org_2', name: 'Acme' }], '']);
    expect(await violations()).to.deep.equal([]);
  });

  it('renames one; without a change nothing is sent', async () => {
    server.answers('PATCH settings', {
      name: 'Acme 2',
      auditReading: false,
      retentionDays: 30,
      contact: null,
      privacyUrl: null,
    });
    await open({ organizationId: 'org_1', name: 'Acme' });
    expect(valueOf('Name')).to.equal('Acme');
    await press('Rename');
    expect(server.sent()).to.deep.equal([]);
    await write('Name', 'Acme 2');
    await press('Rename');
    await until(() => named.length === 1);
    expect(server.bodies('PATCH settings')).to.deep.equal([{ name: 'Acme 2' }]);
    expect(named).to.deep.equal([{ id: 'org_1', name: 'Acme 2' }]);
  });

  it('no name, or one that is refused, is said at the field; what is typed stays', async () => {
    server.answers(
      'PATCH settings',
      problem('request_invalid', { problems: [{ path: 'name', message: 'Not such signs.' }] }),
    );
    await open({ organizationId: 'org_1', name: 'Acme' });
    await write('Name', ' ');
    await press('Rename');
    expect([alerts(), server.sent()]).to.deep.equal([['Write a name.'], []]);
    await write('Name', 'Bad');
    await press('Rename');
    await until(() => alerts().length === 1);
    expect([alerts(), valueOf('Name'), named]).to.deep.equal([['Not such signs.'], 'Bad', []]);
  });

  it('offline: it is said, and what is typed stays', async () => {
    server.answers('POST /api/organizations', offline);
    await open();
    await write('Name of a new organization', 'Acme');
    await press('Make');
    await until(() => alerts().length === 1);
    expect([valueOf('Name of a new organization'), named]).to.deep.equal(['Acme', []]);
  });
});
