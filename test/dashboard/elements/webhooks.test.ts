/** The page of the webhooks: who sees it, what it says of each, and what an owner does there. */
import { expect } from 'chai';
import type { Delivery, Webhook } from '../../../server/http/wire.ts';
import { WebhooksPage } from '../../../dashboard/pages/webhooks.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { setSession } from '../../../dashboard/session.ts';
import { listing, session } from './samples.ts';
import { held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  browser,
  came,
  choose,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  said,
  seen,
  textOf,
  toasts,
  until,
  violations,
  write,
} from './stage.ts';

const place = { organizationId: 'org_1', session: session(), role: 'owner' } as const;
const secret = `whsec_${'A'.repeat(43)}=`;
const url = 'https://hooks.example/postern';
const everything = [
  'key.expiring',
  'key.budget',
  'credits.low',
  'key.secret_in_browser',
  'key.new_origin',
  'key.learning_ended',
  'conversation.unanswered',
  'contact.requested',
] as const;

function webhook(change: Partial<Webhook> = {}): Webhook {
  return {
    id: 'whk_1',
    url,
    events: ['key.budget', 'credits.low'],
    enabled: true,
    failingSince: null,
    disabledAt: null,
    previousSecretUntil: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    ...change,
  };
}

function delivery(change: Partial<Delivery> = {}): Delivery {
  return {
    id: 'dlv_1',
    event: 'key.budget',
    body: '{"type":"key.budget","data":{"keyName":"<b>Shop</b>"}}',
    createdAt: '2026-11-24T10:00:00.000Z',
    state: 'delivered',
    nextAttemptAt: null,
    attempts: 1,
    lastAttempt: { at: '2026-11-24T10:00:01.000Z', durationMs: 87, status: 200, failure: null, answer: 'thanks' },
    ...change,
  };
}

const refused = delivery({
  id: 'dlv_2',
  state: 'given_up',
  attempts: 11,
  lastAttempt: {
    at: '2026-11-24T10:00:01.000Z',
    durationMs: 9,
    status: null,
    failure: 'Nobody listens there.',
    answer: '',
  },
});

async function open(
  webhooks: readonly Webhook[] | Trouble,
  deliveries: readonly Delivery[] = [],
  change: Partial<WebhooksPage> = {},
): Promise<WebhooksPage> {
  setSession(session());
  server.answers('GET webhooks', Array.isArray(webhooks) ? { data: webhooks } : (webhooks as Trouble));
  server.answers('GET webhooks/*/deliveries', listing(deliveries));
  const page = await mount('page-webhooks', WebhooksPage, { ...place, ...change });
  await drawn();
  return page;
}

const openMessages = async (): Promise<void> => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  await drawn();
};

