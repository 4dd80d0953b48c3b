/**
 * The text of a key: `pk_` + 32 or `sk_` + 64 characters of `0-9a-z`. The last 7 of each body are a CRC-32 of everything
 * before them (prefix included) in base 36, so a typing mistake or a made-up key is refused without a look-up.
 */
import { refuse, type Refusal } from './problem.ts';

declare const publicKeyBrand: unique symbol;
declare const secretKeyBrand: unique symbol;
export type PublicKey = string & { readonly [publicKeyBrand]: true };
export type SecretKey = string & { readonly [secretKeyBrand]: true };

/** What an `Authorization` header carries: a publishable key, or the pair. */
export interface Credentials {
  readonly publicKey: PublicKey;
  readonly secretKey?: SecretKey;
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const checksumLength = 7;
const publicKeyLength = 'pk_'.length + 32;
const secretKeyLength = 'sk_'.length + 64;
const authorizationLengthMax = 256;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (IEEE 802.3) of an ASCII text, in base 36, left-padded to 7 characters. */
function checksum(text: string): string {
  let value = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    value = (crcTable[(value ^ text.charCodeAt(index)) & 0xff] ?? 0) ^ (value >>> 8);
  }
  return ((value ^ 0xffffffff) >>> 0).toString(36).padStart(checksumLength, '0');
}

function isKeyText(text: string, prefix: string, length: number): boolean {
  if (text.length !== length || !text.startsWith(prefix)) return false;
  for (let index = prefix.length; index < length; index++) {
    const code = text.charCodeAt(index);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 122))) return false;
  }
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength);
}

export function isPublicKey(text: string): text is PublicKey {
  return isKeyText(text, 'pk_', publicKeyLength);
}

export function isSecretKey(text: string): text is SecretKey {
  return isKeyText(text, 'sk_', secretKeyLength);
}

const malformed = refuse('credentials_malformed');

/** `pk_…` or `pk_…:sk_…` */
export function parseCredential(text: string): Credentials | Refusal {
  const [publicKey, secretKey, ...rest] = text.split(':');
  if (publicKey === undefined || !isPublicKey(publicKey) || rest.length > 0) return malformed;
  if (secretKey === undefined) return { publicKey };
  return isSecretKey(secretKey) ? { publicKey, secretKey } : malformed;
}

/** The value of an `Authorization` header: the scheme `Bearer` in any case, one space, a credential. */
export function parseAuthorization(header: string): Credentials | Refusal {
  if (header.length > authorizationLengthMax || header.slice(0, 7).toLowerCase() !== 'bearer ') return malformed;
  return parseCredential(header.slice(7));
}

/** Characters of base 36 from the platform's CSPRNG; bytes that would favour some characters are drawn again. `draw`: so many bytes. */
export function randomBase36(length: number, draw = drawFresh): string {
  const unbiasedBelow = 252;
  let text = '';
  while (text.length < length) {
    for (const byte of draw(length)) {
      if (byte < unbiasedBelow && text.length < length) text += alphabet.charAt(byte % 36);
    }
  }
  return text;
}

function drawFresh(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** A new publishable key: 25 random characters (129 bits) and the checksum. */
export function createPublicKey(): PublicKey {
  return withChecksum(`pk_${randomBase36(publicKeyLength - 3 - checksumLength)}`) as PublicKey;
}

/** A new secret key: 57 random characters (294 bits) and the checksum. */
export function createSecretKey(): SecretKey {
  return secretKeyFrom(randomBase36(secretKeyLength - 3 - checksumLength));
}

/** The secret key with the given 57 characters of base 36; throws a RangeError for any other text. */
export function secretKeyFrom(body: string): SecretKey {
  const text = withChecksum(`sk_${body}`);
  if (!isSecretKey(text)) throw new RangeError('A secret key has 57 characters of base 36.');
  return text;
}

function withChecksum(text: string): string {
  return text + checksum(text);
}

/** Leaves of whatever looks like a key only its prefix, so that a reader sees what kind of key it was. */
export function withoutKeys(text: string): string {
  return text.replace(/([ps]k_)[0-9a-zA-Z]{16,}/g, '$1[redacted]');
}
