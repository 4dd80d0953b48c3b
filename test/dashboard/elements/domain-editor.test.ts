/** The field and the list of a key's allowed domains. */
import { expect } from 'chai';
import { DomainEditor } from '../../../dashboard/components/domain-editor.ts';
import { patternsMax } from '../../../server/gate/domain-pattern.ts';
import {
  all,
  browser,
  drawn,
  focus,
  get,
  heard,
  mount,
  press,
  said,
  seen,
  textOf,
  valueOf,
  violations,
  write,
} from './stage.ts';

const entry = 'Add a domain';

/** As its user does: what it wishes for becomes its list. */
async function open(properties: Partial<DomainEditor> = {}): Promise<DomainEditor> {
  const saved = properties.saved ?? properties.domains ?? ['shop.example'];
  const editor = await mount('ui-domain-editor', DomainEditor, { domains: saved, ...properties, saved });
  editor.addEventListener('domains-change', (event) => {
    editor.domains = (event as CustomEvent<readonly string[]>).detail;
  });
  return editor;
}

const hint = () => textOf(document.querySelector('#domain-hint'));
const refusal = () => textOf(document.querySelector('.pattern-form > .field-error'));
const item = (domain: string) => textOf(document.querySelector(`[data-domain="${domain}"]`));

describe('<ui-domain-editor>', () => {
  for (const [typed, added] of [
    ['blog.example', ['blog.example']],
    ['  BLOG.example  ', ['blog.example']],
    ['*.blog.example, https://a.example b.example', ['*.blog.example', 'https://a.example', 'b.example']],
    ['bücher.example', ['xn--bcher-kva.example']],
    ['a.example, a.example', ['a.example']],
  ] as const) {
    it(`adds “${typed}” as ${added.join(' ')}, says so and waits for the next one`, async () => {
      const editor = await open();
      const wishes = heard<readonly string[]>(editor, 'domains-change');
      await write(entry, typed);
      await press('Add');
      expect(wishes).to.deep.equal([['shop.example', ...added]]);
      expect(said).to.deep.equal([`Added ${added.join(', ')}.`]);
      expect(valueOf(entry)).to.equal('');
      expect(focus()).to.equal(`textbox “${entry}”`);
    });
  }

  it('adds with Enter alone, typed on a real keyboard', async () => {
    const editor = await open();
    get('textbox', entry).focus();
    await browser.type('blog.example');
    await browser.press('Enter');
    await drawn();
    expect(editor.domains).to.deep.equal(['shop.example', 'blog.example']);
  });

  it('what the list has already is not added again, and not called added', async () => {
    const editor = await open();
    await write(entry, 'shop.example, new.example');
    await press('Add');
    await write(entry, 'new.example');
    await press('Add');
    expect(editor.domains).to.deep.equal(['shop.example', 'new.example']);
    expect(said).to.deep.equal(['Added new.example.', 'In the list already.']);
  });

  it('does not change its own list: whoever uses it may refuse the wish', async () => {
    const editor = await mount('ui-domain-editor', DomainEditor, { domains: ['a.example'], saved: ['a.example'] });
    await press('Remove a.example');
    expect(editor.domains).to.deep.equal(['a.example']);
    expect(item('a.example')).to.not.contain('will be removed');
  });

  for (const [typed, sentence] of [
    ['*', /\*/],
    ['*.com', /com/],
    ['*.github.io', /github\.io/],
    ['shop.example/cart', /path/i],
    ['exa mple..com', /./],
  ] as const) {
    it(`keeps “${typed}” in the field, marks it as wrong and says why`, async () => {
      const editor = await open();
      const wishes = heard(editor, 'domains-change');
      await write(entry, typed);
      expect(get('textbox', entry).ariaInvalid).to.equal('true');
      expect(refusal()).to.equal('');
      await press('Add');
      expect(wishes).to.deep.equal([]);
      expect(refusal()).to.equal('Not added yet:');
      expect(hint()).to.match(sentence);
      expect(valueOf(entry)).to.equal(typed);
      expect(focus()).to.equal(`textbox “${entry}”`);
      await write(entry, `${typed}x`);
      expect(refusal()).to.equal('');
    });
  }

  it('adds nothing of several when one is wrong: nothing is lost, and nothing is half done', async () => {
    const editor = await open();
    await write(entry, 'good.example, *.com');
    await press('Add');
    expect(editor.domains).to.deep.equal(['shop.example']);
    expect(valueOf(entry)).to.equal('good.example, *.com');
  });

  it('an empty field adds nothing and blames nobody', async () => {
    const editor = await open();
    const wishes = heard(editor, 'domains-change');
    await write(entry, '   ');
    await press('Add');
    expect([wishes, refusal(), said]).to.deep.equal([[], '', []]);
    expect(editor.isTyping).to.equal(false);
  });

  it('says what an entry means while it is typed, and what the list has already', async () => {
    const editor = await open();
    expect(hint()).to.contain('that host alone');
    await write(entry, '*.blog.example');
    expect(hint()).to.contain('Admits every name below blog.example, not blog.example itself');
    expect(editor.isTyping).to.equal(true);
    await write(entry, 'shop.example');
    expect(hint()).to.equal('This is in the list already.');
  });

  it('says which of the known origins an entry admits', async () => {
    await open({ known: { origins: ['https://www.blog.example', 'https://evil.example'], name: 'these sites' } });
    await write(entry, '*.blog.example');
    expect(hint()).to.contain('Of these sites: www.blog.example.');
    await write(entry, 'other.example');
    expect(hint()).to.contain('None of these sites.');
  });

  for (const [typed, offer, taken] of [
    ['https://blog.example/cart', 'Use https://blog.example', 'https://blog.example'],
    ['blog.example', 'https only', 'https://blog.example'],
    ['*.blog.example', 'Add blog.example too', '*.blog.example, blog.example'],
    ['a.example, https://blog.example/x', 'Use https://blog.example', 'a.example, https://blog.example'],
  ] as const) {
    it(`“${typed}”: the offer “${offer}” writes the field anew and gives it the focus`, async () => {
      await open();
      await write(entry, typed);
      await press(offer);
      expect(valueOf(entry)).to.equal(taken);
      expect(focus()).to.equal(`textbox “${entry}”`);
    });
  }

  it('an offer takes the refusal away with what was refused', async () => {
    await open();
    await write(entry, 'https://blog.example/cart');
    await press('Add');
    expect(refusal()).to.equal('Not added yet:');
    await press('Use https://blog.example');
    expect(refusal()).to.equal('');
  });

  it('what is removed stays in sight until it is saved, and one press keeps it; the focus stays on its line', async () => {
    const editor = await open({ saved: ['a.example', 'b.example'] });
    await press('Remove a.example');
    expect(editor.domains).to.deep.equal(['b.example']);
    expect(item('a.example')).to.contain('will be removed');
    expect(focus()).to.equal('button “Keep a.example”');
    await press('Keep a.example');
    expect(editor.domains).to.deep.equal(['b.example', 'a.example']);
    expect(item('a.example')).to.not.contain('will be removed');
    expect(focus()).to.equal('button “Remove a.example”');
    expect(said).to.deep.equal(['Removed a.example.', 'Kept a.example.']);
  });

  it('what was added and is not saved is marked, and goes without a trace; the focus goes to the field', async () => {
    const editor = await open({ saved: ['a.example'], domains: ['a.example', 'new.example'] });
    expect(item('new.example')).to.match(/^new\.example new /);
    expect(item('a.example')).to.not.match(/^a\.example new /);
    await press('Remove new.example');
    expect(editor.domains).to.deep.equal(['a.example']);
    expect(item('new.example')).to.equal('');
    expect(focus()).to.equal(`textbox “${entry}”`);
  });

  it('warns at the entry that is odd beside the others, and not at one that will be removed', async () => {
    await open({ saved: ['*.shop.example', 'www.shop.example'] });
    expect(document.querySelectorAll('.pattern .pattern-warning')).to.have.length(1);
    expect(item('www.shop.example')).to.contain('*.shop.example');
    await press('Remove www.shop.example');
    expect(document.querySelectorAll('.pattern .pattern-warning')).to.have.length(0);
  });

  it('a stored entry that can not be read says that it admits nobody', async () => {
    await open({ saved: ['*.com'] });
    expect(item('*.com')).to.contain('Until it is corrected, this entry admits nobody.');
  });

  it('shows a name of another script in both ways', async () => {
    await open({ saved: ['xn--bcher-kva.example'] });
    expect(item('xn--bcher-kva.example')).to.match(/^xn--bcher-kva\.example bücher\.example /);
  });

  it('refuses more entries than a key may have, with the number', async () => {
    const many = Array.from({ length: patternsMax }, (_, index) => `s${index}.example`);
    const editor = await open({ saved: many });
    await write(entry, 'one-more.example');
    await press('Add');
    expect(refusal()).to.equal(`A key has at most ${patternsMax} allowed domains.`);
    expect(editor.domains).to.have.length(patternsMax);
  });

  it('who may change nothing sees the list and no way to change it', async () => {
    await open({ saved: ['a.example'], reason: 'You are a viewer here.' });
    expect(seen()).to.contain('a.example Admits a.example');
    expect([all('button'), all('textbox')]).to.deep.equal([[], []]);
  });

  it('draws names as text, whatever they look like', async () => {
    await open({ saved: ['<img src=x>'] });
    expect(document.querySelector('main img')).to.equal(null);
    expect(seen()).to.contain('<img src=x>');
  });

  for (const [name, properties, typed] of [
    ['empty', { saved: [] }, ''],
    ['with every kind of line', { saved: ['a.example', '*.com'], domains: ['*.com', 'b.example'] }, ''],
    ['with a problem and offers', {}, 'https://blog.example/cart'],
    ['with a hint and offers', {}, '*.blog.example'],
    ['of a viewer', { reason: 'You are a viewer here.' }, ''],
  ] as const) {
    it(`axe finds nothing in it ${name}`, async () => {
      await open(properties);
      if (typed !== '') await write(entry, typed);
      expect(await violations()).to.deep.equal([]);
    });
  }
});
