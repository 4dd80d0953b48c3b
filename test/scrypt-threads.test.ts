import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { scryptThreads as scrypt } from '../server/scrypt-threads.ts';

const parameters = { logN: 15, r: 8, p: 1 };

test('proves the right text and no other, also several at once, and says what it can’t read', async () => {
  const [one, other] = await Promise.all([scrypt.kdf('one', parameters), scrypt.kdf('other', parameters)]);
  const proofs = [scrypt.verify(one, 'one'), scrypt.verify(other, 'one'), scrypt.verify(other, 'other')];
  expect(await Promise.all(proofs)).toEqual([true, false, true]);
  await expect(scrypt.verify(new Uint8Array(3), 'one')).rejects.toThrow('invalid key');
});

test('takes no place where files are read and the store writes', async () => {
  const ended: string[] = [];
  const runs = Array.from({ length: 8 }, () => scrypt.kdf('one', parameters).then(() => ended.push('scrypt')));
  await Promise.all([...runs, stat('.').then(() => ended.push('file'))]);
  expect(ended[0]).toBe('file');
});

test.runIf(process.platform === 'linux')('runs behind the rest of the process, whose priority stays', async () => {
  const before = getPriority();
  await scrypt.kdf('one', parameters);
  const priorities = readdirSync('/proc/self/task').map((thread) => getPriority(Number(thread)));
  expect(priorities).toContain(Math.min(19, before + 7));
  expect(getPriority()).toBe(before);
});
