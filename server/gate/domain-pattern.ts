/**
 * Domain patterns: what people write into a key's allowed domains, `[scheme://]host[:port]` (docs/domains.md). Forgiving about
 * case, space and Unicode, strict about meaning. Parsed once into parts and compared with a parsed origin part by part;
 * never a regular expression. A bare entry names a site: both schemes, any port.
 */
import { parse as parsePublicSuffix } from 'tldts';
import {
  defaultPorts,
  isHostName,
  isIpv4,
  lastLabelStartsWithDigit,
  parseOrigin,
  parsePort,
  serializeIpv6,
  type Origin,
  type Scheme,
} from './origin.ts';
import { isRefusal, type No } from './problem.ts';

export interface DomainPattern {
  /** Absent: http and https. */
  readonly scheme?: Scheme;
  readonly host: string;
  /** `*.host`: one or more labels below `host`, not `host` itself. */
  readonly isWildcard: boolean;
  readonly port: number | 'any';
  /** The normalized spelling, which is what the store keeps. */
  readonly text: string;
}

export const patternProblemSentences = {
  empty: 'Write a domain such as example.com.',
  too_long: 'A domain pattern has at most 300 characters.',
  whitespace_or_control: 'A domain has no spaces or invisible characters in it.',
  not_a_host: 'Write only the domain: no path, user name or other signs.',
  scheme: 'Only http:// and https:// are web origins.',
  port: 'A port is a number from 1 to 65535 without a leading zero, or *.',
  empty_label: 'The name, or a part of it before or between dots, is missing.',
  trailing_dot: 'Leave out the dot at the end.',
  idna: 'This is not a valid international domain name.',
  host: 'A domain has parts of 1 to 63 letters, digits and hyphens, 253 characters in all.',
  ipv6: 'Write an IPv6 address in brackets, such as [2001:db8::1].',
  ipv4_noncanonical: 'Write an IPv4 address as four decimal numbers.',
  null_origin: 'The origin "null" can be had by anyone and can never be allowed.',
  bare_wildcard: 'A bare * would allow every site: list the domains.',
  wildcard_position: 'The * stands only as the whole first part: *.example.com.',
  wildcard_single_label: 'A wildcard needs a domain of your own below it, such as *.example.com.',
  wildcard_ip: 'A wildcard can not stand before an IP address.',
  wildcard_public_suffix:
    'Anyone can register a name below this public suffix: write your own domain, such as *.yours.{host}.',
  public_suffix: 'This is a public suffix and no site: write your own domain below it.',
} as const;

export type PatternProblemCode = keyof typeof patternProblemSentences;

/** Why an entry is no pattern. */
interface Misread extends No {
  readonly problem: PatternProblemCode;
}

/** The same for the person who wrote it. */
export interface PatternProblem extends Misread {
  /** One sentence. */
  readonly message: string;
  /** A pattern that parses and is probably what was meant. */
  readonly suggestion?: string;
}

const patternLengthMax = 300;
export const patternsMax = 100;

export function isPattern(result: DomainPattern | PatternProblem): result is DomainPattern {
  return !isRefusal(result);
}

/** Reads one entry. */
export function parseDomainPattern(entry: string): DomainPattern | PatternProblem {
  const text = entry.trim().toLowerCase();
  const result = readPattern(text);
  return isRefusal(result) ? describe(result.problem, text) : result;
}

function misread(problem: PatternProblemCode): Misread {
  return { ok: false, problem };
}

function readPattern(entry: string): DomainPattern | Misread {
  if (entry === '') return misread('empty');
  if (entry.length > patternLengthMax) return misread('too_long');
  // ZWNJ and ZWJ mean something in a few scripts; IDNA decides about those two.
  if (/[\p{Z}\p{Cc}\p{Cs}\p{Co}]|(?![\u200c\u200d])\p{Cf}/u.test(entry)) return misread('whitespace_or_control');
  if (entry === 'null') return misread('null_origin');

  const schemeEnd = entry.indexOf('://');
  const scheme = schemeEnd === -1 ? undefined : entry.slice(0, schemeEnd);
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return misread('scheme');
  const authority = entry.slice(schemeEnd === -1 ? 0 : schemeEnd + 3).replace(/\/$/, '');
  if (/[^a-z0-9._*:[\]\-\u0080-\u{10ffff}]/u.test(authority)) return misread('not_a_host');

  const split = splitPort(authority);
  if (isRefusal(split)) return split;
  const port = readPort(split.port, scheme);
  if (port === undefined) return misread('port');
  const isWildcard = split.host.startsWith('*.');
  const host = readHost(split.host, isWildcard);
  if (isRefusal(host)) return host;
  const origin = (scheme === undefined ? '' : `${scheme}://`) + (isWildcard ? '*.' : '') + host.name;
  const text = origin + writePort(port, scheme);
  return { ...(scheme && { scheme }), host: host.name, isWildcard, port, text };
}

