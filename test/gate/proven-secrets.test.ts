import { expect, test } from 'vitest';
import { createProvenSecrets } from '../../server/gate/proven-secrets.ts';

const digestsOf = (organizationId: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${organizationId} ${index}`);

test('an organization with very many pairs pushes out its own oldest, and nobody else’s', () => {
  const proven = createProvenSecrets(100);
  proven.add('a neighbour', 'org_1');
  const many = digestsOf('org_2', 1_000);
  for (const digest of many) proven.add(digest, 'org_2');
  expect(proven.has('a neighbour')).toBe(true);
  expect(many.filter((digest) => proven.has(digest))).toEqual(many.slice(-10));
});

test('all together keep to the room there is: the oldest of all goes first', () => {
  const proven = createProvenSecrets(100);
  const all = digestsOf('org', 101);
  for (const [index, digest] of all.entries()) proven.add(digest, `org_${index}`);
  expect(all.filter((digest) => proven.has(digest))).toEqual(all.slice(1));
});
