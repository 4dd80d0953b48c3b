import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { adviseOn, covers, type DomainWarning } from '../../server/gate/domain-advice.ts';
import {
  describePattern,
  hintOn,
  hostItself,
  hostOf,
  httpsOnly,
  isAdmitted,
  nearMiss,
  writeBothWays,
} from '../../server/gate/domain-hint.ts';
import {
  isPattern,
  matchOrigin,
  parseDomainPattern,
  parsePatternList,
  type DomainPattern,
} from '../../server/gate/domain-pattern.ts';
import { parseOrigin, type Origin } from '../../server/gate/origin.ts';
import { toUnicodeHost } from '../../server/gate/unicode-host.ts';
import { originCases, patternCases } from '../support/domain-cases.ts';
import { isRefusal } from '../../server/gate/problem.ts';

const parse = (entry: string) => {
  const pattern = parseDomainPattern(entry);
  if (!isPattern(pattern)) throw new Error(entry);
  return pattern;
};
const advice = (...list: string[]) => adviseOn(list.map(parse)).map(({ pattern, code }) => `${pattern} ${code}`);
const none = { origins: [], name: 'these sites' };

/** Few names, so that entries often meet, and all of what can be said with them. */
const hosts = ['a.example', 'b.a.example', 'c.b.a.example', 'example.com', 'localhost', 'x.localhost', '127.0.0.1'];
const allEntries = ['', 'http://', 'https://'].flatMap((scheme) =>
  [...hosts, ...hosts.filter((host) => !/\d$/.test(host)).map((host) => `*.${host}`)].flatMap((host) =>
    ['', ':443', ':80', ':8443', ':*'].map((port) => `${scheme}${host}${port}`),
  ),
);
const allOrigins = ['http://', 'https://'].flatMap((scheme) =>
  ['', 'd.', 'e.d.'].flatMap((below) =>
    hosts.flatMap((host) =>
      ['', ':443', ':80', ':8443']
        .map((port) => parseOrigin(scheme + below + host + port))
        .filter((origin): origin is Origin => !isRefusal(origin)),
    ),
  ),
);
const entries = fc.constantFrom(...allEntries);
const origins = fc.constantFrom(...allOrigins);
const admittedBy = (pattern: DomainPattern) => allOrigins.filter((origin) => matchOrigin([pattern], origin));

describe('warnings about a list', () => {
  test.each([
    [['*.example.com', 'shop.example.com'], ['shop.example.com covered']],
    [['example.com', 'https://example.com'], ['https://example.com covered']],
    [['example.com:443', 'https://example.com'], ['https://example.com covered']],
    [['*.example.com', '*.shop.example.com'], ['*.shop.example.com covered']],
    [['*.example.com', 'example.com'], []],
    [['https://example.com', 'http://example.com'], []],
    [['example.com:8443', 'example.com:8080'], []],
    [['example.com', 'badexample.com'], []],
  ])('an entry that another one covers: %j', (list, expected) => {
    expect(advice(...list)).toEqual(expected);
  });

  test.each([
    [['example.com', 'localhost', '*.shop.localhost', '127.8.0.1', '[::1]'], 4],
    [['localhost', '127.0.0.1', 'shop.localhost:3000'], 0],
    [['example.com', '128.0.0.1', '127.example.com', '[::2]'], 0],
  ])('a loopback entry beside others: %j', (list, count) => {
    expect(advice(...list).filter((line) => line.endsWith(' loopback'))).toHaveLength(count);
  });

  test.each([
    'codepen.io',
    'https://jsfiddle.net',
    '*.codesandbox.io',
    '*.stackblitz.com',
    '*.archive.org',
    'replit.com',
  ])('a host where anyone can put a page: %s', (entry) => expect(advice(entry)).toEqual([`${entry} shared_host`]));

  test.each([
    'me.github.io',
    '*.me.github.io',
    'my-app.codesandbox.io',
    'notcodepen.io',
    'me.glitch.me',
    'shop.replit.app',
  ])('a name of one’s own below such a host is fine: %s', (entry) => expect(advice(entry)).toEqual([]));

  it('say the entry and the reason in a sentence', () => {
    const messages = adviseOn(['*.example.com', 'shop.example.com', 'localhost', 'codepen.io'].map(parse));
    expect(messages.map(({ message }) => message)).toEqual([
      '*.example.com admits this already, so shop.example.com changes nothing.',
      'localhost is on every visitor’s own computer. Give development a key of its own.',
      'Anyone can put a page on codepen.io, and that page may then use this key.',
    ]);
  });

  it('an entry that is there twice is named once', () => {
    expect(adviseOn([parse('a.example'), parse('a.example')])).toHaveLength(1);
  });

  it('a covered entry never changes any verdict when it is removed, nor do all of them together', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 12 }), origins, (texts, origin) => {
        const { patterns } = parsePatternList(texts);
        const isCovered = ({ pattern, code }: DomainWarning) => code === 'covered' && pattern;
        const covered = new Set(adviseOn(patterns).map(isCovered));
        const isIn = matchOrigin(patterns, origin) !== undefined;
        for (const gone of [...covered].map((text) => new Set([text])).concat(covered)) {
          const left = patterns.filter(({ text }) => !gone.has(text));
          expect(matchOrigin(left, origin) !== undefined).toBe(isIn);
        }
      }),
    );
  });

  it('one covers another exactly when it admits whatever the other one admits', () => {
    const admitted = new Map(allEntries.map(parse).map((pattern) => [pattern, new Set(admittedBy(pattern))]));
    for (const [wider, widerSet] of admitted) {
      for (const [pattern, set] of admitted) {
        const isSubset = [...set].every((origin) => widerSet.has(origin));
        if (wider !== pattern && covers(wider, pattern) !== isSubset) throw new Error(`${wider.text} ${pattern.text}`);
      }
    }
  });
});

