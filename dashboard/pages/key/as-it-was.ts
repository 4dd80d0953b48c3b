import type { KeyDomain } from '../../../server/http/wire.ts';

/** What is noted about one of the domains, as it is sent to note it again. */
export function asItWas(
  domains: readonly KeyDomain[],
  pattern: string,
): Pick<KeyDomain, 'pattern' | 'label' | 'expiresAt'> {
  const { label = null, expiresAt = null } = domains.find((entry) => entry.pattern === pattern) ?? {};
  return { pattern, label, expiresAt };
}

export function isNoted(domains: readonly KeyDomain[], pattern: string): boolean {
  const { label, expiresAt } = asItWas(domains, pattern);
  return label !== null || expiresAt !== null;
}
