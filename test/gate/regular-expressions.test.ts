/** No text from outside makes a regular expression slow: each one of the sources is found by itself and flooded. */
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { floodsFor } from '../support/regex-floods.ts';
import { readRepositoryFile, sourceFiles, visitNodes } from '../support/repository.ts';

const boundMs = 60;
/** For a text of 1 MiB. What is linear takes 30 ms, and 90 when it is interpreted; what is not takes minutes. */
const faqBoundMs = 240;
/** The least of so many counts, because the machine may be busy and the first ones are interpreted. */
const attemptsMax = 10;
/** So many times the bound is slow, whatever else runs. */
const surely = 10;
const timeout = 60_000;
/** What a body may have; the FAQ of an agent may have more. */
const longestInput = 64 * 1024;
const longestFaq = 1024 * 1024;

interface Found {
  readonly path: string;
  readonly regex: RegExp;
}

const folders = /^(server|widget|dashboard|demo)\//;
const found: Found[] = [];
const made: string[] = [];
for (const path of sourceFiles.filter((file) => folders.test(file) && !file.endsWith('.d.ts'))) {
  visitNodes(path, readRepositoryFile(path), (node) => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ path, regex: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)) });
    } else if (ts.isIdentifier(node) && node.text === 'RegExp' && !ts.isTypeReferenceNode(node.parent)) {
      made.push(path);
    }
  });
}

/** Files whose regular expressions meet shorter texts, and why. */
const shorterInputs: ReadonlyMap<string, { readonly max: number; readonly why: string }> = new Map([
  ['server/gate/domain-pattern.ts', { max: 300, why: 'a longer entry is refused before anything is matched' }],
  ['widget/minify-templates.ts', { max: 0, why: 'runs at the build, on the templates of this repository' }],
]);

const readFaqs: ReadonlySet<string> = new Set([
  'server/agents/faq-markdown.ts',
  'server/records/plain-name.ts',
  'server/agents/faq.ts',
]);

function longestFor({ path }: Found): number {
  if (readFaqs.has(path)) return longestFaq;
  return shorterInputs.get(path)?.max ?? longestInput;
}

function run(regex: RegExp, text: string): void {
  regex.lastIndex = 0;
  if (regex.global) text.replace(regex, '');
  else regex.exec(text);
}

function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function isSlower(work: () => void, most: number): boolean {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const ms = processorMs(work);
    if (ms <= most) return false;
    if (ms > surely * most) return true;
  }
  return true;
}

/** The first flood that takes longer than the bound; shorter ones first, so that the worst regular expression ends too. */
function findSlow(regex: RegExp, longest: number): string | undefined {
  const most = longest === longestFaq ? faqBoundMs : boundMs;
  for (const length of [...[24, 200, 1_000, 4_000, 16_000].filter((size) => size < longest), longest]) {
    for (const flood of floodsFor(regex, length)) {
      if (isSlower(() => run(regex, flood), most))
        return `${length} characters: ${JSON.stringify(flood.slice(0, 12))}…${JSON.stringify(flood.slice(-6))}`;
    }
  }
  return undefined;
}

/** Put together from a list of scripts, and of tags: nothing in them repeats. */
const madeFromConstants = ['server/agents/visitor-text.ts', 'server/records/plain-name.ts'];

describe('regular expressions', { timeout }, () => {
  test('are literals, so that each can be found and tried; those that are made are known', () => {
    expect(made).toEqual(madeFromConstants);
    expect(found.length).toBeGreaterThan(50);
  });

  test.each(found.map((each) => [each.path, each.regex.toString(), each] as const))('%s %s', (_path, _text, each) => {
    expect(findSlow(each.regex, longestFor(each))).toBeUndefined();
  });

  test.each([
    ['headings of a FAQ as they were', /^ {0,3}#{1,6}\s+(.+?)\s*#*$/],
    ['headings of a reply as they were', /^ {0,3}#{1,6} +(.*?)(?: +#+)? *$/],
    ['nested quantifiers', /^(a+)+$/],
    ['white space before an end', /\s+$/],
  ])('a slow one is found: %s', (_name, regex) => {
    expect(findSlow(regex, longestInput)).toBeDefined();
  });
});
