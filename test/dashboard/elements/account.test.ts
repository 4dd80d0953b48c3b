/** The person's own page: the password, where they belong, and signing out everywhere. */
import { expect } from 'chai';
import type { Session } from '../../../server/http/wire.ts';
import { AccountPage } from '../../../dashboard/pages/account.ts';
import { PasswordForm } from '../../../dashboard/pages/account/password-form.ts';
import { HomePage } from '../../../dashboard/pages/home.ts';
import { currentSession, setSession } from '../../../dashboard/session.ts';
import { session } from './samples.ts';
import { badGateway, held, offline, problem, server, tooLate, type Trouble } from './server.ts';
import {
  alerts,
  browser,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  said,
  seen,
  startTestRouter,
  textOf,
  until,
  valueOf,
  violations,
  visited,
  write,
} from './stage.ts';

const [current, next] = ['Current password', 'New password'];
const sent = () => server.bodies('PUT /api/session/password');
const passwords = () => [valueOf(current), valueOf(next)];

describe('<account-password>', () => {
  const open = () => mount('account-password', PasswordForm, { email: 'ada@example.com' });

  async function change(from: string, to: string): Promise<void> {
    await write(current, from);
    await write(next, to);
    await press('Change password');
  }

  it('changes the password by keyboard alone, says so, and keeps nothing of either', async () => {
    const mine = session({ user: { id: 'usr_1', email: 'renewed@example.com' } });
    server.answers('PUT /api/session/password', mine);
    await open();
    get('textbox', current).focus();
    await browser.type('old password');
    await browser.press('Tab');
    await browser.press('Tab');
    expect(focus()).to.equal(`textbox “${next}”`);
    await browser.type('new password');
    await browser.press('Enter');
    await until(() => said.length === 1);
    await drawn();
    expect(sent()).to.deep.equal([{ currentPassword: 'old password', newPassword: 'new password' }]);
    expect(said).to.deep.equal(['Your password is changed. Every other browser is signed out.']);
    expect(seen()).to.contain('Every other browser is signed out; this one stays signed in.');
    expect([passwords(), currentSession()]).to.deep.equal([['', ''], mine]);
  });

  it('what is said of a change is gone when the next one begins', async () => {
    server.answers('PUT /api/session/password', session());
    await open();
    await change('old password', 'new password');
    await until(() => seen().includes('Your password is changed.'));
    await write(current, 'n');
    expect(seen()).to.not.contain('Your password is changed.');
  });

  for (const [from, to, field, sentence] of [
    ['', 'new password', current, 'Write your current password.'],
    ['old password', 'seven77', next, 'Use at least 8 characters.'],
    ['same password', 'same password', next, 'This is the password that you have already.'],
    ['', '', current, 'Write your current password.'],
  ] as const) {
    it(`“${from}” to “${to}” is not sent: “${sentence}”, with the focus there`, async () => {
      await open();
      await change(from, to);
      expect(alerts()[0]).to.equal(sentence);
      await until(() => focus() === `textbox “${field}”`);
      expect([sent(), passwords()]).to.deep.equal([[], [from, to]]);
      await write(field, `${from} more of it`);
      expect(alerts()).to.deep.equal([]);
    });
  }

  it('a wrong password is said at its field, which has the focus; all stays, and one tries again', async () => {
    const problems = [{ path: 'currentPassword', message: 'This is not your password.' }];
    server.answers('PUT /api/session/password', problem('request_invalid', { problems }), session());
    await open();
    await change('wrong password', 'new password');
    expect(alerts()).to.deep.equal(['This is not your password.']);
    await until(() => focus() === `textbox “${current}”`);
    expect(passwords()).to.deep.equal(['wrong password', 'new password']);
    await write(current, 'right password');
    await press('Change password');
    await until(() => said.length === 1);
    expect([alerts(), sent()[1]]).to.deep.equal([
      [],
      { currentPassword: 'right password', newPassword: 'new password' },
    ]);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['too late', tooLate, 'The server did not answer in time.'],
    ['429', problem('rate_limited', { retryAfterSeconds: 60 }), 'Try again in 60 seconds.'],
    ['a proxy’s answer', badGateway, 'an answer that this page does not understand (502)'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, all stays, and nothing says that it is changed`, async () => {
      server.answers('PUT /api/session/password', trouble);
      setSession(session());
      await open();
      await change('old password', 'new password');
      expect(alerts().join()).to.contain(words);
      expect([passwords(), said, currentSession()]).to.deep.equal([['old password', 'new password'], [], session()]);
      expect(seen()).to.not.contain('is changed');
    });
  }

  it('pressed twice, it is sent once', async () => {
    const answer = held<Session>();
    server.answers('PUT /api/session/password', answer.answer);
    await open();
    await change('old password', 'new password');
    await press('Change password');
    expect(get('button', 'Change password').ariaBusy).to.equal('true');
    answer.go(session());
    await until(() => said.length === 1);
    expect(sent()).to.have.length(1);
  });

  it('password managers find their fields', async () => {
    await open();
    const fields = [...document.querySelectorAll('input')].map(({ autocomplete, value }) => [autocomplete, value]);
    expect(fields).to.deep.equal([
      ['username', 'ada@example.com'],
      ['current-password', ''],
      ['new-password', ''],
    ]);
  });
});

describe('the account', () => {
  const open = (mine: Session = session()) => {
    startTestRouter();
    setSession(mine);
    return mount('page-account', AccountPage, { session: mine });
  };

  it('says who one is and where one belongs, with the way there', async () => {
    await open(
      session({
        organizations: [
          { id: 'org_1', name: 'Acme', role: 'owner' },
          { id: 'org_2', name: '<b>Other</b>', role: 'viewer' },
        ],
      }),
    );
    expect(seen()).to.contain('You sign in as ada@example.com.');
    expect(get('link', '<b>Other</b>').getAttribute('href')).to.equal('/org/org_2/settings/api-keys');
    expect([...document.querySelectorAll('.organization-list .badge')].map(textOf)).to.deep.equal(['Owner', 'Viewer']);
    expect(await violations()).to.deep.equal([]);
  });

  it('who belongs to no organization is told how to come into one', async () => {
    await open(session({ organizations: [] }));
    expect(seen()).to.contain('You belong to none. An owner can invite you with a link, or you make one of your own.');
  });

  it('follows the session: another e-mail is named, to password managers too', async () => {
    const page = await open();
    page.session = session({ user: { id: 'usr_1', email: 'renewed@example.com' } });
    await drawn();
    expect(seen()).to.contain('You sign in as renewed@example.com.');
    expect(document.querySelector<HTMLInputElement>('input[autocomplete=username]')!.value).to.equal(
      'renewed@example.com',
    );
  });

  describe('signing out everywhere', () => {
    it('is done after a yes, and leads to the sign-in', async () => {
      server.answers('DELETE /api/session', undefined);
      await open();
      await press('Sign out everywhere…');
      expect(server.sent()).to.deep.equal([]);
      await press('Sign out everywhere', get('dialog', 'Sign out everywhere?'));
      await until(() => visited.length === 1);
      expect(server.sent().map(({ call, query }) => [call, query])).to.deep.equal([
        ['DELETE /api/session', { everywhere: 'true' }],
      ]);
      expect([visited, currentSession()]).to.deep.equal([['/sign-in'], undefined]);
    });

    it('a no leaves one signed in', async () => {
      await open();
      await press('Sign out everywhere…');
      await press('Cancel');
      expect([server.sent(), visited, currentSession()]).to.deep.equal([[], [], session()]);
    });

    it('that fails is said in the question, and one is still signed in', async () => {
      server.answers('DELETE /api/session', offline);
      await open();
      await press('Sign out everywhere…');
      await press('Sign out everywhere', get('dialog'));
      expect(alerts().join()).to.contain('The server can not be reached');
      expect([has('dialog'), visited, currentSession()]).to.deep.equal([true, [], session()]);
    });
  });
});

it('who belongs nowhere reads whom to ask, and what for', async () => {
  await mount('page-home', HomePage, { session: session({ organizations: [] }) });
  expect(document.title).to.equal('No organization · Postern');
  expect(seen()).to.contain('Ask an owner to invite ada@example.com.');
  expect(await violations()).to.deep.equal([]);
});
