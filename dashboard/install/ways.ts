/** The ways to put the chat on a page, by what the page is made with: one table, which the form shows and tests run. */
import type { PinnedWidget } from '../../server/http/wire.ts';
import { scriptTag, type TagOptions } from './script-tag.ts';

interface Way {
  readonly id: 'html' | 'wordpress' | 'shopify' | 'tag-manager' | 'webflow' | 'next';
  readonly name: string;
  readonly where: string;
  readonly write: (server: string, options: TagOptions, pinned?: PinnedWidget) => string;
  /** Only the address of the script is kept, so it can't be pinned. */
  readonly isEvergreen?: true;
}

export const ways: readonly Way[] = [
  { id: 'html', name: 'HTML', where: 'Anywhere in the page, before </body> say.', write: scriptTag },
  {
    id: 'wordpress',
    name: 'WordPress',
    where:
      'In the theme’s footer, or with a plug-in for code in the footer. Leave widget.js out where an optimizer combines scripts.',
    write: scriptTag,
  },
  {
    id: 'shopify',
    name: 'Shopify',
    where: 'Online Store, Themes, Edit code: in theme.liquid, before </body>.',
    write: scriptTag,
  },
  {
    id: 'tag-manager',
    name: 'Google Tag Manager',
    where: 'A new tag of the kind Custom HTML, with the trigger All Pages.',
    write: tagInAddress,
    isEvergreen: true,
  },
  { id: 'webflow', name: 'Webflow', where: 'Site settings, Custom code, Footer code.', write: scriptTag },
  { id: 'next', name: 'Next.js', where: 'In the root layout, inside <body>.', write: nextScript },
];

/** Tag managers make the script anew without its `data-…`: they keep the address. */
function tagInAddress(server: string, options: TagOptions): string {
  return `<script async src="${server}/widget.js?${new URLSearchParams(options).toString().replaceAll('&', '&amp;')}"></script>`;
}

function nextScript(server: string, options: TagOptions, pinned?: PinnedWidget): string {
  const attributes = [
    `src="${server}${pinned?.path ?? '/widget.js'}"`,
    ...(pinned ? [`integrity="${pinned.integrity}"`, 'crossOrigin="anonymous"'] : []),
    ...Object.entries(options).map(([name, value]) => `data-${name}={${JSON.stringify(value)}}`),
  ];
  return `import Script from 'next/script';\n\n<Script\n${attributes.map((one) => `  ${one}\n`).join('')}/>`;
}

/** What a page's Content Security Policy must allow. */
export function policyFor(server: string, { avatar = '' }: TagOptions): string {
  const pictures = new Set([server, ...(avatar === '' ? [] : [sourceOf(avatar)])]);
  return `script-src ${server}; connect-src ${server}; img-src ${[...pictures].join(' ')}`;
}

/** Where a picture comes from: without a host, from the page's own. */
function sourceOf(picture: string): string {
  const page = 'https://page.invalid';
  const { protocol, origin } = new URL(URL.canParse(picture, page) ? picture : '', page);
  if (protocol === 'data:') return protocol;
  return origin === page || !protocol.startsWith('http') ? "'self'" : origin;
}
