import { describe, expect, it } from 'vitest';
import { patternProblemSentences } from '../../server/gate/domain-pattern.ts';
import { readRepositoryFile } from '../support/repository.ts';

const page = readRepositoryFile('docs/domains.md');

/** The table under a heading: first cell → second. */
function rowsUnder(heading: string): readonly (readonly [string, string])[] {
  const [, section = ''] = page.split(`\n${heading}\n`);
  const [table = ''] = section.split(/^#/m);
  const [, rows = ''] = table.split(/^\|---.*$/m);
  return [...rows.matchAll(/^\| `([a-z_0-9]+)` +\| (.+?) +\|$/gm)].map(
    ([, code = '', text = '']) => [code, text] as const,
  );
}

describe('docs/domains.md', () => {
  it('has each problem of a pattern with its sentence', () => {
    expect(rowsUnder('### What is refused')).toEqual(Object.entries(patternProblemSentences));
  });

  it.each(['origin', 'pattern'])('says how many cases of %ss the table has, as the README does', (kind) => {
    const file = `test/gate/${kind}-cases.json`;
    const { length } = JSON.parse(readRepositoryFile(file)) as readonly unknown[];
    const link = new RegExp(`\\[(\\d+)[^\\]]* of ${kind}s\\]\\([^)]*${file.replace('.', '\\.')}\\)`);
    for (const text of [page, readRepositoryFile('README.md')]) expect(link.exec(text)?.[1]).toBe(String(length));
  });
});