describe('a hint on what is typed', () => {
  it('nothing typed, nothing said', () => {
    expect(hintOn('', [], none)).toBeUndefined();
    expect(hintOn(' ,\n', [], none)).toBeUndefined();
  });

  it('says what a pattern admits, and which of the known origins', () => {
    const known = {
      origins: ['https://a.example.com', 'http://a.example.com', 'https://b.example'],
      name: 'these sites',
    };
    expect(hintOn('*.Example.com', [], known)).toMatchObject({
      kind: 'fine',
      sentence:
        'Admits every name below example.com, not example.com itself; http and https; any port. Of these sites: a.example.com.',
    });
    expect(hintOn('https://c.example', [], known)?.sentence).toBe(
      'Admits c.example; https; port 443. None of these sites.',
    );
    expect(hintOn('c.example:81', [], none)?.sentence).toBe('Admits c.example; http and https; port 81.');
  });

  it('offers what was meant instead of a mistake, in its place among several', () => {
    expect(hintOn('a.example.com/x, b.example', [], none)).toMatchObject({
      kind: 'problem',
      offers: [{ label: 'Use a.example.com', text: 'a.example.com, b.example' }],
    });
    expect(hintOn('a.example, a.example.', [], none)?.offers[0]?.text).toBe('a.example, a.example');
  });

  it('offers https only and the domain itself beside a wildcard', () => {
    expect(hintOn('*.example.com', [], none)?.offers).toEqual([
      { label: 'https only', text: 'https://*.example.com' },
      { label: 'Add example.com too', text: '*.example.com, example.com' },
    ]);
    expect(hintOn('https://*.example.com', [], none)?.offers).toEqual([
      { label: 'Add https://example.com too', text: 'https://*.example.com, https://example.com' },
    ]);
    const labels = (typed: string, ...list: string[]) => hintOn(typed, list, none)?.offers.map(({ label }) => label);
    expect(labels('*.example.com', 'example.com')).toEqual(['https only']);
    expect(labels('example.com, *.example.com')).toEqual(['https only']);
    expect(labels('*.shop.localhost')).toEqual(['Add shop.localhost too']);
    expect(labels('example.com:80')).toEqual([]);
  });

  it('offers www beside a bare registrable domain, and only there', () => {
    const labels = (typed: string, ...list: string[]) => hintOn(typed, list, none)?.offers.map(({ label }) => label);
    expect(hintOn('acme.org, example.co.uk', [], none)?.offers).toEqual([
      { label: 'https only', text: 'acme.org, https://example.co.uk' },
      { label: 'Add www.example.co.uk too', text: 'acme.org, example.co.uk, www.example.co.uk' },
    ]);
    expect(labels('https://example.com')).toEqual(['Add https://www.example.com too']);
    expect(labels('example.com', 'www.example.com')).toEqual(['https only']);
    expect(labels('example.com', '*.example.com')).toEqual(['https only']);
    for (const entry of ['shop.example.com', 'www.example.com', 'me.github.io', 'example.com:8443', 'co.uk:80'])
      expect(labels(entry)?.filter((label) => label.includes('www'))).toEqual([]);
    for (const entry of ['localhost', '127.0.0.1', '[::1]', 'intranet'])
      expect(labels(entry)?.join()).not.toContain('www');
  });

  it('more entries than a key may have: says so, and offers nothing that would drop the rest', () => {
    const typed = Array.from({ length: 101 }, (_, index) => `s${index}.example/x`).join(' ');
    expect(hintOn(typed, [], none)).toEqual({
      kind: 'problem',
      sentence: 'A key has at most 100 allowed domains.',
      warnings: [],
      offers: [],
    });
  });

  it('warns about the entry as it would stand in the list', () => {
    const codes = (typed: string, ...list: string[]) => hintOn(typed, list, none)?.warnings.map(({ code }) => code);
    expect(codes('shop.example.com', '*.example.com')).toEqual(['covered']);
    expect(codes('localhost', 'example.com')).toEqual(['loopback']);
    expect(codes('codepen.io')).toEqual(['shared_host']);
    expect(codes('example.com', 'localhost')).toEqual([]);
    expect(hintOn('EXAMPLE.com', ['example.com'], none)).toMatchObject({
      sentence: 'This is in the list already.',
      offers: [],
    });
  });

  it('“https only” admits a part of what the entry admits, and of that nothing but https', () => {
    const narrowed = allEntries.map(parse).map((pattern) => [pattern, httpsOnly(pattern)] as const);
    for (const [pattern, https] of narrowed) {
      if (!https) continue;
      expect(covers(pattern, https)).toBe(true);
      expect(admittedBy(https).filter(({ scheme }) => scheme === 'http')).toEqual([]);
      expect(admittedBy(https).length).toBeLessThan(admittedBy(pattern).length);
    }
    expect(narrowed.filter(([, https]) => https)).not.toEqual([]);
  });

  it('the domain itself is offered only where nothing admits it yet', () => {
    fc.assert(
      fc.property(entries, fc.array(entries, { maxLength: 6 }), (entry, texts) => {
        const { patterns } = parsePatternList([entry, ...texts]);
        const itself = hostItself(parse(entry), patterns);
        if (itself) expect(patterns.filter((other) => covers(other, itself))).toEqual([]);
      }),
    );
  });

  it('never throws, and every offer can be read', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: fc.constantFrom(...Array.from('a.*:/[]@ ,1-ü\nxn')), maxLength: 30 }),
      fc.constantFrom(...patternCases.map(({ pattern }) => pattern)),
      entries,
    );
    const known = { origins: originCases.flatMap(({ origin }) => origin ?? []), name: 'these sites' };
    fc.assert(
      fc.property(typed, fc.array(typed, { maxLength: 4 }), (text, list) => {
        const hint = hintOn(text, list, known);
        for (const offer of hint?.offers ?? []) {
          expect(parsePatternList(offer.text).problems.length).toBeLessThanOrEqual(
            parsePatternList(text).problems.length,
          );
        }
        adviseOn(parsePatternList(list).patterns);
        nearMiss(list, text);
        hostOf(text);
        toUnicodeHost(text);
      }),
    );
  });
});

