/** What a domain pattern means, in words; the meaning itself is `server/core/domain-pattern.ts`. */
import {
  isPattern,
  matchOrigin,
  parseDomainPattern,
  splitPatternList,
  type DomainPattern,
} from '../../server/core/domain-pattern.ts';
import { parseOrigin } from '../../server/core/origin.ts';

export interface Hint {
  readonly kind: 'problem' | 'fine';
  readonly sentence: string;
  /** Texts that can be taken instead, with what the button says. */
  readonly offers: readonly { readonly label: string; readonly text: string }[];
}

/** A hint on what is being typed: the last of several entries counts. Nothing typed, nothing said. */
export function hintOn(typed: string, list: readonly string[], origins: readonly string[]): Hint | undefined {
  const entries = splitPatternList(typed);
  const wrong = entries.find((entry) => !isPattern(parseDomainPattern(entry)));
  const entry = wrong ?? entries.at(-1);
  if (entry === undefined) return undefined;
  const pattern = parseDomainPattern(entry);
  if (!isPattern(pattern)) {
    const { message, suggestion } = pattern;
    const offers =
      suggestion === undefined ? [] : [{ label: `Use ${suggestion}`, text: typed.replace(entry, suggestion) }];
    return { kind: 'problem', sentence: message, offers };
  }
  if (list.includes(pattern.text)) return { kind: 'fine', sentence: 'This is in the list already.', offers: [] };
  const admitted = origins.filter((origin) => isAdmitted([pattern.text], origin));
  const known = admitted.length === 0 ? 'None of these sites.' : `Of these sites: ${admitted.map(hostOf).join(', ')}.`;
  const itself = pattern.isWildcard && !list.includes(pattern.host) ? pattern.host : undefined;
  return {
    kind: 'fine',
    sentence: `${describe(pattern)} ${known}`,
    offers: itself === undefined ? [] : [{ label: `Add ${itself} too`, text: `${typed}, ${itself}` }],
  };
}

function describe({ host, isWildcard, scheme, port }: DomainPattern): string {
  const hosts = isWildcard ? `every name below ${host}, not ${host} itself` : host;
  const schemes = scheme ?? 'http and https';
  return `Admits ${hosts}; ${schemes}; ${port === 'any' ? 'any port' : `port ${port}`}.`;
}

export function isAdmitted(patterns: readonly string[], origin: string): boolean {
  const parsed = parseOrigin(origin);
  return (
    typeof parsed === 'object' && matchOrigin(patterns.map(parseDomainPattern).filter(isPattern), parsed) !== undefined
  );
}

/** A wildcard that admits only what is below this very host: the mistake that people make most. */
export function nearMiss(patterns: readonly string[], origin: string): string | undefined {
  const host = hostOf(origin);
  const near = patterns
    .map(parseDomainPattern)
    .find((pattern) => isPattern(pattern) && pattern.isWildcard && pattern.host === host);
  return near && isPattern(near) ? `${near.text} admits the names below ${host}, not ${host} itself.` : undefined;
}

export function hostOf(origin: string): string {
  return new URL(origin).hostname;
}