describe('the webhooks', () => {
  for (const role of ['member', 'viewer'] as const) {
    it(`a ${role} reads why they see none, and nothing is asked`, async () => {
      await open([webhook()], [], { role });
      expect(seen()).to.contain('Only owners see webhooks');
      expect([server.sent(), all('button')]).to.deep.equal([[], []]);
    });
  }

  it('loading is said, and a failure has a Retry that mends it', async () => {
    const answer = held<{ readonly data: readonly Webhook[] }>();
    server.answers('GET webhooks', answer.answer, { data: [] });
    await mount('page-webhooks', WebhooksPage, place);
    expect(seen()).to.contain('Loading the webhooks');
    answer.go(offline);
    await came('button', 'Retry');
    await press('Retry');
    expect(seen()).to.contain('No webhooks yet');
  });

  it('says of each its address, events, last message and state', async () => {
    await open([webhook({ events: everything })], [delivery()]);
    const text = textOf(get('heading', url).closest('article'));
    for (const words of ['All events', 'OK', 'Last: A key’s budget fills', 'Delivered · 200']) {
      expect(text).to.contain(words);
    }
  });

  for (const [name, change, badge, words] of [
    ['off', { enabled: false }, 'Off', ''],
    ['failing', { failingSince: '2026-11-23T12:00:00.000Z' }, 'Failing', 'Nothing got through since November 23, 2026'],
    [
      'switched off by itself',
      { enabled: false, failingSince: '2026-11-20T12:00:00.000Z', disabledAt: '2026-11-24T12:00:00.000Z' },
      'Switched off by itself',
      'it was switched off on November 24, 2026',
    ],
  ] as const) {
    it(`${name}: says so, and why`, async () => {
      await open([webhook(change)]);
      expect(textOf(document.querySelector('.badge'))).to.equal(badge);
      expect(seen()).to.contain(words);
      expect(get('switch').getAttribute('aria-checked')).to.equal(String(name === 'failing'));
    });
  }

  it('is made with an address and events; its secret is shown once and holds the page', async () => {
    server.answers('POST webhooks', { webhook: webhook(), secret });
    await open([]);
    await press('Create webhook');
    await until(() => focus() === 'textbox “Address”');
    await browser.type(url);
    await choose('checkbox', /^Select all/);
    await choose('checkbox', /^Credits run low/);
    await choose('checkbox', /^A key’s budget fills/);
    await press('Create webhook', get('dialog', 'New webhook'));
    expect(server.bodies('POST webhooks')).to.deep.equal([{ url, events: ['key.budget', 'credits.low'] }]);
    const dialog = await came('dialog', 'The secret of this webhook');
    expect(textOf(dialog)).to.contain(secret);
    expect(has('button', 'Copy secret')).to.equal(true);
    await browser.press('Escape');
    await drawn();
    expect([has('dialog'), isUnsaved(), said.at(-1)]).to.deep.equal([
      true,
      true,
      'The secret is shown only now. Copy it, then press "I have stored it".',
    ]);
    await press('I have stored it');
    expect([has('dialog'), isUnsaved(), has('heading', url)]).to.deep.equal([false, false, true]);
    expect(document.documentElement.outerHTML).to.not.contain(secret);
  });

  it('is a mailbox as people write it, whose mail has no signature and so no secret', async () => {
    server.answers('POST webhooks', { webhook: webhook({ url: 'mailto:ada@example.com' }) });
    await open([]);
    await press('Create webhook');
    await write('Address', 'ada@example.com');
    await press('Create webhook', get('dialog', 'New webhook'));
    await came('heading', 'ada@example.com');
    expect(server.bodies('POST webhooks')).to.deep.equal([{ url: 'mailto:ada@example.com', events: everything }]);
    expect([has('dialog'), has('button', /^New secret/), isUnsaved()]).to.deep.equal([false, false, false]);
    await press('Edit the webhook to ada@example.com');
    expect((get('textbox', 'Address') as HTMLInputElement).value).to.equal('ada@example.com');
  });

  for (const [typed, words] of [
    ['hooks.example', 'Write an address such as https://example.com/hooks'],
    ['https://user:pass@hooks.example', 'without a user name'],
    ['https://hooks.example/#there', 'without "#"'],
  ] as const) {
    it(`${typed} is no address: said when the field is left, and nothing is sent`, async () => {
      await open([]);
      await press('Create webhook');
      await until(() => focus() === 'textbox “Address”');
      await browser.type(typed);
      expect(alerts()).to.deep.equal([]);
      await browser.press('Tab');
      await drawn();
      expect(alerts().join()).to.contain(words);
      await press('Create webhook', get('dialog', 'New webhook'));
      await until(() => focus() === 'textbox “Address”');
      expect(server.sent('POST webhooks')).to.deep.equal([]);
    });
  }

  it('without an event nothing is sent', async () => {
    await open([]);
    await press('Create webhook');
    await write('Address', url);
    await choose('checkbox', /^Select all/);
    await press('Create webhook', get('dialog', 'New webhook'));
    expect(alerts()).to.deep.equal(['Choose at least one event.']);
    expect(server.sent('POST webhooks')).to.deep.equal([]);
  });

  it('what the server says against an address stands at the field, and what was typed stays', async () => {
    const problems = [{ path: 'url', message: 'The address is not a public one.' }];
    server.answers('POST webhooks', problem('request_invalid', { problems }));
    await open([]);
    await press('Create webhook');
    await write('Address', 'https://10.0.0.1/');
    await press('Create webhook', get('dialog', 'New webhook'));
    await until(() => alerts().length > 0);
    expect(alerts()).to.deep.equal(['The address is not a public one.']);
    expect((get('textbox', 'Address') as HTMLInputElement).value).to.equal('https://10.0.0.1/');
  });

  it('is edited: the form begins with what is stored', async () => {
    server.answers('PATCH webhooks/*', { webhook: webhook({ events: ['credits.low'] }) });
    await open([webhook()]);
    await press(`Edit the webhook to ${url}`);
    expect((get('textbox', 'Address') as HTMLInputElement).value).to.equal(url);
    expect((get('checkbox', /^Select all/) as HTMLInputElement).indeterminate).to.equal(true);
    await choose('checkbox', /^A key’s budget fills/);
    await press('Save');
    expect(server.bodies('PATCH webhooks/*')).to.deep.equal([{ url, events: ['credits.low'] }]);
    expect([has('dialog'), toasts.at(-1)?.message]).to.deep.equal([false, 'The webhook is saved.']);
    expect(textOf(document.querySelector('article'))).to.match(/Credits run low(?!.*budget)/);
  });

  it('is switched off, and stays on when that fails', async () => {
    server.answers('PATCH webhooks/*', problem('internal'), { webhook: webhook({ enabled: false }) });
    await open([webhook()]);
    const state = () => get('switch').getAttribute('aria-checked');
    get('switch').click();
    await until(() => alerts().length > 0);
    expect(state()).to.equal('true');
    get('switch').click();
    await until(() => state() === 'false');
    expect(server.bodies('PATCH webhooks/*')).to.deep.equal([{ enabled: false }, { enabled: false }]);
    expect(alerts()).to.deep.equal([]);
  });

  it('gets a new secret after a yes, which is shown once', async () => {
    server.answers('PATCH webhooks/*', { webhook: webhook(), secret });
    await open([webhook()]);
    await press(`New secret for ${url}`);
    expect(textOf(get('dialog', 'Make a new secret?'))).to.contain('For a day each message is signed with both');
    expect(server.sent('PATCH webhooks/*')).to.deep.equal([]);
    await press('Make a new secret', get('dialog'));
    expect(textOf(await came('dialog', 'The secret of this webhook'))).to.contain(secret);
    expect(server.bodies('PATCH webhooks/*')).to.deep.equal([{ rotateSecret: true }]);
  });

  it('is deleted after a yes', async () => {
    server.answers('DELETE webhooks/*', undefined);
    await open([webhook()]);
    await press(`Delete the webhook to ${url}`);
    expect(server.sent('DELETE webhooks/*')).to.deep.equal([]);
    await press('Delete', get('dialog', 'Delete this webhook?'));
    await until(() => toasts.length === 1);
    expect([has('heading', url), seen().includes('No webhooks yet')]).to.deep.equal([false, true]);
    await until(() => focus() === 'heading “Webhooks”');
  });

  it('its messages can be looked at as they were sent and answered', async () => {
    await open([webhook()], [delivery(), refused]);
    await openMessages();
    const [first = '', second = ''] = [...document.querySelectorAll('.deliveries > li')].map(textOf);
    for (const words of ['1 try', '87 milliseconds', '"keyName": "<b>Shop</b>"', 'status 200', 'thanks']) {
      expect(first).to.contain(words);
    }
    for (const words of ['Given up', '11 tries', 'Nobody listens there.']) expect(second).to.contain(words);
  });

  it('a message is sent again, and a test is sent: then the list is read anew until it has an end', async () => {
    const waiting = delivery({ id: 'dlv_3', event: 'test', state: 'waiting', attempts: 0, lastAttempt: null });
    server.answers('POST webhooks/*/deliveries/*/retry', waiting);
    server.answers('POST webhooks/*/test', waiting);
    await open([webhook()], [refused]);
    await openMessages();
    await press('Send again');
    await until(() => toasts.length === 1);
    expect(server.sent('POST webhooks/*/deliveries/*/retry').map(({ call }) => call)).to.deep.equal([
      'POST webhooks/whk_1/deliveries/dlv_2/retry',
    ]);
    server.answers(
      'GET webhooks/*/deliveries',
      listing([waiting]),
      listing([delivery({ id: 'dlv_3', event: 'test' })]),
    );
    await press(`Send test to ${url}`);
    await until(() => seen().includes('Last: Test') && seen().includes('Waiting'));
    server.answers('GET webhooks', { data: [webhook({ failingSince: '2026-11-23T12:00:00.000Z' })] });
    await until(() => seen().includes('Delivered · 200'));
    await until(() => seen().includes('Failing'));
  });

  it('a message of the second page is sent again, and stays there', async () => {
    const second = { ...refused, id: 'dlv_9' };
    server.answers('POST webhooks/*/deliveries/*/retry', second);
    await open([webhook()]);
    server.answers('GET webhooks/*/deliveries', ({ query }) =>
      query.cursor === undefined ? listing([delivery()], 'c1') : listing([second]),
    );
    await mount('page-webhooks', WebhooksPage, place);
    await drawn();
    await openMessages();
    await press('Load more');
    await until(() => document.querySelectorAll('.deliveries > li').length === 2);
    const before = server.sent('GET webhooks/*/deliveries').length;
    await press('Send again');
    await until(() => server.sent('GET webhooks').length > 2);
    expect(document.querySelectorAll('.deliveries > li').length).to.equal(2);
    expect(server.sent('GET webhooks/*/deliveries').length - before).to.equal(2);
  });

  it('axe finds nothing: on the page, in the form and beside the secret', async () => {
    await open([webhook({ failingSince: '2026-11-23T12:00:00.000Z' })], [delivery(), refused]);
    await openMessages();
    expect(await violations()).to.deep.equal([]);
    await press('Create webhook');
    expect(await violations()).to.deep.equal([]);
    await press('Cancel');
    server.answers('PATCH webhooks/*', { webhook: webhook(), secret });
    await press(`New secret for ${url}`);
    await press('Make a new secret', get('dialog'));
    await came('dialog', 'The secret of this webhook');
    expect(await violations()).to.deep.equal([]);
  });
});
