import { expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { parseDatabaseUrl } from '../../server/store/open.ts';
import { isRefusal } from '../../server/gate/problem.ts';

const accepted = [
  'mongodb://127.0.0.1/postern',
  'mongodb://127.0.0.1:27017/postern?replicaSet=rs0',
  'mongodb://a,b:27018,[::1]:27019/postern',
  'mongodb://user@host/postern',
  'mongodb://user:p%40ss%3Aw%2Frd@a.example.com,b.example.com/postern?tls=true',
  'mongodb+srv://user:pass@cluster.example.com/postern?retryWrites=true&w=majority&appName=a@b',
];

test.each(accepted)('%s is a MongoDB', (url) => {
  expect(parseDatabaseUrl(url)).toEqual({ kind: 'mongodb', url });
});

const encode = /percent-encoded/;
const nameIt = /names a database/;
const refused: readonly (readonly [url: string, RegExp])[] = [
  ['mongodb://app:Tr0ub@dor/w:rd@127.0.0.1:27017/postern', encode],
  ['mongodb://app:Tr0ub@dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub:dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub/dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub?dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub#dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub@?dor@127.0.0.1/postern', encode],
  ['mongodb://app:Tr0ub%dor@127.0.0.1/postern', encode],
  ['mongodb+srv://app:Tr0ub@dor@cluster.example.com/postern', encode],
  ['mongodb://app:Tr0ub@127.0.0.1', nameIt],
  ['mongodb://app:Tr0ub@127.0.0.1/', nameIt],
  ['mongodb://app:Tr0ub@127.0.0.1/?replicaSet=rs0', nameIt],
  ['mongodb://app:Tr0ub@127.0.0.1?replicaSet=rs0', nameIt],
  ['mongodb+srv://app:Tr0ub@cluster.example.com', nameIt],
  ['mongodb://', /lmdb:PATH/],
  ['mongodb:/Tr0ub', /lmdb:PATH/],
  ['lmdb:', /lmdb:PATH/],
  ['postgres://app:Tr0ub@127.0.0.1/postern', /lmdb:PATH/],
];

// Fails where such a URL is tried: a piece of the password is looked up as a host, and logged.
test.each(refused)('%s is refused before anything is tried, and nothing of it is repeated', (DATABASE_URL, reason) => {
  const read = readConfig({ DATABASE_URL });
  const problems = isRefusal(read) ? read.problems : [];
  expect(problems).toEqual([expect.stringMatching(reason)]);
  expect(problems[0]).toMatch(/^DATABASE_URL must be /);
  for (const piece of ['Tr0ub', 'dor', 'w:rd', '127.0.0.1']) expect(problems[0]?.split('(')[0]).not.toContain(piece);
});

test.each([
  'redis://app:Tr0ub/dor@127.0.0.1',
  'redis://app:Tr0ub?dor@127.0.0.1',
  'redis://app:Tr0ub#dor@127.0.0.1',
  'redis://app:12/dor@127.0.0.1',
  'redis://app:Tr0ub%dor@127.0.0.1',
])('%s is refused in the same way', (REDIS_URL) => {
  const read = readConfig({ REDIS_URL });
  const problems = isRefusal(read) ? read.problems : [];
  expect(problems).toEqual([expect.stringMatching(/^REDIS_URL must be .*percent-encoded\.$/)]);
  expect(problems[0]).not.toContain('Tr0ub');
  expect(problems[0]).not.toContain('dor');
});
