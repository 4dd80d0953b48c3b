import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createPublicKey,
  createSecretKey,
  isPublicKey,
  isSecretKey,
  parseAuthorization,
  parseCredential,
  randomBase36,
  secretKeyFrom,
} from '../../server/gate/key-format.ts';
import { isRefusal, refuse } from '../../server/gate/problem.ts';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const samples = Array.from({ length: 5 }, () => [createPublicKey(), createSecretKey()] as const);

test('a key is its prefix and 32 or 64 characters of base 36', () => {
  for (const [publicKey, secretKey] of samples) {
    expect(publicKey).toMatch(/^pk_[0-9a-z]{32}$/);
    expect(secretKey).toMatch(/^sk_[0-9a-z]{64}$/);
  }
});

test('the checksum is the CRC-32 that other languages have', () => {
  // zlib.crc32(b'sk_' + b'0' * 57) in base 36
  expect(secretKeyFrom('0'.repeat(57)).slice(0, 60)).toBe(`sk_${'0'.repeat(57)}`);
  expect(parseInt(secretKeyFrom('0'.repeat(57)).slice(-7), 36)).toBe(3299567845);
});

describe('the checksum catches', () => {
  test('every change of one character', () => {
    for (const [publicKey, secretKey] of samples) {
      for (const [text, isKey] of [
        [publicKey, isPublicKey],
        [secretKey, isSecretKey],
      ] as const) {
        for (let index = 3; index < text.length; index++) {
          for (const character of alphabet) {
            const changed = text.slice(0, index) + character + text.slice(index + 1);
            expect(isKey(changed)).toBe(changed === text);
          }
        }
      }
    }
  });

  test('every transposition of two neighbours', () => {
    for (const [publicKey, secretKey] of samples) {
      for (const [text, isKey] of [
        [publicKey, isPublicKey],
        [secretKey, isSecretKey],
      ] as const) {
        for (let index = 3; index < text.length - 1; index++) {
          const swapped = text.slice(0, index) + text[index + 1]! + text[index]! + text.slice(index + 2);
          expect(isKey(swapped)).toBe(swapped === text);
        }
      }
    }
  });

  test('one kind of key for the other, more, less and other characters', () => {
    const [publicKey, secretKey] = samples[0]!;
    for (const text of [
      publicKey.replace('pk', 'sk'),
      secretKey.replace('sk', 'pk'),
      `${publicKey}0`,
      publicKey.slice(0, -1),
      publicKey.toUpperCase(),
      ` ${publicKey}`,
    ]) {
      expect([isPublicKey(text), isSecretKey(text)]).toEqual([false, false]);
    }
  });
});

describe('properties', () => {
  const [publicKey, secretKey] = samples[0]!;

  test('no text ever throws, and what is parsed is what was sent', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.stringMatching(/^[Bb]earer [ps]k_[0-9a-z]{0,64}(:sk_[0-9a-z]{0,64})?$/),
    );
    fc.assert(
      fc.property(text, (header) => {
        const credentials = parseAuthorization(header);
        if (isRefusal(credentials)) return;
        const { publicKey: known, secretKey: secret } = credentials;
        expect(header.slice(7)).toBe(secret === undefined ? known : `${known}:${secret}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('anything around a good credential makes it a bad one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.boolean(), (more, isBefore) => {
        for (const credential of [publicKey, `${publicKey}:${secretKey}`]) {
          expect(parseCredential(isBefore ? more + credential : credential + more)).toEqual(
            refuse('credentials_malformed'),
          );
        }
      }),
    );
  });

  test('random characters are all of base 36 and no two keys are the same', () => {
    const seen = new Set(randomBase36(20_000));
    expect([...seen].sort().join('')).toBe(alphabet);
    expect(new Set(Array.from({ length: 1_000 }, createPublicKey)).size).toBe(1_000);
  });
});