describe('an origin beside a list', () => {
  it.each(originCases)('$id: admitted as the server admits it', ({ patterns, origin, allow }) => {
    expect(isAdmitted(patterns, origin ?? 'null')).toBe(allow);
  });

  it('the domain itself misses a wildcard over it', () => {
    expect(nearMiss(['*.example.com'], 'https://example.com')).toBe(
      '*.example.com admits the names below example.com, not example.com itself.',
    );
    expect(nearMiss(['*.example.com'], 'https://a.example.com')).toBeUndefined();
  });
});

describe('international names are shown both ways', () => {
  test.each([
    ['xn--bcher-kva.example', 'bücher.example'],
    ['shop.xn--fsqu00a.xn--0zwm56d', 'shop.例子.测试'],
    ['xn--fiq228c5hs.example', '中文网.example'],
    ['xn--mgbh0fb.example', 'مثال.example'],
    ['xn--e1afmkfd.xn--80akhbyknj4f', 'пример.испытание'],
  ])('%s', (ascii, unicode) => {
    expect(toUnicodeHost(ascii)).toBe(unicode);
    expect(writeBothWays(ascii)).toBe(`${unicode} (${ascii})`);
  });

  it('in the words about a pattern', () => {
    expect(describePattern(parse('bücher.example'))).toContain('Admits bücher.example (xn--bcher-kva.example);');
  });

  test.each(['example.com', 'xn--.example', 'xn--a.example', 'xn--99999999999.example', 'xn--ünf.example', '[::1]'])(
    '%s is only itself',
    (host) => expect(toUnicodeHost(host)).toBeUndefined(),
  );

  it('what is shown is always the very same name', () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(label, (text) => {
        const pattern = parseDomainPattern(`${text}.example`);
        fc.pre(isPattern(pattern) && pattern.host.startsWith('xn--'));
        const unicode = toUnicodeHost(pattern.host);
        expect(unicode).toBeDefined();
        expect(parseDomainPattern(unicode!)).toMatchObject({ host: pattern.host });
      }),
    );
  });
});
