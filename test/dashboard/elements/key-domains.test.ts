/** The allowed domains on a key's page: a draft, what it would do, and what happens when others were faster. */
import { expect } from 'chai';
import type { DomainsPreview, Key } from '../../../server/http/wire.ts';
import { KeyDomains } from '../../../dashboard/pages/key/key-domains.ts';
import { isUnsaved } from '../../../dashboard/router.ts';
import { auditEntry, fromNow, key, keyDomain, listing, originUsage } from './samples.ts';
import { badGateway, held, offline, problem, server, type Trouble } from './server.ts';
import {
  alerts,
  choose,
  drawn,
  focus,
  get,
  has,
  heard,
  mount,
  press,
  seen,
  statuses,
  stopClock,
  textOf,
  toasts,
  until,
  valueOf,
  violations,
  write,
} from './stage.ts';

const entry = 'Add a domain';
const shop = 'https://shop.example';
const blog = 'https://blog.example';
const base = key({ allowedDomains: ['shop.example', 'blog.example'], revision: 3 });
const nothing: DomainsPreview = { patterns: [], replay: [] };
const blocking: DomainsPreview = {
  patterns: [],
  replay: [
    { origin: shop, requests: 400, allowed: true },
    { origin: blog, requests: 12, allowed: false },
  ],
};

/** As the page does: what it tells becomes its key. */
async function open(change: Partial<KeyDomains> = {}): Promise<KeyDomains> {
  const part = await mount('key-domains', KeyDomains, {
    key: base,
    organizationId: 'org_1',
    seen: [originUsage(shop), originUsage(blog)],
    ...change,
  });
  part.addEventListener('key-changed', (event) => (part.key = (event as CustomEvent<Key>).detail));
  return part;
}

const previewed = () => server.bodies('POST api-keys/*/domains/preview');
const patches = () => server.bodies('PATCH api-keys/*');
const bar = () => textOf(document.querySelector('[aria-label="Not saved yet"]'));

