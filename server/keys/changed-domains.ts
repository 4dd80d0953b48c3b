import type { KeyPatch } from './key-input.ts';

/** The list of domains that a change makes of the present one; undefined: it says nothing about domains. */
export function changedDomains(
  present: readonly string[],
  { allowedDomains, addDomains, removeDomains }: Pick<KeyPatch, 'allowedDomains' | 'addDomains' | 'removeDomains'>,
): readonly string[] | undefined {
  if (allowedDomains !== undefined) return allowedDomains;
  if (addDomains === undefined && removeDomains === undefined) return undefined;
  const removed = new Set(removeDomains);
  return [...new Set([...present.filter((domain) => !removed.has(domain)), ...(addDomains ?? [])])];
}
