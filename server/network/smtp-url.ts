/** Where mail is handed over, and whom it says it is from. */

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else it begins in the connection, where the server has it. */
  readonly isTls: boolean;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export interface MailFrom {
  readonly name: string;
  readonly address: string;
}

const envelopeAddress = /^[a-z0-9.!$'*+=^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/i;

/**
 * Plain enough to stand in a header, an envelope and a URL as it is: where mail goes. Stricter than `isPlausibleEmail`, which
 * judges what people write of themselves and nothing is sent to from here.
 */
export function isEnvelopeAddress(text: string): boolean {
  return text.length <= 254 && envelopeAddress.test(text);
}

/** `smtp://[USER:PASSWORD@]HOST[:PORT]` or `smtps://…`. Undefined: it is none. */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const isTls = protocol === 'smtps:';
  if ((!isTls && protocol !== 'smtp:') || hostname === '') return undefined;
  if (!['', '/'].includes(pathname) || search !== '' || hash !== '' || (username === '') !== (password === ''))
    return undefined;
  try {
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isTls ? 465 : 587) : Number(port),
      isTls,
      login:
        username === '' ? undefined : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    };
  } catch {
    return undefined;
  }
}

/** `postern@example.com` or `Postern <postern@example.com>`. Undefined: it is neither. */
export function parseMailFrom(text: string): MailFrom | undefined {
  const [, name = '', inside] = /^([\p{L}\p{N} .'_-]{1,100})<([^<>]+)>$/u.exec(text) ?? [];
  const from = { name: name.trim(), address: inside ?? text };
  return isEnvelopeAddress(from.address) ? from : undefined;
}
