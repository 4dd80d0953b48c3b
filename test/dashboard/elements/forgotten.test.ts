/** The page on which a link for a forgotten password is asked for. */
import { expect } from 'chai';
import { ForgottenPage } from '../../../dashboard/pages/forgotten.ts';
import { keepTypedEmail } from '../../../dashboard/typed-email.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
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
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const call = 'POST /api/setup/forgotten';

async function open({ isMailOn = true } = {}): Promise<void> {
  startTestRouter();
  keepTypedEmail('');
  server.answers('GET /api/setup', { isSetUp: true, isMailOn });
  await mount('page-forgotten', ForgottenPage);
  await until(() => !seen().includes('Loading'));
}

async function ask(email = 'ada@example.com'): Promise<void> {
  await write('E-mail', email);
  await press('Mail me a link');
}

const told = 'If there is an account with the address ada@example.com, a link is on its way.';

describe('the page for a forgotten password', () => {
  it('asks for a link by keyboard alone, and says the same whether or not there is an account', async () => {
    server.answers(call, undefined);
    await open();
    get('textbox', 'E-mail').focus();
    await browser.type(' ada@example.com ');
    await browser.press('Enter');
    await until(() => seen().includes(told));
    expect(server.bodies(call)).to.deep.equal([{ email: 'ada@example.com' }]);
    await until(() => focus() === 'heading “Look into your mail”');
    expect(get('link', 'Back to the sign-in').getAttribute('href')).to.equal('/sign-in');
    expect(await violations()).to.deep.equal([]);
  });

  it('without an address nothing is sent', async () => {
    await open();
    await ask('  ');
    expect(alerts()).to.deep.equal(['Write your e-mail address.']);
    await until(() => focus() === 'textbox “E-mail”');
    expect(server.sent(call)).to.deep.equal([]);
    expect(await violations()).to.deep.equal([]);
  });

  it('pressed twice, one is asked for', async () => {
    const answer = held<undefined>();
    server.answers(call, answer.answer);
    await open();
    await ask();
    await press('Mail me a link');
    expect(get('button', 'Mail me a link').ariaBusy).to.equal('true');
    answer.go(undefined);
    await until(() => seen().includes(told));
    expect(server.sent(call)).to.have.length(1);
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['too many', problem('rate_limited', { retryAfterSeconds: 300 }), 'Try again in 5 minutes.'],
    [
      'no address',
      problem('request_invalid', { problems: [{ path: 'email', message: 'Write an e-mail address.' }] }),
      'Write an e-mail address.',
    ],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name}: it is said, and what was typed stays`, async () => {
      server.answers(call, trouble);
      await open();
      await ask();
      await until(() => alerts().length === 1);
      expect(alerts()[0]).to.contain(words);
      expect(valueOf('E-mail')).to.equal('ada@example.com');
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('where no mail is sent it says who can help', async () => {
    await open({ isMailOn: false });
    expect(seen()).to.contain('This server sends no mail. Ask whoever runs this server');
    expect(seen()).to.contain('user reset --email YOU');
    expect([has('textbox'), has('button', 'Mail me a link')]).to.deep.equal([false, false]);
    expect(await violations()).to.deep.equal([]);
  });

  it('when that can not be known it is read again', async () => {
    startTestRouter();
    server.answers('GET /api/setup', offline, { isSetUp: true, isMailOn: true });
    await mount('page-forgotten', ForgottenPage);
    await drawn();
    await until(() => alerts().length === 1);
    await press('Retry');
    await until(() => has('button', 'Mail me a link'));
  });
});
