/** Policies as browsers read them (CSP level 3). */
import { describe, expect, test } from 'vitest';
import {
  allowsAddress,
  allowsScript,
  directiveFor,
  parsePolicies,
  withSource,
} from '../../server/doctor/content-policy.ts';

const page = new URL('https://shop.example/');

describe('an address', () => {
  test.each([
    ['*', 'https://gate.example/', true],
    ['*', 'data:text/plain,a', false],
    ["'none'", 'https://gate.example/', false],
    ["'self'", 'https://shop.example/a', true],
    ["'self'", 'https://gate.example/', false],
    ["'unsafe-inline'", 'https://gate.example/', false],
    ['https:', 'https://gate.example/', true],
    ['http:', 'https://gate.example/', true],
    ['https:', 'http://gate.example/', false],
    ['gate.example', 'https://gate.example/', true],
    ['GATE.example', 'https://gate.example/', true],
    ['gate.example', 'http://gate.example/', false],
    ['gate.example', 'https://gate.example:8443/', false],
    ['gate.example:*', 'https://gate.example:8443/', true],
    ['gate.example:8443', 'https://gate.example:8443/', true],
    ['http://gate.example', 'https://gate.example/', true],
    ['*.example', 'https://gate.example/', true],
    ['*.gate.example', 'https://gate.example/', false],
    ['*.gate.example', 'https://evilgate.example/', false],
    ['https://gate.example/widget.js', 'https://gate.example/widget.js', true],
    ['https://gate.example/widget.js', 'https://gate.example/widget/0.1.0/chat.js', false],
    ['https://gate.example/widget/', 'https://gate.example/widget/0.1.0/chat.js', true],
    ['https://gate.example/Widget.js', 'https://gate.example/widget.js', false],
  ])('%s and %s: %s', (source, url, allowed) => {
    expect(allowsAddress([source], new URL(url), page)).toBe(allowed);
  });
});

describe('a policy', () => {
  test('the more exact directive counts, and of two of a name the first', () => {
    const [policy] = parsePolicies("default-src 'none'; script-src a.example; script-src b.example; CONNECT-SRC *");
    expect(directiveFor(policy!, 'script')).toEqual({ name: 'script-src', sources: ['a.example'] });
    expect(directiveFor(policy!, 'connect')).toEqual({ name: 'connect-src', sources: ['*'] });
    expect(directiveFor(parsePolicies('img-src *')[0]!, 'script')).toBeUndefined();
  });

  test('commas part policies, each with its own directives', () => {
    expect(parsePolicies("script-src *, connect-src 'none',, ;")).toHaveLength(2);
  });

  test.each([
    ["'nonce-abc' 'strict-dynamic'", { nonce: 'abc' }, true],
    ["'strict-dynamic' https://gate.example", {}, false],
    ["'sha384-abc'", { integrity: 'sha384-abc' }, false],
    ["'sha384-abc' https://gate.example", { integrity: 'sha384-abc' }, true],
    ['https://gate.example/widget.js', {}, false],
    ['https://gate.example', {}, true],
  ])('script-src %s with %o: %s', (sources, more, allowed) => {
    const tag = { url: new URL('https://gate.example/widget.js'), nonce: '', integrity: '', ...more };
    const further = new URL('https://gate.example/widget/0.0.0/chat.js');
    const directive = { name: 'script-src', sources: sources.split(' ') };
    expect(allowsScript(directive, tag, further, page)).toBe(allowed);
  });

  test('to be pasted it has one source more, and no none', () => {
    expect(withSource({ name: 'connect-src', sources: ["'none'"] }, 'https://gate.example')).toBe(
      'connect-src https://gate.example',
    );
  });
});