function splitPort(authority: string): { host: string; port: string | undefined } | Misread {
  const bracket = authority.indexOf('[');
  if (bracket !== -1 && authority.slice(0, bracket) !== '' && authority.slice(0, bracket) !== '*.')
    return misread('not_a_host');
  const hostEnd = bracket === -1 ? authority.indexOf(':') : authority.indexOf(']') + 1;
  if (bracket !== -1 && hostEnd === 0) return misread('ipv6');
  if (bracket === -1 && authority.includes(']')) return misread('not_a_host');
  if (hostEnd === -1 || hostEnd === authority.length) return { host: authority, port: undefined };
  if (bracket === -1 && serializeIpv6(authority) !== undefined) return misread('ipv6');
  if (authority.charAt(hostEnd) !== ':') return misread('port');
  return { host: authority.slice(0, hostEnd), port: authority.slice(hostEnd + 1) };
}

/** A scheme without a port means its default port; neither means any port. */
function readPort(text: string | undefined, scheme: Scheme | undefined): number | 'any' | undefined {
  if (text === undefined) return scheme === undefined ? 'any' : defaultPorts[scheme];
  return text === '*' ? 'any' : parsePort(text);
}

function writePort(port: number | 'any', scheme: Scheme | undefined): string {
  if (scheme === undefined) return port === 'any' ? '' : `:${port}`;
  return port === defaultPorts[scheme] ? '' : `:${port === 'any' ? '*' : port}`;
}

function readHost(host: string, isWildcard: boolean): { name: string } | Misread {
  if (host === '*') return misread('bare_wildcard');
  const suffix = isWildcard ? host.slice(2) : host;
  if (suffix.includes('*')) return misread('wildcard_position');
  if (suffix.startsWith('[')) {
    const address = serializeIpv6(suffix.slice(1, -1));
    if (address === undefined) return misread('ipv6');
    return isWildcard ? misread('wildcard_ip') : { name: `[${address}]` };
  }
  if (suffix === '' || suffix.startsWith('.') || suffix.includes('..')) return misread('empty_label');
  if (suffix.endsWith('.')) return misread('trailing_dot');
  const name = toAscii(suffix);
  if (name === undefined) return misread('idna');
  if (hasUnregistrableSign(suffix)) return misread('not_a_host');
  if (lastLabelStartsWithDigit(name)) {
    if (isWildcard) return misread('wildcard_ip');
    return isIpv4(name) ? { name } : misread('ipv4_noncanonical');
  }
  if (!isHostName(name)) return misread('host');
  const problem = isWildcard ? wildcardProblem(name) : exactProblem(name);
  return problem === undefined ? { name } : misread(problem);
}

/**
 * UTS-46, non-transitional. The platform's URL parser does it in Node and browsers alike, so no table is shipped. Only a
 * name whose alphabet is already known gets here, and one that turns into an address on the way is refused.
 */
function toAscii(name: string): string | undefined {
  const isPlain = /^[a-z0-9._-]*$/.test(name);
  if (isPlain && !/(^|\.)xn--/.test(name)) return name;
  try {
    const ascii = new URL(`http://${name}`).hostname;
    const isName = isHostName(ascii) && !lastLabelStartsWithDigit(ascii);
    return isName && !/(^|\.)xn--(\.|$)/.test(ascii) ? ascii : undefined;
  } catch {
    return undefined;
  }
}

function wildcardProblem(name: string): PatternProblemCode | undefined {
  if (name === 'localhost') return undefined;
  if (!name.includes('.')) return 'wildcard_single_label';
  // The list also has rules such as *.kawasaki.jp, which only show with a name below.
  const isOpen = isListedSuffix(name) || isListedSuffix(`any-name.${name}`);
  return isOpen ? 'wildcard_public_suffix' : undefined;
}

function exactProblem(name: string): PatternProblemCode | undefined {
  const { publicSuffix, isIcann } = parsePublicSuffix(name, { allowPrivateDomains: true });
  return publicSuffix === name && isIcann ? 'public_suffix' : undefined;
}