describe('<key-domains>', () => {
  it('keeps an edit as a draft: counted, guarded, and nothing is sent but the question what it would do', async () => {
    server.answers('POST api-keys/*/domains/preview', nothing);
    const clock = stopClock();
    await open();
    expect(isUnsaved()).to.equal(false);
    await write(entry, 'new.example');
    expect(isUnsaved(), 'typed and not added').to.equal(true);
    await press('Add');
    await press('Remove blog.example');
    expect(bar()).to.contain('Not saved: 1 added, 1 removed');
    expect(isUnsaved()).to.equal(true);
    await clock.tickAsync(250);
    await until(() => bar().includes('No origin of the last 30 days is affected.'));
    expect(previewed()).to.deep.equal([{ allowedDomains: ['shop.example', 'new.example'] }]);
    expect(patches()).to.deep.equal([]);
  });

  it('an edit that is taken back is no draft any more', async () => {
    stopClock();
    await open();
    await press('Remove blog.example');
    await press('Keep blog.example');
    expect([bar(), isUnsaved()]).to.deep.equal(['', false]);
  });

  it('Discard shows the saved list, and leads to the field', async () => {
    stopClock();
    await open();
    await press('Remove blog.example');
    await press('Discard');
    expect([bar(), isUnsaved(), has('button', 'Remove blog.example')]).to.deep.equal(['', false, true]);
    expect(focus()).to.equal(`textbox “${entry}”`);
  });

  it('saves the whole list with the revision that it was made from, tells the page, and offers Undo', async () => {
    server.answers('POST api-keys/*/domains/preview', nothing);
    const saved = { ...base, allowedDomains: ['shop.example', 'blog.example', 'new.example'], revision: 4 };
    server.answers('PATCH api-keys/*', saved, { ...base, revision: 5 });
    const part = await open();
    const told = heard<Key>(part, 'key-changed');
    await write(entry, 'new.example');
    await press('Add');
    await press('Save domains');
    expect(patches()).to.deep.equal([{ allowedDomains: saved.allowedDomains, revision: 3 }]);
    expect([told.at(-1)?.revision, bar(), isUnsaved()]).to.deep.equal([4, '', false]);
    expect(toasts.at(-1)?.message).to.equal('Allowed domains saved.');
    await press('Undo');
    expect(patches()[1]).to.deep.equal({ addDomains: [], removeDomains: ['new.example'], confirm: true, revision: 4 });
    await until(() => told.at(-1)?.revision === 5);
  });

  it('notes a label and an end with what is added, and sends them beside the list', async () => {
    stopClock();
    server.answers('POST api-keys/*/domains/preview', nothing);
    server.answers('PATCH api-keys/*', { ...base, revision: 4 });
    await open();
    await write(entry, 'pr-12.example.dev, blog.example');
    await write('Label optional', ' PR 12 ');
    await choose('combobox', 'Ends', '3');
    await press('Add');
    expect(bar()).to.contain('1 added, 1 noted anew');
    await press('Save domains');
    const notes = { label: 'PR 12', expiresAt: fromNow(3 * 86_400_000) };
    expect(patches()).to.deep.equal([
      {
        allowedDomains: ['shop.example', 'blog.example', 'pr-12.example.dev'],
        addDomains: [
          { pattern: 'pr-12.example.dev', ...notes },
          { pattern: 'blog.example', ...notes },
        ],
        revision: 3,
      },
    ]);
    await press('Undo');
    expect(patches()[1]).to.deep.include({ addDomains: [{ pattern: 'blog.example', label: null, expiresAt: null }] });
  });

  it('says what is noted about a domain, and discards with the draft what was not saved', async () => {
    stopClock();
    server.answers('POST api-keys/*/domains/preview', nothing);
    const domains = [
      keyDomain({ label: 'Our shop', expiresAt: fromNow(2 * 86_400_000 + 1_000), lastMatchedAt: fromNow(-300_000) }),
      keyDomain({ pattern: 'blog.example' }),
    ];
    const part = await open({ key: { ...base, domains } });
    expect(textOf(part)).to.contain('Our shop').and.contain('ends in 2 days').and.contain('last match 5 minutes ago');
    await write(entry, 'blog.example');
    await write('Label optional', 'Blog');
    await press('Add');
    expect([isUnsaved(), bar().includes('1 noted anew')]).to.deep.equal([true, true]);
    await press('Discard');
    expect([isUnsaved(), textOf(part).includes('Blog')]).to.deep.equal([false, false]);
  });

  it('pressed twice, it is saved once', async () => {
    server.answers('POST api-keys/*/domains/preview', nothing);
    const answer = held<Key>();
    server.answers('PATCH api-keys/*', answer.answer);
    await open();
    await press('Remove blog.example');
    await press('Save domains');
    await press('Save domains');
    expect(get('button', 'Save domains').ariaBusy).to.equal('true');
    expect((get('button', 'Discard') as HTMLButtonElement).disabled).to.equal(true);
    answer.go({ ...base, allowedDomains: ['shop.example'], revision: 4 });
    await until(() => bar() === '');
    expect(patches()).to.have.length(1);
  });

  describe('what the draft would do', () => {
    it('is asked a moment after the last edit, once for several', async () => {
      const clock = stopClock();
      server.answers('POST api-keys/*/domains/preview', blocking);
      await open();
      await press('Remove blog.example');
      await clock.tickAsync(200);
      await press('Remove shop.example');
      expect(statuses().join()).to.contain('Trying it on the origins of the last 30 days…');
      await clock.tickAsync(249);
      expect(previewed()).to.deep.equal([]);
      await clock.tickAsync(1);
      expect(previewed()).to.deep.equal([{ allowedDomains: [] }]);
    });

    it('says which origins it blocks, with how many requests, in what is read out', async () => {
      server.answers('POST api-keys/*/domains/preview', blocking);
      await open();
      await press('Remove blog.example');
      await until(() => bar().includes('This blocks'));
      expect(statuses().join()).to.contain('This blocks 1 origin, 12 requests in the last 30 days.');
      expect(textOf(get('list', 'Origins that this blocks'))).to.equal(`${blog} 12 requests`);
    });

    it('says which origins it lets in', async () => {
      const replay = [{ origin: 'https://new.example', requests: 1, allowed: true }];
      server.answers('POST api-keys/*/domains/preview', { patterns: [], replay });
      await open();
      await write(entry, 'new.example');
      await press('Add');
      await until(() => bar().includes('This lets in 1 origin that was refused.'));
      expect(textOf(get('list', 'Origins that this lets in'))).to.equal('https://new.example 1 request');
    });

    it('an answer that comes late, about an older draft, is not shown', async () => {
      const clock = stopClock();
      const first = held<DomainsPreview>();
      server.answers('POST api-keys/*/domains/preview', first.answer, nothing);
      await open();
      await press('Remove blog.example');
      await clock.tickAsync(250);
      await press('Remove shop.example');
      expect(bar(), 'of the one that was given up').to.not.contain('could not be found out');
      expect(bar()).to.contain('Trying it on the origins');
      await clock.tickAsync(250);
      first.go(blocking);
      await drawn();
      expect(server.sent('POST api-keys/*/domains/preview')[0]?.signal?.aborted).to.equal(true);
      expect(bar()).to.contain('No origin of the last 30 days is affected.');
      expect(bar()).to.not.contain('This blocks');
    });

    for (const [name, trouble] of [
      ['offline', offline],
      ['503', problem('store_unavailable')],
      ['a proxy’s answer', badGateway],
    ] as readonly (readonly [string, Trouble])[]) {
      it(`${name}: it is said that nobody knows; asked again by Retry, and by itself when the connection is back`, async () => {
        const clock = stopClock();
        server.answers('POST api-keys/*/domains/preview', trouble, trouble, nothing);
        await open();
        await press('Remove blog.example');
        await clock.tickAsync(250);
        await drawn();
        expect(bar()).to.contain('What this blocks could not be found out. Saving finds it out again');
        await press('Retry');
        expect(bar()).to.not.contain('could not be found out');
        await clock.tickAsync(250);
        await drawn();
        dispatchEvent(new Event('online'));
        await clock.tickAsync(250);
        await drawn();
        expect(bar()).to.contain('No origin of the last 30 days is affected.');
        expect(previewed()).to.have.length(3);
      });
    }

    it('is asked no more when the page goes', async () => {
      const clock = stopClock();
      const part = await open();
      await press('Remove blog.example');
      part.remove();
      await clock.tickAsync(1_000);
      expect(server.sent()).to.deep.equal([]);
    });
  });

  describe('a draft that blocks an origin', () => {
    const refusal = problem('conflict', { detail: 'This blocks origins.', replay: blocking.replay });

    async function save(): Promise<void> {
      server.answers('POST api-keys/*/domains/preview', blocking);
      const saved = { ...base, allowedDomains: ['shop.example'], revision: 4 };
      server.answers('PATCH api-keys/*', refusal, saved);
      await open();
      await press('Remove blog.example');
      await press('Save domains');
      await until(() => has('dialog', 'Block an origin?'));
    }

    it('is saved only after a yes that names what is lost', async () => {
      await save();
      const text = textOf(get('dialog'));
      expect(text).to.contain('This blocks 1 origin, 12 requests in the last 30 days.');
      expect(text).to.contain(blog);
      expect(patches()).to.have.length(1);
      await press('Block this origin and save');
      expect(patches()[1]).to.deep.equal({ allowedDomains: ['shop.example'], revision: 3, confirm: true });
      await until(() => bar() === '');
    });

    it('a no keeps the draft and saves nothing', async () => {
      await save();
      await press('Cancel');
      expect(patches()).to.have.length(1);
      expect(bar()).to.contain('Not saved: 1 removed');
      expect([isUnsaved(), alerts()]).to.deep.equal([true, []]);
    });
  });

  for (const [name, trouble, words] of [
    ['offline', offline, 'The server can not be reached'],
    ['503', problem('store_unavailable', { fix: 'Try again in a few seconds.' }), 'Try again in a few seconds.'],
    ['403', problem('forbidden', { detail: 'You may only look.' }), 'You may only look.'],
    ['400', problem('request_invalid', { detail: 'A domain is wrong.' }), 'A domain is wrong.'],
  ] as readonly (readonly [string, Trouble, string])[]) {
    it(`${name} on saving: it is said beside the draft, which stays and can be saved again`, async () => {
      server.answers('POST api-keys/*/domains/preview', nothing);
      const answer = held<Key>();
      server.answers('PATCH api-keys/*', trouble, answer.answer);
      await open();
      await press('Remove blog.example');
      await press('Save domains');
      expect(alerts().join()).to.contain(words);
      expect([bar().includes('1 removed'), isUnsaved()]).to.deep.equal([true, true]);
      await press('Save domains');
      expect(alerts(), 'while it is sent again').to.deep.equal([]);
      answer.go({ ...base, allowedDomains: ['shop.example'], revision: 4 });
      await until(() => bar() === '');
    });
  }

  it('a key that somebody deleted tells the page that it is gone', async () => {
    server.answers('POST api-keys/*/domains/preview', nothing);
    server.answers('PATCH api-keys/*', problem('not_found'));
    const part = await open();
    const gone = heard(part, 'key-gone');
    await press('Remove blog.example');
    await press('Save domains');
    expect(gone).to.have.length(1);
  });

  describe('when somebody else was faster', () => {
    const theirs = { ...base, allowedDomains: ['shop.example'], revision: 4 };
    const conflict = problem('conflict', { current: theirs });

    /** Here `new.example` was added, there `blog.example` removed. */
    async function clash(): Promise<void> {
      server.answers('POST api-keys/*/domains/preview', nothing);
      server.answers('GET audit', listing([auditEntry({ before: {}, after: {} })]));
      const saved = { ...theirs, allowedDomains: ['shop.example', 'new.example'], revision: 5 };
      server.answers('PATCH api-keys/*', conflict, saved);
      await open();
      await write(entry, 'new.example');
      await press('Add');
      await press('Save domains');
      await until(() => has('dialog', 'Changed meanwhile'));
    }

    it('says who did what; left as it is, what they removed stays removed and what was added here is added', async () => {
      await clash();
      expect(textOf(get('dialog'))).to.contain('grace@example.com changed this key while you were editing it.');
      expect(textOf(get('group', 'blog.example was removed.'))).to.equal(
        'blog.example was removed. Keep removed Put back',
      );
      await until(() => focus() === 'radio “Keep removed”');
      expect((get('radio', 'Keep removed') as HTMLInputElement).checked).to.equal(true);
      await press('Save like this');
      expect(patches()[1]).to.deep.equal({ allowedDomains: ['shop.example', 'new.example'], revision: 4 });
      await until(() => bar() === '');
    });

    it('what they removed comes back only by a choice', async () => {
      await clash();
      await choose('radio', 'Put back');
      await press('Save like this');
      expect(patches()[1]).to.deep.equal({
        allowedDomains: ['shop.example', 'blog.example', 'new.example'],
        revision: 4,
      });
    });

    it('a choice that is taken back counts as none', async () => {
      await clash();
      await choose('radio', 'Put back');
      await choose('radio', 'Keep removed');
      await press('Save like this');
      expect(patches()[1]).to.deep.equal({ allowedDomains: ['shop.example', 'new.example'], revision: 4 });
    });

    it('“Go on editing” saves nothing and keeps the draft', async () => {
      await clash();
      await press('Go on editing');
      expect(patches()).to.have.length(1);
      expect([bar().includes('1 added'), isUnsaved()]).to.deep.equal([true, true]);
    });

    it('says that the list was changed already while one still edits, and saves as a change of what one saw', async () => {
      stopClock();
      server.answers('PATCH api-keys/*', base);
      const part = await open();
      await press('Remove blog.example');
      part.key = { ...base, allowedDomains: ['shop.example', 'blog.example', 'theirs.example'], revision: 4 };
      await drawn();
      expect(bar()).to.contain('The saved list was changed meanwhile. When you save, you choose what of that stays.');
      expect(bar(), 'what was edited here').to.contain('Not saved: 1 removed');
      await press('Save domains');
      expect(patches()).to.deep.equal([{ allowedDomains: ['shop.example'], revision: 3 }]);
    });

    it('axe finds nothing in the question', async () => {
      await clash();
      expect(await violations()).to.deep.equal([]);
    });
  });

  describe('an entry that is added from another part of the page', () => {
    it('is saved at once as an addition, with Undo, and shown before the answer', async () => {
      const answer = held<Key>();
      server.answers('PATCH api-keys/*', answer.answer, { ...base, revision: 5 });
      const part = await open();
      void part.add(['new.example']);
      await drawn();
      expect(seen()).to.contain('new.example');
      expect(patches()).to.deep.equal([{ addDomains: ['new.example'], confirm: true, revision: 3 }]);
      answer.go({ ...base, allowedDomains: [...base.allowedDomains, 'new.example'], revision: 4 });
      await until(() => toasts.length === 1);
      expect(toasts[0]).to.include({ message: 'Added new.example to the allowed domains.' });
      await press('Undo');
      expect(patches()[1]).to.deep.equal({ removeDomains: ['new.example'], confirm: true, revision: 4 });
    });

    it('that fails is gone again, and it is said', async () => {
      server.answers('PATCH api-keys/*', offline);
      const part = await open();
      await part.add(['new.example']);
      await drawn();
      expect(textOf(document.querySelector('.patterns'))).to.not.contain('new.example');
      expect(toasts[0]?.kind).to.equal('problem');
      expect(toasts[0]?.message).to.match(/^Not saved\. The server can not be reached/);
    });

    it('goes into the draft too, so that saving it takes nothing back', async () => {
      stopClock();
      server.answers('PATCH api-keys/*', {
        ...base,
        allowedDomains: [...base.allowedDomains, 'new.example'],
        revision: 4,
      });
      const part = await open();
      await press('Remove blog.example');
      await part.add(['new.example']);
      await drawn();
      expect(bar()).to.contain('Not saved: 1 removed');
      expect(bar()).to.not.contain('changed meanwhile');
      expect(part.draft).to.deep.equal(['shop.example', 'new.example']);
    });
  });

  it('a key without domains says what that means, and what to do about it to those who can', async () => {
    const part = await open({ key: key({ allowedDomains: [] }) });
    expect(seen()).to.contain('No page may use this key.');
    expect(seen()).to.contain('Add the domains of the pages that should use it.');
    part.reason = 'You are a viewer here.';
    await drawn();
    expect(seen()).to.not.contain('Add the domains');
    expect(has('textbox')).to.equal(false);
  });

  it('a new reading of the key does not disturb what is typed', async () => {
    const part = await open();
    await write(entry, 'half.exa');
    part.key = { ...base, allowedDomains: [...base.allowedDomains], lastUsedAt: '2026-11-24T12:00:00.000Z' };
    await drawn();
    expect(valueOf(entry)).to.equal('half.exa');
  });

  for (const [name, act] of [
    ['with a draft that blocks', () => press('Remove blog.example')],
    ['with a draft that failed', () => press('Remove blog.example').then(() => press('Save domains'))],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      server.answers('POST api-keys/*/domains/preview', blocking);
      server.answers('PATCH api-keys/*', problem('store_unavailable'));
      await open();
      await act();
      await until(() => bar().includes('This blocks'));
      expect(await violations()).to.deep.equal([]);
    });
  }
});
