/** No text from outside makes a regular expression slow: each one of the sources is found by itself and flooded. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AskedRegex, FoundSlow } from '../support/regex-child.ts';
import { readRepositoryFile, sourceFiles, visitNodes } from '../support/repository.ts';
import { bundleScript } from '../support/store-process.ts';

const boundMs = 60;
/** For a text of 1 MiB. What is linear takes 30 ms, and 90 when it is interpreted; what is not takes minutes. */
const faqBoundMs = 240;
const timeout = 60_000;
/** What a body may have; the FAQ of an agent may have more. */
const longestInput = 64 * 1024;
const longestFaq = 1024 * 1024;

/**
 * A process of its own: what runs beside is not counted, and V8 compiles no more regular expressions in one that has made 16 MiB
 * of code for them, as the tests before this one may have.
 */
let child: ChildProcess;
beforeAll(async () => {
  child = fork(await bundleScript('regex-child'));
});
afterAll(() => child.kill());

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

/** The first flood that takes longer than the bound. */
async function findSlow(regex: RegExp, longest: number): Promise<string | undefined> {
  const most = longest === longestFaq ? faqBoundMs : boundMs;
  const asked: AskedRegex = { source: regex.source, flags: regex.flags, longest, most };
  child.send(asked);
  const [{ slow }] = (await once(child, 'message')) as [FoundSlow];
  return slow;
}

/** Put together from a list of scripts, and of tags: nothing in them repeats. */
const madeFromConstants = ['server/agents/visitor-text.ts', 'server/records/plain-name.ts'];

describe('regular expressions', { timeout }, () => {
  test('are literals, so that each can be found and tried; those that are made are known', () => {
    expect(made).toEqual(madeFromConstants);
    expect(found.length).toBeGreaterThan(50);
  });

  test.each(found.map((each) => [each.path, each.regex.toString(), each] as const))(
    '%s %s',
    async (_path, _text, each) => {
      expect(await findSlow(each.regex, longestFor(each))).toBeUndefined();
    },
  );

  test.each([
    ['headings of a FAQ as they were', /^ {0,3}#{1,6}\s+(.+?)\s*#*$/],
    ['headings of a reply as they were', /^ {0,3}#{1,6} +(.*?)(?: +#+)? *$/],
    ['nested quantifiers', /^(a+)+$/],
    ['white space before an end', /\s+$/],
  ])('a slow one is found: %s', async (_name, regex) => {
    expect(await findSlow(regex, longestInput)).toBeDefined();
  });
});
