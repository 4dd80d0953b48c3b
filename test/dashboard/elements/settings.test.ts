/** The page of the settings: what an owner changes there, and what the others read. */
import { expect } from 'chai';
import type { OrganizationSettings } from '../../../server/http/wire.ts';
import { SettingsPage } from '../../../dashboard/pages/settings.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { setSession } from '../../../dashboard/session.ts';
import { session } from './samples.ts';
import { offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  all,
  came,
  choose,
  drawn,
  focus,
  get,
  has,
  mount,
  press,
  seen,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const place = { organizationId: 'org_1', session: session(), role: 'owner' } as const;

function settings(change: Partial<OrganizationSettings> = {}): OrganizationSettings {
  return { name: 'متجر', auditReading: false, retentionDays: 30, contact: null, privacyUrl: null, ...change };
}
const contact = {
  text: 'نجيب في أيام العمل',
  email: 'help@example.com',
  url: 'https://example.com/contact',
  phone: '+49 30 1234567',
  leaveMessage: true,
};

async function open(kept: OrganizationSettings | Trouble = settings(), change: Partial<SettingsPage> = {}) {
  setSession(session());
  server.answers('GET settings', kept);
  const page = await mount('page-settings', SettingsPage, { ...place, ...change });
  await drawn();
  return page;
}

const sent = () => server.bodies('PATCH settings');

describe('the settings', () => {
  it('show all there is, and nothing wrong is found', async () => {
    await open(settings({ contact, privacyUrl: 'https://example.com/privacy', retentionDays: 14 }));
    expect(valueOf('Name')).to.equal('متجر');
    expect(valueOf('Words')).to.equal(contact.text);
    expect(valueOf('E-mail address')).to.equal(contact.email);
    expect(valueOf('Page')).to.equal(contact.url);
    expect(valueOf('Telephone')).to.equal(contact.phone);
    expect((get('checkbox') as HTMLInputElement).checked).to.equal(true);
    expect(valueOf('Address of the notice')).to.equal('https://example.com/privacy');
    expect((get('combobox') as HTMLSelectElement).selectedOptions[0]?.textContent).to.equal('14 days');
    expect(await violations()).to.deep.equal([]);
  });

  it('an owner finds a copy of everything', async () => {
    await open();
    expect(get('link', 'Download everything').getAttribute('href')).to.equal('/api/org/org_1/export');
  });

  for (const role of ['member', 'viewer'] as const) {
    it(`a ${role} reads them and changes nothing`, async () => {
      await open(settings({ contact }), { role });
      expect(seen()).to.contain('Only an owner changes this.');
      expect(has('link', 'Download everything')).to.equal(false);
      expect(all('button', /Save|Rename/)).to.deep.equal([]);
      expect((get('textbox', 'E-mail address') as HTMLInputElement).readOnly).to.equal(true);
      get('switch').click();
      await drawn();
      expect(sent()).to.deep.equal([]);
      expect(await violations()).to.deep.equal([]);
    });
  }

  it('a failure has a Retry that mends it', async () => {
    setSession(session());
    server.answers('GET settings', offline, settings());
    await mount('page-settings', SettingsPage, place);
    await came('button', 'Retry');
    await press('Retry');
    expect(has('heading', 'Contact for visitors')).to.equal(true);
  });

  it('a contact is saved as a whole, without what is empty; edits are asked about before somebody leaves', async () => {
    server.answers('PATCH settings', settings({ contact: { email: 'new@example.com', leaveMessage: true } }));
    await open(settings({ contact: { phone: '110', leaveMessage: false } }));
    await write('E-mail address', ' new@example.com ');
    await write('Telephone', '');
    get('checkbox').click();
    expect(isUnsaved()).to.equal(true);
    await press('Save contact');
    await until(() => sent().length === 1);
    await drawn();
    expect(sent()).to.deep.equal([{ contact: { email: 'new@example.com', leaveMessage: true } }]);
    expect([isUnsaved(), toasts.map(({ message }) => message)]).to.deep.equal([false, ['The contact is saved.']]);
  });

  it('an empty contact is none', async () => {
    server.answers('PATCH settings', settings());
    await open(settings({ contact: { phone: '110', leaveMessage: false } }));
    await write('Telephone', '');
    await press('Save contact');
    await until(() => sent().length === 1);
    expect(sent()).to.deep.equal([{ contact: null }]);
  });

  it('what can’t be right is said at its field before anything is sent; what the server refuses, too', async () => {
    server.answers(
      'PATCH settings',
      problem('request_invalid', { problems: [{ path: 'contact.text', message: 'Without control signs.' }] }),
    );
    await open();
    await write('E-mail address', 'nobody');
    await write('Page', 'http://example.com');
    await write('Telephone', 'call me');
    await press('Save contact');
    expect(alerts()).to.have.length(3);
    expect(focus()).to.contain('E-mail address');
    await write('E-mail address', '');
    await write('Page', '');
    await write('Telephone', '');
    await write('Words', 'Hi');
    await press('Save contact');
    await until(() => alerts().length === 1);
    expect(alerts()).to.deep.equal(['Without control signs.']);
    expect(valueOf('Words')).to.equal('Hi');
  });

  it('the privacy notice is saved by itself, an edited contact stays as it is typed', async () => {
    server.answers('PATCH settings', settings({ privacyUrl: 'https://example.com/privacy' }));
    await open();
    await write('Words', 'Half a sentence');
    await write('Address of the notice', 'javascript:alert(1)');
    await press('Save notice');
    expect(sent()).to.deep.equal([]);
    await write('Address of the notice', 'https://example.com/privacy');
    await press('Save notice');
    await until(() => sent().length === 1);
    await drawn();
    expect(sent()).to.deep.equal([{ privacyUrl: 'https://example.com/privacy' }]);
    expect(valueOf('Words')).to.equal('Half a sentence');
  });

  it('a shorter retention that deletes conversations says how many and asks; Cancel changes nothing', async () => {
    const detail = 'This deletes 12 conversations for good within minutes.';
    server.answers(
      'PATCH settings',
      problem('conflict', { detail }),
      problem('conflict', { detail }),
      settings({ retentionDays: 7 }),
    );
    await open();
    await choose('combobox', /^Conversations are deleted/, '7');
    await press('Save retention');
    await came('dialog', /7 days only/);
    expect(textOf(get('dialog'))).to.contain(detail);
    await press('Cancel');
    expect(sent()).to.deep.equal([{ retentionDays: 7 }]);
    await press('Save retention');
    await came('dialog', /7 days only/);
    await press('Delete them for good');
    await until(() => sent().length === 3);
    await drawn();
    expect(sent().at(-1)).to.deep.equal({ retentionDays: 7, confirm: true });
    expect(toasts.map(({ message }) => message)).to.deep.equal(['Conversations are kept for 7 days now.']);
  });

  it('writing down who reads is switched at once', async () => {
    server.answers('PATCH settings', settings({ auditReading: true }));
    await open();
    get('switch').click();
    await until(() => get('switch').getAttribute('aria-checked') === 'true');
    expect(sent()).to.deep.equal([{ auditReading: true }]);
  });
});
