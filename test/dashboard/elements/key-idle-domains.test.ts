/** Domains that ended or let nobody in for long, on a key's page. */
import { expect } from 'chai';
import type { Key } from '../../../server/http/wire.ts';
import { KeyIdleDomains } from '../../../dashboard/pages/key/key-idle-domains.ts';
import { fromNow, key, keyDomain } from './samples.ts';
import { problem, server } from './server.ts';
import { has, heard, mount, press, stopClock, textOf, toasts, until, violations } from './stage.ts';

const dayMs = 86_400_000;
const used = keyDomain({ pattern: 'used.example', lastMatchedAt: fromNow(-59 * dayMs) });
const unused = keyDomain({ pattern: 'unused.example', label: 'PR 7', lastMatchedAt: fromNow(-60 * dayMs) });
const never = keyDomain({ pattern: 'never.example', addedAt: fromNow(-61 * dayMs) });
const ended = keyDomain({ pattern: 'ended.example', label: 'PR 9', expiresAt: fromNow(-2 * dayMs) });
const base = key({
  allowedDomains: ['used.example', 'unused.example', 'never.example'],
  domains: [used, unused, never, ended, keyDomain({ pattern: 'unknown.example' })],
  revision: 3,
});

const patches = () => server.bodies('PATCH api-keys/*');

async function open(change: Partial<KeyIdleDomains> = {}): Promise<KeyIdleDomains> {
  const part = await mount('key-idle-domains', KeyIdleDomains, { key: base, organizationId: 'org_1', ...change });
  part.addEventListener('key-changed', (event) => (part.key = (event as CustomEvent<Key>).detail));
  return part;
}

describe('<key-idle-domains>', () => {
  it('lists those that let nobody in for 60 days, and those that ended; nothing of others', async () => {
    stopClock();
    await open();
    expect(
      ['used', 'unused', 'never', 'ended', 'unknown'].filter((name) => has('button', `Remove ${name}.example`)),
    ).to.deep.equal(['unused', 'never', 'ended']);
    expect(textOf(document.body)).to.contain('PR 9');
  });

  it('has no violation', async () => {
    await open();
    expect(await violations()).to.deep.equal([]);
  });

  it('draws nothing where there are none, and viewers see only what ended, without buttons', async () => {
    stopClock();
    const part = await open({ key: key() });
    expect(textOf(part)).to.equal('');
    part.key = base;
    part.reason = 'You are a viewer here.';
    await part.updateComplete;
    expect(textOf(part)).to.contain('ended.example').and.not.contain('unused.example');
    expect(part.querySelector('button') === null).to.equal(true);
  });

  it('removes with one click, and Undo brings back label and end', async () => {
    stopClock();
    server.answers('PATCH api-keys/*', { ...base, revision: 4 }, { ...base, revision: 5 });
    const part = await open();
    const told = heard<Key>(part, 'key-changed');
    await press('Remove unused.example');
    await until(() => toasts.at(-1)?.message === 'Removed unused.example.');
    expect(patches()).to.deep.equal([{ removeDomains: ['unused.example'], revision: 3 }]);
    await press('Undo');
    await until(() => told.at(-1)?.revision === 5);
    expect(patches()[1]).to.deep.equal({
      addDomains: [{ pattern: 'unused.example', label: 'PR 7', expiresAt: null }],
      confirm: true,
      revision: 4,
    });
  });

  it('asks before it blocks an origin', async () => {
    stopClock();
    const replay = [{ origin: 'https://never.example', requests: 3, allowed: false }];
    server.answers('PATCH api-keys/*', problem('conflict', { replay }), { ...base, revision: 4 });
    await open();
    await press('Remove never.example');
    await until(() => has('button', 'Block this origin and save'));
    expect(patches()).to.have.length(1);
    await press('Block this origin and save');
    await until(() => patches().length === 2);
    expect(patches()[1]).to.deep.equal({ removeDomains: ['never.example'], confirm: true, revision: 3 });
  });
});
