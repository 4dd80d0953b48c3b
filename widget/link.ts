/**
 * Where a link of a reply may lead, and what its words must not hide. Links are absolute http, https or mailto, without a
 * user name (`https://bank.example@evil.example` reads as another site); a mail has one receiver and a subject, so nothing
 * is sent along unseen. Words that look like an address are followed by the real host, unless it is the same one.
 */
export interface Target {
  readonly href: string;
  /** The host (with its port), or the mail address, as nobody can misread it. */
  readonly address: string;
}

export function parseTarget(source: string): Target | undefined {
  // Most of what isn't an address is seen without an exception, which would be slow.
  if (!/^(?:https?|mailto):/i.test(source)) return undefined;
  let url: URL;
  try {
    url = new URL(source);
  } catch {
    return undefined;
  }
  if (url.protocol === 'mailto:') return parseMail(url);
  return url.username === '' && url.password === '' ? { href: url.href, address: url.host } : undefined;
}

function parseMail({ pathname, search }: URL): Target | undefined {
  if (!/^[\w.!#$&'*+/=?^{|}~-]+@[\w.-]+$/.test(pathname)) return undefined;
  const subject = [...new URLSearchParams(search)].find(([name]) => name.toLowerCase() === 'subject')?.[1];
  const query = subject === undefined ? '' : `?subject=${encodeURIComponent(subject.replace(/\p{Cc}/gu, ' '))}`;
  return { href: `mailto:${pathname}${query}`, address: pathname };
}

/** What turns the direction of the letters around it: Unicode's bidirectional controls. */
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function withoutTurns(words: string): string {
  return words.replace(turns, '');
}

/** The address to say after the words of a link: where they look like another one, or like one that can be misread. */
export function hiddenAddress(words: string, { address }: Target): string | undefined {
  const tokens = words
    .replace(/\p{Cf}/gu, '')
    .normalize('NFKC')
    .split(/[^\p{L}\p{M}\p{N}.。@_+-]/u);
  const found = tokens.filter(looksLikeAddress);
  const isHonest = found.length === 0 ? !words.includes('://') : found.every((token) => isSame(token, address));
  return isHonest ? undefined : address;
}

/** The words of an address that stands there by itself: as it was written, unless its host could be misread. */
export function addressWords(source: string, { href, address }: Target): string {
  if (href.startsWith('mailto:')) return address;
  const host = source.split(/[/?#]/)[2] ?? '';
  return isPlain(host) ? withoutTurns(source) : href;
}

/** `bank.example`, `a@bank.example`, `10.0.0.1`; not `3.50`, `e.g.` or a date. */
function looksLikeAddress(token: string): boolean {
  const labels = token.split(/[.。]/).filter(Boolean);
  const last = labels.at(-1) ?? '';
  return labels.length > 1 && (/\p{L}[\p{L}\p{N}]/u.test(last) || (labels.length === 4 && /^\d+$/.test(last)));
}

function isSame(token: string, address: string): boolean {
  if (token.includes('@') || address.includes('@')) return token.toLowerCase() === address.toLowerCase();
  const written = parseTarget(`https://${token}`)?.address;
  return isPlain(token) && written !== undefined && bare(written) === bare(address);
}

function bare(host: string): string {
  return host.replace(/^www\./, '').replace(/:\d+$/, '');
}

/** Latin letters and those that can't be taken for them; or only letters of one script that has lookalikes of Latin ones. */
const unmistakable =
  /^(?:[a-z\d.:[\]\u00df-\u00f6\u00f8-\u0130\u0132-\u0137\u0139-\u017f\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー-]*|[\d.:\p{Mn}\p{Script=Cyrillic}-]*|[\d.:\p{Mn}\p{Script=Greek}-]*|[\d.:\p{Mn}\p{Script=Arabic}-]*|[\d.:\p{Mn}\p{Script=Hebrew}-]*|[\d.:\p{Mn}\p{Mc}\p{Script=Devanagari}-]*|[\d.:\p{Mn}\p{Script=Thai}-]*)$/iu;

function isPlain(host: string): boolean {
  return unmistakable.test(host.normalize('NFC'));
}