function isListedSuffix(name: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parsePublicSuffix(name, { allowPrivateDomains: true });
  return publicSuffix === name && (isIcann === true || isPrivate === true);
}

/**
 * Quotes, dashes and other signs that IDNA lets through as a part of a name and no registry admits: ‘“example.com”’ would be
 * saved and never match. A few dots, the hyphen and signs of single scripts (RFC 5892, A.3 to A.7) are names; so are emoji.
 */
function hasUnregistrableSign(name: string): boolean {
  if (/^[a-z0-9._-]*$/.test(name)) return false;
  const named = name.normalize('NFKC').replace(/[._\-。·͵׳״・]|\p{Extended_Pictographic}|\p{Emoji_Modifier}/gu, '');
  return /[\p{P}\p{S}]/u.test(named);
}

function describe(problem: PatternProblemCode, entry: string): PatternProblem {
  const suggestion = suggest(problem, entry);
  return { ...misread(problem), message: sentenceFor(problem, entry), ...(suggestion !== undefined && { suggestion }) };
}

function sentenceFor(problem: PatternProblemCode, entry: string): string {
  const sentence = patternProblemSentences[problem];
  if (problem === 'wildcard_public_suffix') return sentence.replace('{host}', entry.slice(entry.lastIndexOf('*.') + 2));
  const platform = problem === 'wildcard_position' ? previewPlatform(entry) : undefined;
  return platform === undefined ? sentence : partOfALabel.replace('{platform}', platform);
}

const partOfALabel =
  'A * for a part of a name protects nothing: anyone can give a project on {platform} a name that fits. Use a preview ' +
  'domain of your own (*.preview.example.com), or add the one address for as long as you need it.';

