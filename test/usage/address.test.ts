import { describe, expect, test } from 'vitest';
import { addressGroup, isLoopbackAddress, parseAddress } from '../../server/usage/address.ts';

describe('what counts as one address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1::1', '2001:db8:0:1'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['2001:db8:0:2::', '2001:db8:0:2'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
    ['2001:DB8:1:2::1', '2001:db8:1:2'],
    ['192.0.2.1:51234', '192.0.2.1'],
    ['[2001:db8:1:2::7]:51234', '2001:db8:1:2'],
    ['[2001:db8:1:2::7]', '2001:db8:1:2'],
    ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%s → %s', (ip, group) => {
    expect(addressGroup(ip)).toBe(group);
  });
});

test.each([
  '',
  'unknown',
  '_hidden',
  '192.0.2',
  '010.0.0.1',
  '192.0.2.1:',
  '192.0.2.1:x',
  '[2001:db8::7',
  '2001:db8::7]:1',
  '[]:1',
])('"%s" is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['10.0.0.1', false],
  ['::', false],
  ['::2', false],
  ['', false],
])('%s is of this machine: %s', (address, isOwn) => {
  expect(isLoopbackAddress(address)).toBe(isOwn);
});
