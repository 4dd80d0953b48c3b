/** Fetches a page as a browser would first see it: HTML of 2 MiB at most, after at most five redirects. */
import type { Asker } from './asker.ts';
import { parsePolicies, type Policy } from './content-policy.ts';
import { createHtmlReader, type ReadPage } from './read-html.ts';

const redirectsMax = 5;
const pageBytesMax = 2 * 1024 * 1024;
/** Between two pieces of HTML other requests have their turn. */
const pieceBytes = 16 * 1024;

export interface FetchedPage extends ReadPage {
  readonly url: URL;
  /** Of its headers and its `<meta>`. */
  readonly policies: readonly Policy[];
  /** Where it was sent on to, one after the other. */
  readonly redirects: readonly URL[];
  /** False: there is more of it than is read. */
  readonly isWhole: boolean;
}

/** Its text is shown. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** Throws a `PageError`, or the asker's `AskError`. */
export async function fetchPage(asker: Asker, start: URL): Promise<FetchedPage> {
  const redirects: URL[] = [];
  let url = start;
  for (;;) {
    const found = await fetchOnce(asker, url);
    if (!(found instanceof URL)) return { ...found, url, redirects };
    if (redirects.length === redirectsMax)
      throw new PageError(
        `It redirects more than ${redirectsMax} times.`,
        'Give the address that the page has in the end.',
      );
    redirects.push(found);
    url = found;
  }
}

/** The page, or where it was sent on to. */
async function fetchOnce(asker: Asker, url: URL): Promise<URL | Omit<FetchedPage, 'url' | 'redirects'>> {
  return asker.ask({ url, headers: { accept: 'text/html,application/xhtml+xml' } }, async (answer) => {
    const { status, headers } = answer;
    const location = headers.get('location');
    if (status >= 300 && status < 400 && location !== undefined) return readLocation(location, url);
    if (status !== 200)
      throw new PageError(`It answers ${status}, and not with a page.`, 'Give the address of a page that works.');
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'text/html' && type !== 'application/xhtml+xml')
      throw new PageError('It is no page: its content type is not text/html.', 'Give the address of a page.');
    if ((headers.get('content-encoding') ?? 'identity') !== 'identity')
      throw new PageError(
        'It is compressed, though that was not asked for.',
        'Let its server mind Accept-Encoding: identity.',
      );
    const reader = createHtmlReader();
    const decoder = new TextDecoder();
    const pieces: Buffer[] = [];
    const isWhole = await answer.readEach(pageBytesMax, (piece) => void pieces.push(piece));
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += pieceBytes) {
        reader.read(decoder.decode(piece.subarray(at, at + pieceBytes), { stream: true }));
        await new Promise(setImmediate);
      }
    }
    const read = reader.end();
    const ofHeader = parsePolicies(headers.get('content-security-policy') ?? '');
    return { ...read, policies: [...ofHeader, ...read.policies], isWhole };
  });
}

function readLocation(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol))
    throw new PageError('It redirects to what is no web address.', 'Mend the redirect of the page.');
  return target;
}
