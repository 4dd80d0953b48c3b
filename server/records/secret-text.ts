/** Secret keys in texts that visitors read, or that a model is told and can be talked into repeating: our own, and those of providers. */
const secretKeys = /sk_[0-9a-z]{64}|\bsk-(?=[\w-]{0,40}\d)[\w-]{20,}/g;

export const noSecretRule =
  'This has a secret key in it. Whoever asks the agent may come to read it: leave it out, and replace that key.';

export function isWithoutSecret(text: string): boolean {
  return text.search(secretKeys) === -1;
}

export function hideSecrets(text: string): string {
  return text.replace(secretKeys, (key) => `${key.slice(0, 3)}…`);
}
