import { describe, expect, it } from 'vitest';
import { patternProblemSentences } from '../../server/gate/domain-pattern.ts';
import { originCases, patternCases } from '../support/domain-cases.ts';
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

  it('says how many cases the tables have, as the README does', () => {
    for (const text of [page, readRepositoryFile('README.md')]) {
      const [, origins, patterns] =
        /(\d+)(?: cases)? of origins, (\d+) of patterns\]\(.*gate\/cases\.json\)/.exec(text) ?? [];
      expect([origins, patterns]).toEqual([String(originCases.length), String(patternCases.length)]);
    }
  });
});
