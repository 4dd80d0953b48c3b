/** What the tag says, as the widget's own loader reads it: `data-…` first, then the query of its address. */
import type { FetchedPage } from './fetch-page.ts';
import type { FoundTag } from './read-html.ts';

export interface InstalledTag {
  /** The script's address; undefined: an element, whose script is in a bundle. */
  readonly script: URL | undefined;
  /** Where calls go; undefined: nothing names it, or not as a web address. */
  readonly api: URL | undefined;
  readonly key: string | undefined;
  readonly agent: string | undefined;
  readonly nonce: string;
  readonly integrity: string;
}

const serverOfScript = /^(https?:.*?)\/widget[./]/;

export function readInstalledTag({ src, attributes }: FoundTag, page: Pick<FetchedPage, 'url' | 'base'>): InstalledTag {
  const base = page.base === undefined ? page.url : (readUrl(page.base, page.url) ?? page.url);
  const script = src === null ? undefined : readUrl(src, base);
  const option = (name: string, ofElement = name): string | undefined =>
    src === null
      ? attributes.get(ofElement)
      : (attributes.get(`data-${name}`) ?? script?.searchParams.get(name) ?? undefined);
  const server = serverOfScript.exec(script?.href ?? '')?.[1] ?? base.origin;
  return {
    script,
    api: readUrl(option('api') ?? server, base),
    key: option('key', 'public-key'),
    agent: option('agent'),
    nonce: attributes.get('nonce') ?? '',
    integrity: attributes.get('integrity') ?? '',
  };
}

function readUrl(text: string, base: URL): URL | undefined {
  const url = URL.canParse(text, base.href) ? new URL(text, base) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
