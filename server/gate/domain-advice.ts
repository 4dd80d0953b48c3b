/**
 * What to tell the owner of a key about a list of domain patterns that is valid and yet probably not what they want
 * (docs/domains.md). Advice only: nothing here refuses anything, and the server, the dashboard and the demo give the same.
 */
import type { DomainPattern } from './domain-pattern.ts';
import { isLoopbackName } from './loopback.ts';

export type DomainWarningCode = 'covered' | 'loopback' | 'shared_host';

export interface DomainWarning {
  /** The entry's normalized text. */
  readonly pattern: string;
  readonly code: DomainWarningCode;
  /** A sentence or two for the person who wrote the entry. */
  readonly message: string;
}

/** Hosts on which anyone can put a page, as one origin for everybody. (A host of one's own below them is another matter.) */
const sharedHosts = [
  'cdpn.io',
  'codepen.io',
  'codesandbox.io',
  'fiddle.jshell.net',
  'glitch.com',
  'htmlpreview.github.io',
  'ipfs.io',
  'jsbin.com',
  'jsfiddle.net',
  'output.jsbin.com',
  'plnkr.co',
  'raw.githack.com',
  'replit.com',
  's3.amazonaws.com',
  'stackblitz.com',
  'storage.googleapis.com',
  'web.archive.org',
] as const;

/** Warnings in the order of the list. */
export function adviseOn(patterns: readonly DomainPattern[]): readonly DomainWarning[] {
  const isUsedElsewhere = patterns.some((pattern) => !isLoopback(pattern));
  return patterns.flatMap((pattern, index) => {
    const { text } = pattern;
    const warnings: DomainWarning[] = [];
    const wider = patterns.find((other, otherIndex) => covers(other, pattern, otherIndex < index));
    if (wider) warnings.push({ pattern: text, code: 'covered', message: coveredSentence(pattern, wider) });
    if (isUsedElsewhere && isLoopback(pattern)) {
      const message = `${text} is on every visitor’s own computer. Give development a key of its own.`;
      warnings.push({ pattern: text, code: 'loopback', message });
    }
    const shared = sharedHostOf(pattern);
    if (shared !== undefined) {
      const message = `Anyone can put a page on ${shared}, and that page may then use this key.`;
      warnings.push({ pattern: text, code: 'shared_host', message });
    }
    return warnings;
  });
}

/** Whether `wider` admits every origin that `pattern` admits. Of two equal ones, `isFirst` says which one covers. */
export function covers(wider: DomainPattern, pattern: DomainPattern, isFirst = true): boolean {
  if (wider.text === pattern.text) return wider !== pattern && isFirst;
  return (
    isHostCovered(wider, pattern) &&
    (wider.scheme === undefined || wider.scheme === pattern.scheme) &&
    (wider.port === 'any' || wider.port === pattern.port)
  );
}

function isHostCovered(wider: DomainPattern, { host, isWildcard }: DomainPattern): boolean {
  if (!wider.isWildcard) return !isWildcard && wider.host === host;
  return host.endsWith(`.${wider.host}`) || (isWildcard && host === wider.host);
}

function coveredSentence({ text, host, isWildcard }: DomainPattern, wider: DomainPattern): string {
  if (wider.text === text) return `${text} is in the list twice.`;
  if (wider.host === host && wider.isWildcard === isWildcard) {
    return `${text} narrows nothing: ${wider.text} beside it admits more. Remove one of the two.`;
  }
  return `${wider.text} admits this already, so ${text} changes nothing.`;
}

/** A host that is the reader's own machine, whoever reads. */
export function isLoopback({ host }: Pick<DomainPattern, 'host'>): boolean {
  return isLoopbackName(host);
}

function sharedHostOf({ host, isWildcard }: DomainPattern): string | undefined {
  return sharedHosts.find((shared) => shared === host || (isWildcard && shared.endsWith(`.${host}`)));
}
