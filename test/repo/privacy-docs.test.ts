import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultRetention } from '../../server/sweep.ts';
import { retentionDaysMax } from '../../server/records/organization.ts';
import { createMemory, type Slot } from '../../widget/memory.ts';
import { pathInRepository, readRepositoryFile } from '../support/repository.ts';

const page = readRepositoryFile('docs/privacy.md');

/** The names that a storage is asked to keep. */
function keepNames(): { readonly names: string[]; readonly setItem: (name: string) => void } {
  const names: string[] = [];
  return { names, setItem: (name) => names.push(name) };
}

describe('docs/privacy.md', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('names every entry that the chat keeps in the browser, and where', () => {
    const [tab, browser] = [keepNames(), keepNames()];
    vi.stubGlobal('sessionStorage', tab);
    vi.stubGlobal('localStorage', browser);
    const where = { publicKey: 'KEY', agentId: 'AGENT', place: '' };
    for (const slot of Object.values<Slot>({ ...createMemory({ ...where, remember: false }) })) slot.write('x');
    const rows = [...page.matchAll(/^\| `(postern:[^`]+)`/gm)].map(([, name]) => name);
    expect(rows).toEqual(tab.names);
    expect(browser.names).toEqual([]);
    createMemory({ ...where, remember: true }).conversationId.write('x');
    expect(browser.names).toEqual(rows.slice(0, 1));
  });

  it('names variables of the configuration alone', () => {
    const named = new Set(page.match(/(?<=`)[A-Z]+(?:_[A-Z]+)+/g));
    const variables = readRepositoryFile('.env.example').match(/^[A-Z_]+(?==)/gm);
    expect(variables).toEqual(expect.arrayContaining([...named]));
    expect(named.size).toBeGreaterThan(5);
  });

  it('says the times that the program keeps', () => {
    expect(page).toContain(`deleted [${defaultRetention.conversationDays} days] after your last message`);
    expect(retentionDaysMax).toBe(365);
    expect(page).toContain('from an hour to a year');
  });
});

describe('docs/accessibility.md', () => {
  const statement = readRepositoryFile('docs/accessibility.md');

  it('has a test for each criterion that it says is checked, with the words it stands on', () => {
    const rows = statement.split('\n').filter((line) => /^\| \d|^\| forced/.test(line));
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const files = [...row.matchAll(/\(\.\.\/(test\/[^)]+)\)/g)].map(([, file = '']) => file);
      expect(files, row).not.toEqual([]);
      for (const file of files) expect(existsSync(pathInRepository(file)), file).toBe(true);
    }
  });

  it.each([
    ['test/widget/accessible.test.ts', 'axe finds nothing wrong when'],
    ['test/widget/accessible.test.ts', 'every control is at least 44 px high and wide'],
    ['test/widget/accessible.test.ts', 'is usable at 320 × 256, which is 400 % zoom'],
    ['test/widget/accessible.test.ts', 'by keyboard alone'],
    ['test/widget/accessible.test.ts', 'each reply is announced exactly once'],
    ['test/widget/accessible.test.ts', 'moves nothing for those who asked for less motion'],
    ['test/widget/page.spec.ts', 'takes no focus then'],
    ['test/widget/page.spec.ts', 'with forced colours has its borders'],
    ['test/dashboard/elements/dialog.test.ts', 'keeps the focus inside'],
  ])('%s still tests: %s', (file, words) => {
    expect(readRepositoryFile(file)).toContain(words);
  });
});
