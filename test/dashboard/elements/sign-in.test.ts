/** The sign-in page, and the dialog that asks again when a session has ended. */
import { expect } from 'chai';
import type { Session } from '../../../server/http/wire.ts';
import { changeKey, listKeys, whenSessionEnds } from '../../../dashboard/api.ts';
import { SessionDialog } from '../../../dashboard/components/session-dialog.ts';
import { ForgottenPage } from '../../../dashboard/pages/forgotten.ts';
import { SignInPage } from '../../../dashboard/pages/sign-in.ts';
import { currentSession, setSession } from '../../../dashboard/session.ts';
import { keepTypedEmail } from '../../../dashboard/typed-email.ts';
import { key, listing, session } from './samples.ts';
import { badGateway, held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  browser,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  seen,
  startTestRouter,
  textOf,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

const wrong = problem('sign_in_required', { detail: 'The e-mail or the password is wrong.' });

async function open(query = ''): Promise<SignInPage> {
  startTestRouter();
  setSession(undefined);
  keepTypedEmail('');
  server.answers('GET /api/setup', { isSetUp: true, isMailOn: false });
  const page = await mount('page-sign-in', SignInPage, { query: new URLSearchParams(query) });
  await drawn();
  return page;
}

async function fillIn(email = 'ada@example.com', password = 'correct horse'): Promise<void> {
  await write('E-mail', email);
  await write('Password', password);
}

describe('the sign-in page', () => {
  it('signs in with what is typed, by keyboard alone, and goes to the keys', async () => {
    server.answers('POST /api/session', session());
    await open();
    get('textbox', 'E-mail').focus();
    await browser.type(' ada@example.com ');
    await browser.press('Tab');
    await browser.type('correct horse ');
    await browser.press('Enter');
    await until(() => visited.length === 1);
    expect(server.bodies('POST /api/session')).to.deep.equal([
      { email: 'ada@example.com', password: 'correct horse ' },
    ]);
    expect(visited).to.deep.equal(['/']);
    expect(currentSession()?.user.email).to.equal('ada@example.com');
  });

  for (const [next, path] of [
    ['/org/org_1/settings/usage?x=1#days-heading', '/org/org_1/settings/usage?x=1#days-heading'],
    ['/account', '/account'],
    ['https://evil.example/', '/'],
    ['//evil.example/account', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/api/session', '/'],
    ['/sign-in?next=/account', '/'],
    ['/setup#token=abc', '/'],
  ] as const) {
    it(`next=${next} leads to ${path}`, async () => {
      server.answers('POST /api/session', session());
      await open(`next=${encodeURIComponent(next)}`);
      await fillIn();
      await press('Sign in');
      await until(() => visited.length === 1);
      expect(visited).to.deep.equal([path]);
    });
  }

  it('says why one is here when another page was wanted', async () => {
    await open('next=/account');
    expect(seen()).to.contain('Sign in to go on to the page that you opened.');
  });

  for (const [email, password, sentence, field] of [
    ['', 'x', 'Write your e-mail address.', 'E-mail'],
    ['  ', 'x', 'Write your e-mail address.', 'E-mail'],
    ['ada@example.com', '', 'Write your password.', 'Password'],
  ] as const) {
    it(`“${email}” with “${password}”: “${sentence}”, and nothing is sent`, async () => {
      await open();
      await fillIn(email, password);
      await press('Sign in');
      expect(alerts()).to.deep.equal([sentence]);
      expect(focus()).to.equal(`textbox “${field}”`);
      expect(server.sent('POST /api/session')).to.deep.equal([]);
    });
  }

  it('a wrong e-mail and a wrong password look the same; both stay, the password has the focus, and one tries again', async () => {
    server.answers('POST /api/session', wrong, session());
    await open();
    await fillIn('ada@example.com', 'wrong');
    await press('Sign in');
    expect(alerts()).to.deep.equal(['The e-mail or the password is wrong.']);
    expect(focus()).to.equal('textbox “Password”');
    expect([valueOf('E-mail'), valueOf('Password')]).to.deep.equal(['ada@example.com', 'wrong']);
    await write('Password', 'right');
    await press('Sign in');
    await until(() => visited.length === 1);
    expect(alerts()).to.deep.equal([]);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['too many tries', problem('rate_limited', { retryAfterSeconds: 300 }), 'Try again in 5 minutes.'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
    ['a proxy’s answer', badGateway, '(502)'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name} is no wrong password: it is said, and all stays`, async () => {
      server.answers('POST /api/session', trouble);
      await open();
      await fillIn();
      await press('Sign in');
      expect(alerts()).to.have.length(1);
      expect(alerts()[0]).to.contain(words);
      expect(seen()).to.not.contain('is wrong');
      expect(valueOf('Password')).to.equal('correct horse');
    });
  }

  it('pressed twice, one try is sent', async () => {
    const answer = held<Session>();
    server.answers('POST /api/session', answer.answer);
    await open();
    await fillIn();
    await press('Sign in');
    await press('Sign in');
    expect(get('button', 'Sign in').ariaBusy).to.equal('true');
    answer.go(session());
    await until(() => visited.length === 1);
    expect(server.sent('POST /api/session')).to.have.length(1);
  });

  it('who is signed in already is led on', async () => {
    await open();
    setSession(session());
    await mount('page-sign-in', SignInPage, { query: new URLSearchParams('next=/account') });
    await until(() => visited.length === 1);
    expect(visited).to.deep.equal(['/account']);
  });

  it('while nobody can sign in, it says where the link is; when that can not be known, it does not', async () => {
    startTestRouter();
    setSession(undefined);
    server.answers('GET /api/setup', { isSetUp: false, isMailOn: false });
    await mount('page-sign-in', SignInPage);
    await until(() => seen().includes('Open the link in the terminal'));
    server.answers('GET /api/setup', problem('store_unavailable'));
    await mount('page-sign-in', SignInPage);
    await until(() => server.sent('GET /api/setup').length === 2);
    await drawn();
    expect(seen()).to.not.contain('First time here?');
    expect(alerts()).to.deep.equal([]);
  });

  it('leads who forgot their password to where a link is mailed, with what was typed', async () => {
    await open();
    server.answers('GET /api/setup', { isSetUp: true, isMailOn: true });
    await mount('page-sign-in', SignInPage);
    await until(() => has('link', 'Forgot password?'));
    expect(get('link', 'Forgot password?').getAttribute('href')).to.equal('/forgotten');
    expect(seen()).to.not.contain('user reset');
    await write('E-mail', 'ada@example.com');
    await mount('page-forgotten', ForgottenPage);
    await until(() => has('textbox', 'E-mail'));
    expect(valueOf('E-mail')).to.equal('ada@example.com');
    server.answers('POST /api/session', session());
    await mount('page-sign-in', SignInPage);
    await write('Password', 'right');
    await press('Sign in');
    await until(() => visited.length === 1);
    await mount('page-sign-in', SignInPage);
    expect(valueOf('E-mail')).to.equal('');
  });

  it('says who can help where no mail is sent, also when that can not be known', async () => {
    await open();
    const openHelp = async () => {
      await until(() => seen().includes('Forgot password?'));
      document.querySelector<HTMLElement>('summary')?.click();
      expect([has('link', 'Forgot password?'), seen().includes('user reset --email YOU')]).to.deep.equal([false, true]);
    };
    await openHelp();
    server.answers('GET /api/setup', problem('store_unavailable'));
    await mount('page-sign-in', SignInPage);
    await openHelp();
    expect(alerts()).to.deep.equal([]);
  });

  it('shows the password for as long as one wants, and tells a screen reader whether it does', async () => {
    await open();
    await write('Password', 'secret');
    const field = get('textbox', 'Password') as HTMLInputElement;
    const eye = get('button', 'Show the password');
    expect([field.type, eye.ariaPressed]).to.deep.equal(['password', 'false']);
    await press('Show the password');
    expect([field.type, eye.ariaPressed, valueOf('Password')]).to.deep.equal(['text', 'true', 'secret']);
    await press('Show the password');
    expect(field.type).to.equal('password');
  });

  it('password managers find their fields', async () => {
    await open();
    const complete = (name: string) => (get('textbox', name) as HTMLInputElement).autocomplete;
    expect([complete('E-mail'), complete('Password')]).to.deep.equal(['username', 'current-password']);
  });

  for (const [name, act] of [
    ['empty', () => drawn()],
    ['after a wrong password', () => fillIn().then(() => press('Sign in'))],
    ['with a field left empty', () => press('Sign in')],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      server.answers('POST /api/session', wrong);
      await open();
      await act();
      expect(await violations()).to.deep.equal([]);
    });
  }
});

describe('a session that ended', () => {
  /** Wired as the frame wires it. */
  async function begin(): Promise<SessionDialog> {
    startTestRouter();
    setSession(session());
    await mount('ui-session-dialog', SessionDialog);
    const dialog = document.querySelector<SessionDialog>('ui-session-dialog')!;
    whenSessionEnds(() => dialog.ask());
    return dialog;
  }
  afterEach(() => whenSessionEnds(() => Promise.resolve(false)));

  const ended = problem('sign_in_required');

  async function answer(password: string): Promise<void> {
    await until(() => focus() === 'textbox “Password”');
    await write('Password', password);
    await press('Sign in', get('dialog'));
  }

  it('is asked for in a dialog with the e-mail filled in; then the very same call is sent again', async () => {
    server.answers('PATCH api-keys/*', ended, key({ name: 'New' }));
    server.answers('POST /api/session', session());
    await begin();
    const changed = changeKey('org_1', 'key_1', { name: 'New' });
    await until(() => has('dialog', 'Your session ended'));
    expect(valueOf('E-mail')).to.equal('ada@example.com');
    expect(textOf(get('dialog'))).to.contain('Nothing is lost');
    await answer('right');
    expect((await changed).name).to.equal('New');
    expect(server.bodies('PATCH api-keys/*')).to.deep.equal([{ name: 'New' }, { name: 'New' }]);
    expect(has('dialog')).to.equal(false);
  });

  it('several calls at once ask one time, and all of them are sent again', async () => {
    server.answers('GET api-keys', ended, ended, listing([key()]));
    server.answers('POST /api/session', session());
    await begin();
    const both = Promise.all([listKeys('org_1'), listKeys('org_1')]);
    await until(() => has('dialog', 'Your session ended'));
    await answer('right');
    expect((await both).map(({ data }) => data.length)).to.deep.equal([1, 1]);
    expect(server.sent('POST /api/session')).to.have.length(1);
  });

  it('a wrong password stays in the dialog', async () => {
    server.answers('PATCH api-keys/*', ended, key());
    server.answers('POST /api/session', wrong, session());
    await begin();
    const changed = changeKey('org_1', 'key_1', { name: 'New' });
    await until(() => has('dialog'));
    await answer('wrong');
    expect(alerts()).to.deep.equal(['The e-mail or the password is wrong.']);
    await answer('right');
    await changed;
  });

  for (const [email, password, sentence] of [
    ['', 'x', 'Write your e-mail address.'],
    ['ada@example.com', '', 'Write your password.'],
  ] as const) {
    it(`“${email}” with “${password}” is not sent: “${sentence}”`, async () => {
      server.answers('PATCH api-keys/*', ended);
      await begin();
      const changed = changeKey('org_1', 'key_1', {}).catch(() => undefined);
      await until(() => has('dialog'));
      await write('E-mail', email);
      await write('Password', password);
      await press('Sign in', get('dialog'));
      expect(alerts()).to.deep.equal([sentence]);
      await press('Not now');
      await changed;
      expect(server.sent('POST /api/session')).to.deep.equal([]);
    });
  }

  for (const [name, act] of [
    ['Not now', () => press('Not now')],
    ['Escape', () => browser.press('Escape')],
  ] as const) {
    it(`${name} answers the call with a plain sentence; reading asks no more, changing does`, async () => {
      server.answers('PATCH api-keys/*', ended);
      server.answers('GET api-keys', ended);
      await begin();
      const failed = changeKey('org_1', 'key_1', {}).catch((error: unknown) => error as Error);
      await until(() => has('dialog'));
      await act();
      expect(((await failed) as Error).message).to.equal('Your session ended. Sign in to go on.');
      await listKeys('org_1').catch(() => undefined);
      expect(has('dialog')).to.equal(false);
      const again = changeKey('org_1', 'key_1', {}).catch(() => undefined);
      await until(() => has('dialog'));
      expect(valueOf('Password')).to.equal('');
      await press('Not now');
      await again;
    });
  }

  it('axe finds nothing in the dialog', async () => {
    server.answers('PATCH api-keys/*', ended);
    await begin();
    const failed = changeKey('org_1', 'key_1', {}).catch(() => undefined);
    await until(() => has('dialog'));
    expect(await violations()).to.deep.equal([]);
    await press('Not now');
    await failed;
  });
});
