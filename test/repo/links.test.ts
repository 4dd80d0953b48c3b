import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { pathInRepository, readRepositoryFile, repositoryFiles } from '../support/repository.ts';

const pages = repositoryFiles.filter((path) => path.endsWith('.md'));

/** As GitHub makes them from headings. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = readRepositoryFile(path).matchAll(/^#{1,6} +(.+?) *$/gm);
  return new Set([...headings].map((heading) => toAnchor(heading[1] ?? '')));
}

function toAnchor(heading: string): string {
  const kept = heading.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '');
  return kept.replaceAll(' ', '-');
}

function brokenLinks(path: string, text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((link) => link[1] ?? '');
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(pathInRepository(linked))) return true;
      return anchor !== undefined && !anchorsOf(linked).has(anchor);
    })
    .map((target) => `${path}: ${target}`);
}

describe('links between pages', () => {
  it('lead to a file and a heading that are there', () => {
    expect(pages.flatMap((path) => brokenLinks(path, readRepositoryFile(path)))).toEqual([]);
  });

  it('the rule sees a missing file and a missing heading', () => {
    const text = '[a](nowhere.md) [b](errors.md#no_such_code) [c](errors.md#key_invalid) [d](https://example.com/x)';
    expect(brokenLinks('docs/http.md', text)).toEqual([
      'docs/http.md: nowhere.md',
      'docs/http.md: errors.md#no_such_code',
    ]);
  });
});
