import { describe, expect, it } from 'vitest';
import { readRepositoryFile, repositoryFiles } from '../support/repository.ts';

/** Written in pieces, so that this file does not find itself. */
const rules: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'a path of one machine', pattern: new RegExp('(?<![\\w.:~-])/(?:home|root|Users|tmp|work)' + '/[\\w.-]') },
  { name: 'a path of one machine', pattern: new RegExp('\\b[A-Z]:\\\\' + 'Users\\\\') },
  { name: 'unfinished work', pattern: new RegExp('\\b(?:TO' + 'DO|FIX' + 'ME|X' + 'XX)\\b') },
  { name: 'a conflict mark', pattern: new RegExp('^(?:<{7}|>{7}) ', 'm') },
];

function findings(path: string, text: string): readonly string[] {
  return rules
    .filter(({ pattern }) => pattern.test(text))
    .map(({ name, pattern }) => `${path}: ${name}: ${pattern.exec(text)?.[0] ?? ''}`);
}

describe('tracked files', () => {
  it('hold no path of one machine and no unfinished work', () => {
    // Binary files have a zero byte; the case tables hold hostile text on purpose.
    const texts = repositoryFiles.filter((path) => !path.endsWith('-cases.json'));
    const found = texts.flatMap((path) => {
      const text = readRepositoryFile(path);
      return text.includes('\0') ? [] : findings(path, text);
    });
    expect(found).toEqual([]);
  });

  it('lock packages from the public registry only', () => {
    const lock = JSON.parse(readRepositoryFile('package-lock.json')) as {
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };
    const elsewhere = Object.values(lock.packages)
      .map(({ resolved }) => resolved)
      .filter((url) => url !== undefined && !url.startsWith('https://registry.npmjs.org/'));
    expect(elsewhere).toEqual([]);
  });

  it('the rules see what they are for', () => {
    for (const text of [
      'see /ho' + 'me/me/notes',
      '(/tm' + 'p/out.txt)',
      'C:\\Us' + 'ers\\me',
      '// TO' + 'DO later',
      '<<<<' + '<<< ours',
    ]) {
      expect(findings('x', text)).toHaveLength(1);
    }
    expect(findings('x', 'https://example.com/home/page and ./work/ and todos')).toEqual([]);
  });
});
