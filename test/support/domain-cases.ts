/** The two case tables of the domain rules, and the decision that they describe. */
import { isPattern, matchOrigin, parseDomainPattern } from '../../server/gate/domain-pattern.ts';
import { parseOrigin } from '../../server/gate/origin.ts';
import cases from '../../server/gate/cases.json' with { type: 'json' };
import { isRefusal } from '../../server/gate/problem.ts';

interface OriginCase {
  id: string;
  class: string;
  patterns: string[];
  /** null: no header. */
  origin: string | null;
  allow: boolean;
  why: string;
}

export const originCases: readonly OriginCase[] = cases.origins;
export const patternCases: readonly (typeof cases.patterns)[number][] = cases.patterns;

/** What a key with these patterns answers to this header: patterns that don't parse are ignored. */
export function isAllowed(patterns: readonly string[], header: string | undefined): boolean {
  const origin = parseOrigin(header);
  if (isRefusal(origin)) return false;
  return matchOrigin(patterns.map(parseDomainPattern).filter(isPattern), origin) !== undefined;
}
