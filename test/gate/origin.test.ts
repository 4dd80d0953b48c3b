import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPattern, matchOrigin, parseDomainPattern } from '../../server/gate/domain-pattern.ts';
import { parseOrigin } from '../../server/gate/origin.ts';
import { isAllowed, originCases } from '../support/domain-cases.ts';
import { isRefusal } from '../../server/gate/problem.ts';

describe('every origin of cases.json', () => {
  test.each(originCases)('$id $class: $why', ({ patterns, origin, allow }) => {
    expect(isAllowed(patterns, origin ?? undefined)).toBe(allow);
  });
});

describe('the table bites: each of these wrong matchers fails a row', () => {
  const hostOf = (origin: string): string => origin.replace(/^https?:\/\//, '').replace(/:\d+$/, '');
  const wrongMatchers: Record<string, (pattern: string, origin: string) => boolean> = {
    'suffix without a dot': (pattern, origin) => hostOf(origin).endsWith(pattern.replace('*.', '')),
    'regex from pattern': (pattern, origin) => {
      try {
        return new RegExp(`^https?://${pattern.replace('*', '.*')}(:\\d+)?$`).test(origin);
      } catch {
        return false;
      }
    },
    'new URL': (pattern, origin) => {
      try {
        const { hostname } = new URL(new URL(origin).origin);
        const parsed = parseDomainPattern(pattern);
        if (!isPattern(parsed)) return false;
        return parsed.isWildcard ? hostname.endsWith(`.${parsed.host}`) : hostname === parsed.host;
      } catch {
        return false;
      }
    },
    includes: (pattern, origin) => origin.includes(pattern.replace('*', '')),
    prefix: (pattern, origin) => origin.startsWith(`https://${pattern}`) || origin.startsWith(`http://${pattern}`),
  };

  test.each(Object.entries(wrongMatchers))('%s', (_name, isMatch) => {
    const wronglyAllowed = originCases.filter(
      ({ patterns, origin, allow }) =>
        !allow && origin !== null && patterns.some((pattern) => isMatch(pattern, origin)),
    );
    expect(wronglyAllowed.length).toBeGreaterThan(0);
  });
});

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !text.startsWith('xn--'));
const host = fc.tuple(label, label).map((labels) => `${labels.join('.')}.example`);
const pattern = fc
  .tuple(
    fc.constantFrom('', 'http://', 'https://'),
    fc.constantFrom('', '*.'),
    host,
    fc.constantFrom('', ':8443', ':*'),
  )
  .map((parts) => parts.join(''));
const origin = fc
  .tuple(fc.constantFrom('http://', 'https://'), fc.array(label, { maxLength: 3 }), host, fc.constantFrom('', ':8443'))
  .map(([scheme, labels, name, port]) => scheme + [...labels, name].join('.') + port);
/** A list and an origin that often have a name in common, so that both verdicts occur. */
const listAndOrigin = fc
  .tuple(fc.array(pattern, { maxLength: 6 }), origin, label)
  .map(([list, other, below]): [string[], string] => {
    const first = list[0] === undefined ? undefined : parseDomainPattern(list[0]);
    return [list, first && isPattern(first) && below < 'n' ? `https://${below}.${first.host}` : other];
  });

describe('properties', () => {
  test('no text ever throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), origin, pattern), (text) => {
        parseOrigin(text);
        const parsed = parseDomainPattern(text);
        expect(isPattern(parsed) ? parsed.text : parsed.message).toBeTruthy();
      }),
      { numRuns: 2000 },
    );
  });

  test('the order of the patterns is irrelevant', () => {
    fc.assert(
      fc.property(listAndOrigin, ([list, text]) => {
        expect(isAllowed([...list].reverse(), text)).toBe(isAllowed(list, text));
      }),
    );
  });

  test('a union of lists allows what one of them allows', () => {
    fc.assert(
      fc.property(listAndOrigin, fc.array(pattern, { maxLength: 6 }), ([list, text], others) => {
        expect(isAllowed([...list, ...others], text)).toBe(isAllowed(list, text) || isAllowed(others, text));
      }),
    );
  });

  test('nothing appended after an allowed name is ever accepted, but a port', () => {
    const appended = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('.', '/', '\\', '@', '#', '?', ',', ';', '%', '{', '-', '_', ':0', ':443'),
      label.map((text) => `.${text}`),
      label,
    );
    fc.assert(
      fc.property(host, fc.boolean(), appended, fc.option(host), (name, isWildcard, first, second) => {
        const allowed = isWildcard ? `*.${name}` : name;
        const text = `https://${isWildcard ? 'a.' : ''}${name}`;
        const suffix = first + (second ?? '');
        fc.pre(!/^:[1-9]\d{0,4}$/.test(suffix) || suffix === ':443');
        // A label that happens to repeat the allowed name ends in it again: that is a name below it, and the owner's.
        fc.pre(!(isWildcard && (name + suffix).endsWith(`.${name}`)));
        expect(isAllowed([allowed], text)).toBe(true);
        expect(isAllowed([allowed], text + suffix)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('normalizing twice is normalizing once', () => {
    fc.assert(
      fc.property(fc.oneof(pattern, fc.webAuthority(), fc.domain(), fc.string()), (text) => {
        const once = parseDomainPattern(text);
        fc.pre(isPattern(once));
        expect(parseDomainPattern(once.text)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test('every subdomain of a wildcard is accepted, at any depth, and the domain itself is not', () => {
    fc.assert(
      fc.property(host, fc.array(label, { minLength: 1, maxLength: 8 }), (name, labels) => {
        expect(isAllowed([`*.${name}`], `https://${[...labels, name].join('.')}`)).toBe(true);
        expect(isAllowed([`*.${name}`], `https://${name}`)).toBe(false);
      }),
    );
  });

  test('an accepted origin is the very text that the browser sent', () => {
    fc.assert(
      fc.property(origin, (text) => {
        const parsed = parseOrigin(text);
        expect(parsed).toMatchObject({ text });
        expect(isRefusal(parsed) || matchOrigin([], parsed)).toBeUndefined();
      }),
    );
  });
});
