/** Where links, Back and unsaved edits lead, and where the focus goes when what had it is taken away. */
import { expect } from 'chai';
import { html } from 'lit';
import { LeaveGuard } from '../../../dashboard/controllers/leave-guard.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { keepFocus } from '../../../dashboard/focus-keeper.ts';
import { registerElements } from '../../../dashboard/register-elements.ts';
import { guardLeaving, isUnsaved, leaveFreely, navigate, ownPath } from '../../../dashboard/router.ts';
import { held } from './server.ts';
import { browser, draw, drawn, focus, get, leaving, press, startTestRouter, until, visited } from './stage.ts';

const usage = '/org/org_1/settings/usage';
const members = '/org/org_1/settings/members';

describe('the router', () => {
  beforeEach(async () => {
    startTestRouter();
    await navigate(usage);
    visited.length = 0;
  });

  /** A click on a link with these attributes; true: the browser would have followed it. */
  function click(attributes: Readonly<Record<string, string>>, init: MouseEventInit = {}): boolean {
    draw(html`<a><b>Link</b></a>`);
    const link = document.querySelector('main a')!;
    for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value);
    const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...init });
    let isFollowed = false;
    const last = (late: Event): void => {
      isFollowed = !late.defaultPrevented;
      late.preventDefault();
    };
    addEventListener('click', last, { once: true });
    link.firstElementChild!.dispatchEvent(event);
    return isFollowed;
  }

  it('takes over a plain click on a link to one of its pages', async () => {
    const before = history.length;
    expect(click({ href: `${members}?a=1#invitations-heading` })).to.equal(false);
    await drawn();
    expect(visited).to.deep.equal([`${members}?a=1#invitations-heading`]);
    expect(location.pathname).to.equal(members);
    expect(history.length).to.equal(before + 1);
  });

  for (const [name, attributes, init] of [
    ['to another site', { href: 'https://example.com/account' }, {}],
    ['to a page of the server that is none of the dashboard’s', { href: '/api/docs' }, {}],
    ['to a file', { href: '/account', download: '' }, {}],
    ['into a new tab', { href: '/account', target: '_blank' }, {}],
    ['with Ctrl', { href: '/account' }, { ctrlKey: true }],
    ['with Cmd', { href: '/account' }, { metaKey: true }],
    ['with Shift', { href: '/account' }, { shiftKey: true }],
    ['with Alt', { href: '/account' }, { altKey: true }],
    ['with another button', { href: '/account' }, { button: 1 }],
    ['to a place on the same page', { href: `${usage}#days-heading` }, {}],
    ['without an address', {}, {}],
  ] as readonly (readonly [string, Record<string, string>, MouseEventInit])[]) {
    it(`leaves a click ${name} to the browser`, async () => {
      expect(click(attributes, init)).to.equal(true);
      await drawn();
      expect(visited).to.deep.equal([]);
    });
  }

  it('a link to the very page shows it anew, without another step in the history', async () => {
    const before = history.length;
    click({ href: usage });
    await drawn();
    expect([visited, history.length]).to.deep.equal([[usage], before]);
  });

  it('what somebody handled already is left alone', async () => {
    draw(html`<a href="/account" @click=${(event: Event) => event.preventDefault()}>Link</a>`);
    document.querySelector<HTMLElement>('main a')!.click();
    await drawn();
    expect(visited).to.deep.equal([]);
  });

  it('Back and Forward show their pages', async () => {
    await navigate(members);
    history.back();
    await until(() => visited.at(-1) === usage);
    history.forward();
    await until(() => visited.at(-1) === members);
    expect(visited).to.deep.equal([members, usage, members]);
  });

  it('a fragment alone is no other page, back and forth', async () => {
    location.hash = 'keys-heading';
    await until(() => location.hash === '#keys-heading');
    history.back();
    await until(() => location.hash === '');
    await drawn();
    expect(visited).to.deep.equal([]);
  });

  it('replacing leaves no step to go back to', async () => {
    const before = history.length;
    await navigate(members, { replace: true });
    expect([history.length, location.pathname]).to.deep.equal([before, members]);
  });

  describe('unsaved edits', () => {
    it('hold a link, with what would be lost; “stay” stays', async () => {
      guardLeaving(() => true, 'The secret is lost.');
      leaving.answer = false;
      click({ href: members });
      await drawn();
      expect([leaving.asked, visited, location.pathname]).to.deep.equal([['The secret is lost.'], [], usage]);
    });

    it('“leave” leaves, and does not ask again', async () => {
      guardLeaving(() => true);
      click({ href: members });
      await until(() => visited.length === 1);
      await navigate('/account');
      expect([leaving.asked.length, visited]).to.deep.equal([1, [members, '/account']]);
    });

    it('hold Back: the address is as it was; “leave” goes back then', async () => {
      await navigate(members);
      visited.length = 0;
      guardLeaving(() => true);
      leaving.answer = false;
      history.back();
      await until(() => leaving.asked.length === 1);
      await until(() => location.pathname === members);
      expect(visited).to.deep.equal([]);
      const answer = held<boolean>();
      leaving.answer = answer.answer as Promise<boolean>;
      history.back();
      await until(() => leaving.asked.length === 2);
      await until(() => location.pathname === members);
      answer.go(true);
      await until(() => visited.length === 1);
      expect([visited, location.pathname]).to.deep.equal([[usage], usage]);
    });

    it('hold a Back that is pressed twice: one question, and the address is as it was', async () => {
      await navigate(members);
      await navigate('/account');
      await navigate(members);
      history.back();
      await until(() => visited.at(-1) === '/account');
      visited.length = 0;
      guardLeaving(() => true);
      const answer = held<boolean>();
      leaving.answer = answer.answer as Promise<boolean>;
      history.back();
      history.back();
      await until(() => leaving.asked.length === 1);
      await until(() => location.pathname === '/account');
      answer.go(false);
      await drawn();
      expect([leaving.asked.length, visited, location.pathname]).to.deep.equal([1, [], '/account']);
    });

    it('hold Forward as well', async () => {
      await navigate(members);
      history.back();
      await until(() => visited.at(-1) === usage);
      visited.length = 0;
      guardLeaving(() => true);
      leaving.answer = false;
      history.forward();
      await until(() => leaving.asked.length === 1);
      await until(() => location.pathname === usage);
      expect(visited).to.deep.equal([]);
    });

    it('hold the closing of the tab, and only while there are any', () => {
      let isEdited = true;
      const release = guardLeaving(() => isEdited);
      const isHeld = () => {
        const event = new Event('beforeunload', { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;
      };
      expect(isHeld()).to.equal(true);
      isEdited = false;
      expect(isHeld()).to.equal(false);
      isEdited = true;
      release();
      expect(isHeld()).to.equal(false);
    });

    it('a second wish to leave while one is asked asks no second time', async () => {
      guardLeaving(() => true);
      await Promise.all([navigate(members), navigate('/account')]);
      expect([leaving.asked.length, visited]).to.deep.equal([1, [members]]);
    });

    it('hold nothing where nothing was edited, or once one may leave freely', async () => {
      guardLeaving(() => false);
      guardLeaving(() => true);
      leaveFreely();
      expect(isUnsaved()).to.equal(false);
      await navigate(members);
      expect(leaving.asked).to.deep.equal([]);
    });
  });

  it('a LeaveGuard holds for as long as its element is there', async () => {
    class Edited extends LightElement {
      readonly guard = new LeaveGuard(this, () => true, 'Edited.');
    }
    registerElements({ 'test-edited': Edited });
    draw(html`<test-edited></test-edited>`);
    expect(isUnsaved()).to.equal(true);
    const element = document.querySelector('test-edited')!;
    element.remove();
    expect(isUnsaved()).to.equal(false);
    document.querySelector('main')!.append(element);
    leaving.answer = false;
    await navigate(members);
    expect(leaving.asked).to.deep.equal(['Edited.']);
  });

  for (const [text, path] of [
    ['/account', '/account'],
    [`${members}?x=1#y`, `${members}?x=1#y`],
    ['/nothing', 'fallback'],
    ['account', 'fallback'],
    ['//evil.example/account', 'fallback'],
    ['/\\evil.example/account', 'fallback'],
    ['https://evil.example/account', 'fallback'],
    ['//', 'fallback'],
    [null, 'fallback'],
  ] as const) {
    it(`ownPath(${text}) is ${path}`, () => expect(ownPath(text, 'fallback')).to.equal(path));
  }
});

