/** What the audit log says of changes of a key, as a sentence. */
import { expect } from 'chai';
import type { AuditEntry, AuditFacts } from '../../../server/http/wire.ts';
import { actionWords } from '../../../dashboard/pages/audit/words.ts';
import { auditEntry } from './samples.ts';
import { draw, seen } from './stage.ts';

const at = '2026-11-24T12:00:00.000Z';
const until = '2027-06-03T12:00:00.000Z';

function sentence(before: AuditFacts | null, after: AuditFacts | null): string {
  const entry: AuditEntry = { ...auditEntry(), action: 'key.changed', at, before, after };
  draw(actionWords({ ...entry, target: { kind: 'key', id: 'key_1', name: 'Shop' } }));
  return seen();
}

describe('the sentence of a changed key', () => {
  for (const [before, after, words] of [
    [
      { allowedDomains: ['a.example'], domains: [] },
      {
        allowedDomains: ['a.example', '*.x.example'],
        domains: [{ pattern: '*.x.example', label: 'PR 12', expiresAt: until }],
      },
      'added *.x.example (PR 12, until Jun 3, 2027) to the domains of the key Shop',
    ],
    [
      { allowedDomains: ['a.example', 'b.example'] },
      { allowedDomains: ['b.example'] },
      'removed a.example from the domains of the key Shop',
    ],
    [
      { allowedDomains: ['a.example'] },
      { allowedDomains: ['b.example', 'c.example', 'd.example', 'e.example'] },
      'added b.example, c.example, d.example and 1 more to and removed a.example from the domains of the key Shop',
    ],
    [
      { domains: [] },
      { domains: [{ pattern: 'a.example', label: 'A', expiresAt: null }] },
      'changed the allowed domains of the key Shop',
    ],
    [
      { allowedDomains: 1, domains: 'x' },
      { allowedDomains: null, domains: [null] },
      'changed the allowed domains of the key Shop',
    ],
    [
      { learningUntil: null },
      { learningUntil: '2026-11-25T11:59:59.000Z' },
      'turned learning mode of the key Shop on for 1 day',
    ],
    [
      { learningUntil: null },
      { learningUntil: '2026-11-24T13:00:00.000Z' },
      'turned learning mode of the key Shop on for 1 hour',
    ],
    [
      { learningUntil: null },
      { learningUntil: '2026-11-24T13:30:00.000Z' },
      'turned learning mode of the key Shop on for 1 h 30 min',
    ],
    [{ learningUntil: until }, { learningUntil: null }, 'turned learning mode of the key Shop off'],
  ] as readonly (readonly [AuditFacts, AuditFacts, string])[]) {
    it(words, () => expect(sentence(before, after)).to.equal(words));
  }
});
