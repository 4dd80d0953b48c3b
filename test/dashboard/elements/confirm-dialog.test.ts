/** The one question before something that can't be undone. */
import { expect } from 'chai';
import { html } from 'lit';
import { askToConfirm, type Confirmation } from '../../../dashboard/components/ask-to-confirm.ts';
import { ApiError } from '../../../ui/api-error.ts';
import {
  alerts,
  browser,
  came,
  draw,
  drawn,
  focus,
  get,
  has,
  press,
  seen,
  textOf,
  violations,
  write,
} from './stage.ts';

const refused = new ApiError({
  status: 503,
  code: 'store_unavailable',
  detail: 'Not now.',
  fix: 'Try again in a few seconds.',
});

interface Asked {
  /** Undefined while nobody has answered. */
  readonly answers: readonly boolean[];
}

async function ask(change: Partial<Confirmation> = {}): Promise<Asked> {
  draw(html`<button>Before</button>`);
  await drawn();
  document.querySelector<HTMLElement>('main button')!.focus();
  const answers: boolean[] = [];
  const question = { heading: 'Delete it?', content: 'It is gone then.', confirmLabel: 'Delete', ...change };
  void askToConfirm(question).then((answer) => answers.push(answer));
  await came('dialog', 'Delete it?');
  return { answers };
}

/** An action that ends when the test says so, and how often it was begun. */
function action() {
  let settle = { resolve: (_value?: unknown): void => undefined, reject: (_error: Error): void => undefined };
  const state = {
    runs: 0,
    run: (): Promise<unknown> => {
      state.runs += 1;
      return new Promise((resolve, reject) => (settle = { resolve, reject }));
    },
    succeed: async (): Promise<void> => {
      settle.resolve();
      await drawn();
    },
    fail: async (error: Error): Promise<void> => {
      settle.reject(error);
      await drawn();
    },
  };
  return state;
}

describe('askToConfirm', () => {
  it('yes answers true, closes, and gives the focus back', async () => {
    const asked = await ask();
    expect(textOf(get('dialog'))).to.contain('It is gone then.');
    await press('Delete');
    expect([asked.answers, has('dialog'), focus()]).to.deep.equal([[true], false, 'button “Before”']);
  });

  for (const [name, act] of [
    ['Cancel', () => press('Cancel')],
    ['the cross', () => press('Close')],
    ['Escape', () => browser.press('Escape')],
  ] as const) {
    it(`${name} answers false and does nothing`, async () => {
      const { runs, run } = action();
      const asked = await ask({ run });
      await act();
      await drawn();
      expect([asked.answers, runs, has('dialog')]).to.deep.equal([[false], 0, false]);
    });
  }

  it('waits for what it does: closed only when that is done, and pressed twice it is done once', async () => {
    const work = action();
    const asked = await ask({ run: work.run });
    await press('Delete');
    await press('Delete');
    expect(work.runs).to.equal(1);
    expect(get('button', 'Delete').ariaBusy).to.equal('true');
    expect([asked.answers, has('dialog')]).to.deep.equal([[], true]);
    await work.succeed();
    expect([asked.answers, has('dialog')]).to.deep.equal([[true], false]);
  });

  it('can not be closed while it does something', async () => {
    const work = action();
    const asked = await ask({ run: work.run });
    await press('Delete');
    expect((get('button', 'Cancel') as HTMLButtonElement).disabled).to.equal(true);
    await browser.press('Escape');
    expect([asked.answers, has('dialog'), has('button', 'Close')]).to.deep.equal([[], true, false]);
    await work.succeed();
  });

  it('what fails is said in the dialog, which stays; a second try may succeed', async () => {
    const work = action();
    const asked = await ask({ run: work.run });
    await press('Delete');
    await work.fail(refused);
    expect(alerts()).to.deep.equal(['Not now. Try again in a few seconds.']);
    expect(asked.answers).to.deep.equal([]);
    await press('Delete');
    expect(alerts()).to.deep.equal([]);
    await work.succeed();
    expect([work.runs, asked.answers]).to.deep.equal([2, [true]]);
  });

  it('after a failure it can be left', async () => {
    const work = action();
    const asked = await ask({ run: work.run });
    await press('Delete');
    await work.fail(refused);
    await press('Cancel');
    expect(asked.answers).to.deep.equal([false]);
  });

  it('a second question answers the first with no, and begins without its traces', async () => {
    const work = action();
    const first = await ask({ run: work.run, typed: 'Shop' });
    await write(/to confirm/, 'Shop');
    await press('Delete');
    await work.fail(refused);
    const second = await ask({ typed: 'Shop' });
    expect([first.answers, second.answers]).to.deep.equal([[false], []]);
    expect(alerts()).to.deep.equal([]);
    expect((get('textbox', /to confirm/) as HTMLInputElement).value).to.equal('');
  });

  describe('with a name to type', () => {
    it('asks for the very name and puts the focus there', async () => {
      await ask({ typed: 'Shop' });
      expect(focus()).to.equal('textbox “Type Shop to confirm”');
      expect((get('button', 'Delete') as HTMLButtonElement).disabled).to.equal(true);
    });

    for (const [typed, isEnough] of [
      ['Sho', false],
      ['shop', false],
      ['Shop', true],
      ['  Shop ', true],
    ] as const) {
      it(`“${typed}” is ${isEnough ? '' : 'not '}enough, by Enter too`, async () => {
        const asked = await ask({ typed: 'Shop' });
        await write(/to confirm/, typed);
        expect((get('button', 'Delete') as HTMLButtonElement).disabled).to.equal(!isEnough);
        get('textbox', /to confirm/).focus();
        await browser.press('Enter');
        await drawn();
        expect(asked.answers).to.deep.equal(isEnough ? [true] : []);
      });
    }
  });

  it('draws names as text, whatever they look like', async () => {
    await ask({ content: '<b>bold</b>', typed: '<i>x</i>' });
    expect(get('dialog').querySelector('i, p > b')).to.equal(null);
    expect(textOf(get('dialog'))).to.contain('<b>bold</b>');
    expect(seen()).to.equal('Before');
  });

  for (const [name, change] of [
    ['plain', {}],
    ['dangerous, with a name to type', { typed: 'Shop', isDanger: true }],
    ['that failed', { run: () => Promise.reject(refused) }],
  ] as const) {
    it(`axe finds nothing in one that is ${name}`, async () => {
      await ask(change);
      if ('run' in change) await press('Delete');
      expect(await violations()).to.deep.equal([]);
    });
  }
});
