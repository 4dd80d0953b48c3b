import { describe, expect, test } from 'vitest';
import { builtInScopes, effectiveScopes, isScope } from '../../server/gate/scope.ts';

describe('a publishable call', () => {
  const all = [...builtInScopes, 'orders:read', 'orders:write'];
  // Fails when anything of ours but the chat's two, or anything that the key lacks, gets through.
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['has nothing but the chat’s two, whatever its key has', all, [], ['agents:read', 'messages:write']],
    ['has what is listed too', all, ['orders:read'], ['agents:read', 'messages:write', 'orders:read']],
    ['has none of ours by listing it', all, builtInScopes, ['agents:read', 'messages:write']],
    ['has nothing that its key has not', ['orders:read'], ['orders:read', 'orders:write'], ['orders:read']],
    ['of a key with nothing has nothing', [], ['orders:read', 'agents:read'], []],
  ])('%s', (_name, scopes, publishableScopes, expected) => {
    expect(effectiveScopes({ scopes, publishableScopes }, 'publishable')).toEqual(expected);
    expect(effectiveScopes({ scopes, publishableScopes }, 'secret')).toEqual(scopes);
  });
});

test.each<[string, boolean]>([
  ['orders:read', true],
  ['a', true],
  ['a_b.c:d-9', true],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
  ['', false],
  ['Orders:read', false],
  ['orders read', false],
  ['orders:read\n', false],
  ['orders,read', false],
  ['örders', false],
])('%j as a scope: %s', (text, isOne) => {
  expect(isScope(text)).toBe(isOne);
});
