/** The modal dialog under all others. */
import { expect } from 'chai';
import { html, type TemplateResult } from 'lit';
import type { Dialog } from '../../../dashboard/components/dialog.ts';
import { all, browser, draw, drawn, focus, get, has, heard, press, until, violations } from './stage.ts';

interface Shown {
  readonly holds?: boolean;
  readonly size?: 'narrow' | 'wide';
  readonly content?: TemplateResult;
}

const fields = html`<input aria-label="First" /><input aria-label="Second" autofocus /><button>Inside</button>`;

/** Opened by a button, as it always is. The dialog is never closed by itself. */
async function open({ holds = false, size = 'narrow', content = fields }: Shown = {}): Promise<Dialog> {
  const page = (isOpen: boolean) => html`
    <button type="button" @click=${() => draw(page(true))}>Open it</button>
    <ui-dialog .open=${isOpen} .heading=${'A question'} .holds=${holds} .size=${size} .content=${content}></ui-dialog>
  `;
  draw(page(false));
  await drawn();
  get('button', 'Open it').focus();
  await press('Open it');
  return document.querySelector<Dialog>('main ui-dialog')!;
}

const native = (dialog: Dialog) => dialog.querySelector('dialog')!;

async function close(dialog: Dialog): Promise<void> {
  dialog.open = false;
  await drawn();
}

describe('<ui-dialog>', () => {
  it('is a modal with its heading as its name, and nothing beside it can be reached', async () => {
    await open();
    expect(get('dialog', 'A question').matches(':modal')).to.equal(true);
    expect(has('button', 'Open it')).to.equal(false);
  });

  it('draws what it is about only while it is open', async () => {
    const dialog = await open();
    expect(native(dialog).textContent).to.contain('Inside');
    await close(dialog);
    expect(native(dialog).textContent.trim()).to.equal('');
  });

  it('gives the focus to what asks for it, and takes it back to where it was', async () => {
    const dialog = await open();
    expect(focus()).to.equal('textbox “Second”');
    await close(dialog);
    expect(focus()).to.equal('button “Open it”');
  });

  it('gives the focus to its first control when nothing asks for it', async () => {
    await open({ content: html`<p>Only words</p>` });
    expect(focus()).to.equal('button “Close”');
  });

  it('keeps the focus inside, by Tab in both directions', async () => {
    const dialog = await open();
    const names = new Set<string>();
    for (let step = 0; step < 6; step += 1) {
      await browser.press(step < 4 ? 'Tab' : 'Shift+Tab');
      names.add(focus());
    }
    expect(names).to.not.include('button “Open it”');
    expect(names).to.include('button “Inside”');
    expect(native(dialog).open).to.equal(true);
  });

  it('Escape, the cross and a press beside it ask for closing; what is open stays so until its user agrees', async () => {
    const dialog = await open();
    const asked = heard(dialog, 'dialog-close');
    await browser.press('Escape');
    await browser.press('Escape');
    expect(asked).to.have.length(2);
    await press('Close');
    expect(asked).to.have.length(3);
    native(dialog).dispatchEvent(new PointerEvent('pointerdown', { clientX: 1, clientY: 1, bubbles: true }));
    expect(asked).to.have.length(4);
    expect(native(dialog).open).to.equal(true);
  });

  it('a press inside is none beside it', async () => {
    const dialog = await open();
    const asked = heard(dialog, 'dialog-close');
    const { left, top } = native(dialog).getBoundingClientRect();
    const inside = { clientX: left + 2, clientY: top + 2, bubbles: true };
    native(dialog).dispatchEvent(new PointerEvent('pointerdown', inside));
    get('button', 'Inside').dispatchEvent(new PointerEvent('pointerdown', { clientX: 1, clientY: 1, bubbles: true }));
    expect(asked).to.deep.equal([]);
  });

  it('that holds has no cross, and says each time that somebody wanted to close it', async () => {
    const dialog = await open({ holds: true });
    const [closes, holds] = [heard(dialog, 'dialog-close'), heard(dialog, 'dialog-held')];
    expect(has('button', 'Close')).to.equal(false);
    await browser.press('Escape');
    await browser.press('Escape');
    native(dialog).dispatchEvent(new PointerEvent('pointerdown', { clientX: 1, clientY: 1, bubbles: true }));
    expect([closes.length, holds.length]).to.deep.equal([0, 2]);
    expect(native(dialog).open).to.equal(true);
  });

  it('that the browser closed by itself asks, and is open again unless its user agrees', async () => {
    const dialog = await open();
    const asked = heard(dialog, 'dialog-close');
    native(dialog).close();
    await until(() => asked.length === 1 && native(dialog).open);
    dialog.addEventListener('dialog-close', () => (dialog.open = false));
    native(dialog).close();
    await until(() => asked.length === 2);
    await drawn();
    expect(native(dialog).open).to.equal(false);
  });

  it('closed and opened anew at once stays open: the browser tells late that it was closed', async () => {
    const dialog = await open();
    const asked = heard(dialog, 'dialog-close');
    const told = heard(native(dialog), 'close');
    dialog.open = false;
    await dialog.updateComplete;
    dialog.open = true;
    await until(() => told.length === 1 && native(dialog).open);
    expect(asked.length).to.equal(0);
  });

  it('a way of cancelling that is no key (a phone’s Back) asks as well', async () => {
    const dialog = await open();
    const asked = heard(dialog, 'dialog-close');
    const cancel = new Event('cancel', { cancelable: true });
    native(dialog).dispatchEvent(cancel);
    expect([asked.length, cancel.defaultPrevented]).to.deep.equal([1, true]);
  });

  it('Escape that closes a list of choices, or that something inside took, is not for the dialog', async () => {
    const content = html`<select aria-label="Choice">
        <option>One</option></select
      ><input aria-label="Taker" @keydown=${(event: Event) => event.preventDefault()} />`;
    const dialog = await open({ content });
    const asked = heard(dialog, 'dialog-close');
    for (const inside of [get('combobox', 'Choice'), get('textbox', 'Taker')]) {
      inside.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    }
    expect(asked).to.deep.equal([]);
  });

  it('one inside of another is closed alone', async () => {
    const inner = html`<ui-dialog .heading=${'Inner'} .content=${html`<p>Deep</p>`}></ui-dialog>`;
    const dialog = await open({ content: inner });
    const outerAsked = heard(dialog, 'dialog-close');
    const innerDialog = dialog.querySelector<Dialog>('ui-dialog')!;
    innerDialog.open = true;
    await until(() => has('dialog', 'Inner'));
    const innerAsked = heard(innerDialog, 'dialog-close');
    await browser.press('Escape');
    expect([outerAsked.length, innerAsked.length]).to.deep.equal([0, 1]);
  });

  it('that is taken away while it is open gives the page back', async () => {
    const dialog = await open();
    const inside = native(dialog);
    dialog.remove();
    expect(inside.open).to.equal(false);
    expect(all('button').map(({ computedName }) => computedName)).to.deep.equal(['Open it']);
  });

  for (const size of ['narrow', 'wide'] as const) {
    it(`axe finds nothing in a ${size} one, and it fits a phone`, async () => {
      const dialog = await open({ size });
      expect(await violations()).to.deep.equal([]);
      await browser.viewport(320, 500);
      const { left, right } = native(dialog).getBoundingClientRect();
      await browser.viewport(1024, 768);
      expect([left >= 0, right <= 320]).to.deep.equal([true, true]);
    });
  }
});
