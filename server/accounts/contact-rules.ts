/** What a contact may be, for the server and for pages. */

export const contactLimits = { text: 500, email: 254, url: 2_000, phone: 40 } as const;

/**
 * As a person may write it, in any alphabet: people read it and answer by hand. This server sends mail to none that is only this;
 * that must be an `isEnvelopeAddress`, which is stricter.
 */
export function isPlausibleEmail(text: string): boolean {
  const [local = '', host = '', ...others] = text.split('@');
  return others.length === 0 && /^[^\s"(),:;<>[\\\]]+$/.test(local) && /^[^\s"(),:;<>[\\\]/?#&%]+$/.test(host);
}

/** Digits, at least three, with the signs that stand between them. */
export function isPhoneNumber(text: string): boolean {
  return /^\+?[\d ()./-]+$/.test(text) && text.replace(/\D/g, '').length >= 3;
}

/** A page that a visitor's browser may open from a chat: https, without a password; http on this very machine where that is allowed. */
export function isPublicAddress(text: string, isLocalAllowed: boolean): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username !== '' || url.password !== '' || /[\s\p{C}]/u.test(text)) return false;
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (isLocalAllowed && url.protocol === 'http:' && isLocal);
}