describe('the focus', () => {
  let isKept = false;
  beforeEach(() => {
    if (!isKept) keepFocus();
    isKept = true;
  });

  /** Removes what has the focus, as a part does that has done its work. */
  function take(name: string): void {
    get('button', name).focus();
    get('button', name).remove();
    expect(focus()).to.equal('body');
  }

  it('goes to the heading of the part that it was in', async () => {
    draw(
      html`<button>Before</button>
        <section>
          <h2>Part</h2>
          <button>Gone</button>
        </section>`,
    );
    take('Gone');
    await until(() => focus() === 'heading “Part”');
  });

  it('goes to what comes before it where there is no part', async () => {
    draw(
      html`<h1>Page</h1>
        <button>Before</button><button>Gone</button><button>After</button>`,
    );
    take('Gone');
    await until(() => focus() === 'button “Before”');
  });

  it('goes to the page’s heading when nothing comes before', async () => {
    draw(
      html`<div><h1>Page</h1></div>
        <button>Gone</button>`,
    );
    take('Gone');
    await until(() => focus() === 'heading “Page”');
  });

  it('goes back to where it was, from what stands beside the page', async () => {
    draw(
      html`<h1>Page</h1>
        <button>Here</button><button>After</button>`,
    );
    get('button', 'Here').focus();
    const toast = document.createElement('button');
    toast.textContent = 'Undo';
    document.querySelector('.stage')!.append(toast);
    toast.focus();
    toast.remove();
    await until(() => focus() === 'button “Here”');
  });

  it('stays where the part put it', async () => {
    draw(
      html`<section>
        <h2>Part</h2>
        <button>Gone</button><button>Next</button>
      </section>`,
    );
    take('Gone');
    get('button', 'Next').focus();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(focus()).to.equal('button “Next”');
  });

  it('is not given to somebody who left it, when the page changes later', async () => {
    draw(
      html`<section>
        <h2>Part</h2>
        <button>Left</button>
      </section>`,
    );
    get('button', 'Left').focus();
    get('button', 'Left').blur();
    await drawn();
    get('button', 'Left').remove();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(focus()).to.equal('body');
  });

  it('lets Tab go on from there', async () => {
    draw(
      html`<section>
        <h2>Part</h2>
        <button>Gone</button><button>Next</button>
      </section>`,
    );
    take('Gone');
    await until(() => focus() === 'heading “Part”');
    await browser.press('Tab');
    expect(focus()).to.equal('button “Next”');
    await press('Next');
  });
});
