import { describe, expect, it } from 'vitest';
import { nameOf, toText } from '../../dashboard/pages/audit/facts.ts';
import { kindOf } from '../../dashboard/pages/audit/words.ts';

describe('a fact of the audit log', () => {
  it.each([
    [null, ''],
    [undefined, ''],
    [true, 'yes'],
    [1234, '1,234'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    [['a.example', '*.b.example'], 'a.example\n*.b.example'],
    [[], ''],
    [{ requests: 10, windowSeconds: 60 }, '{\n "requests": 10,\n "windowSeconds": 60\n}'],
    ['2026-11-24', '2026-11-24'],
    [
      [
        { pattern: 'pr.example', label: 'PR 12', expiresAt: '2027-06-03T12:00:00.000Z' },
        { pattern: 'a.example' },
        { x: 1 },
        null,
      ],
      'pr.example (PR 12, until Jun 3, 2027)\na.example\n{"x":1}\nnull',
    ],
  ])('%j is shown as %j', (value, text) => {
    expect(toText(value)).toBe(text);
  });

  it('that is a time is written out', () => {
    expect(toText('2026-11-24T12:00:00.000Z')).toContain('November 24, 2026');
  });

  it('has a name in words, whatever it is called', () => {
    expect([nameOf('allowedDomains'), nameOf('somethingNew'), nameOf('constructor')]).toEqual([
      'Allowed domains',
      'Something new',
      'Constructor',
    ]);
  });
});

describe('the kind of an action', () => {
  it('is what the filter calls it', () => {
    expect(
      (
        [
          'key.rotated',
          'agent.deleted',
          'member.joined',
          'invitation.revoked',
          'credits.granted',
          'organization.created',
        ] as const
      ).map(kindOf),
    ).toEqual(['keys', 'agents', 'members', 'members', 'credits', 'credits']);
  });
});