/** For `*-acme.vercel.app` the platform on which anyone can have a name, `vercel.app`. */
function previewPlatform(entry: string): string | undefined {
  const host = entry.replaceAll('*', 'x').replace(/^https?:\/\//, '');
  const { publicSuffix, isPrivate } = parsePublicSuffix(host, { allowPrivateDomains: true });
  return isPrivate === true && publicSuffix !== null ? publicSuffix : undefined;
}

/**
 * What was probably meant. Whatever a mistake suggests is offered only when it can match a real page and names no other
 * registrable domain than one that stands in the text as it is: an offer that is taken must never let a stranger in.
 */
function suggest(problem: PatternProblemCode, entry: string): string | undefined {
  const plain = entry.replace(/[\p{Pd}\u2212]/gu, '-');
  const meant = candidates(problem, plain);
  // Always so for an entry that is too long to be looked at.
  if (meant.length === 0) return undefined;
  const written = new Set(plain.split(/[^\p{L}\p{N}\p{M}._-]+/u).flatMap(registrableDomainsIn));
  return meant
    .map(readPattern)
    .filter((result): result is DomainPattern => !isRefusal(result))
    .find(({ host }) => isAddress(host) || (canMatch(host) && written.has(registrableDomain(host))))?.text;
}

/** Of one word of the text, which may have dots too many around or inside it. */
function registrableDomainsIn(word: string): readonly string[] {
  const names = [word, ...word.split('..')].map((name) => toAscii(name.replace(/^\.+/, '').replace(/\.+$/, '')));
  return names.filter((name) => name !== undefined).map(registrableDomain);
}

/** `example.co.uk` of `shop.example.co.uk`; a name that has none stands for itself. */
function registrableDomain(name: string): string {
  return parsePublicSuffix(name, { allowPrivateDomains: true }).domain ?? name;
}

/** A name that somebody registers for themselves, such as `example.co.uk`; not one that a platform gives away. */
export function isRegistrable(host: string): boolean {
  const { domain, isPrivate } = parsePublicSuffix(host, { allowPrivateDomains: true });
  return domain === host && isPrivate !== true;
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || isIpv4(host);
}

/** A name on the internet or this machine. No label may begin or end with a hyphen where names are registered. */
function canMatch(host: string): boolean {
  const labels = host.split('.');
  return (
    (labels.length > 1 || host === 'localhost') &&
    labels.every((label) => !label.startsWith('-') && !label.endsWith('-'))
  );
}

function candidates(problem: PatternProblemCode, entry: string): readonly string[] {
  switch (problem) {
    case 'not_a_host':
      return [hostPart(entry), entry, withoutEdges(entry), hostPart(withoutEdges(entry))];
    case 'scheme':
      return [entry.replace(/^ws(s?):/, 'http$1:'), withoutEdges(entry)];
    case 'trailing_dot':
      return [entry.replace(/\.+(?=$|[:/])/, '')];
    case 'empty_label':
      return [entry.replace(/^((?:https?:\/\/)?)\.+/, '$1*.'), entry.replace(/\.{2,}/g, '.')];
    case 'wildcard_position':
      return [entry.replace(/\*+\.?/, '*.'), entry.replace(/(\*+\.)+/, '*.')];
    case 'ipv6':
      return [`[${entry}]`];
    case 'ipv4_noncanonical':
      return canonicalIpv4(entry);
    case 'whitespace_or_control':
    case 'idna':
      return [withoutEdges(entry)];
    case 'empty':
    case 'too_long':
    case 'port':
    case 'host':
    case 'null_origin':
    case 'bare_wildcard':
    case 'wildcard_single_label':
    case 'wildcard_ip':
    case 'wildcard_public_suffix':
    case 'public_suffix':
      return [];
  }
}

/** Without user name, path and what follows it. */
function hostPart(entry: string): string {
  const [, scheme = '', rest = ''] = /^([a-z]+:\/\/)?([^]*)$/.exec(entry) ?? [];
  const authority = /^[^/?#\\]*/.exec(rest)?.[0] ?? '';
  return scheme + authority.slice(authority.lastIndexOf('@') + 1);
}

/** Without quotes, brackets, commas and invisible signs around it. */
function withoutEdges(entry: string): string {
  return /[\p{L}\p{N}*](?:[^]*[\p{L}\p{N}*])?/u.exec(entry)?.[0] ?? '';
}

/** The same entry with its address as four decimal numbers. */
function canonicalIpv4(entry: string): readonly string[] {
  const [, scheme = '', host = '', port = ''] = /^((?:https?:\/\/)?)([^:/]*)((?::[^/]*)?)\/?$/.exec(entry) ?? [];
  try {
    return [scheme + new URL(`http://${host}`).hostname + port];
  } catch {
    return [];
  }
}

interface PatternListProblem extends PatternProblem {
  /** Position of the entry in the list. */
  readonly index: number;
  readonly entry: string;
}

/**
 * A list as people type it: one string with commas, semicolons, white space or the commas of Chinese and Japanese between the
 * entries (no host has them), or an array. One entry more than a key may have is enough to see that there are too many.
 */
export function splitPatternList(input: string | readonly string[]): readonly string[] {
  const looked = patternsMax + 1;
  if (typeof input !== 'string') return input.slice(0, looked);
  // With room for an empty entry at either end.
  return input
    .split(/[\s,;、，；､]+/, looked + 2)
    .filter((entry) => entry !== '')
    .slice(0, looked);
}

export interface PatternList {
  readonly patterns: readonly DomainPattern[];
  readonly problems: readonly PatternListProblem[];
  /** More entries than a key may have; those past the limit were not looked at. */
  readonly isTooLong: boolean;
}

/** Reads a whole list; equal entries are kept once, in the order in which they were written. */
export function parsePatternList(input: string | readonly string[]): PatternList {
  const patterns = new Map<string, DomainPattern>();
  const problems: PatternListProblem[] = [];
  const entries = splitPatternList(input);
  for (const [index, entry] of entries.entries()) {
    const result = parseDomainPattern(entry);
    if (isPattern(result)) patterns.set(result.text, result);
    else problems.push({ index, entry, ...result });
  }
  return { patterns: [...patterns.values()], problems, isTooLong: entries.length > patternsMax };
}

/** The first pattern that admits the origin. */
export function matchOrigin(patterns: readonly DomainPattern[], origin: Origin): DomainPattern | undefined {
  return patterns.find((pattern) => isAdmitted(pattern, origin));
}

/** Whether a list admits an origin as a browser writes it. */
export function admits(patterns: readonly DomainPattern[], text: string): boolean {
  const origin = parseOrigin(text);
  return !isRefusal(origin) && matchOrigin(patterns, origin) !== undefined;
}

function isAdmitted(pattern: DomainPattern, origin: Origin): boolean {
  return (
    isHostAdmitted(pattern, origin.host) &&
    (pattern.scheme === undefined || pattern.scheme === origin.scheme) &&
    (pattern.port === 'any' || pattern.port === origin.port)
  );
}

function isHostAdmitted(pattern: DomainPattern, host: string): boolean {
  if (!pattern.isWildcard) return pattern.host === host;
  const dot = host.length - pattern.host.length - 1;
  return dot > 0 && host.charCodeAt(dot) === 46 && host.endsWith(pattern.host);
}
