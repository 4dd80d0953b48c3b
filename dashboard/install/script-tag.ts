import type { PinnedWidget } from '../../server/http/wire.ts';

/** What a script tag says of a chat: `data-…` by the name behind it. '' is an attribute without a value. */
export type TagOptions = Readonly<Record<string, string>>;

/** A script tag as HTML, in one line; every value is quoted, whatever stands in it. */
export function scriptTag(server: string, options: TagOptions, pinned?: PinnedWidget): string {
  const attributes = [
    `src="${server}${pinned?.path ?? '/widget.js'}"`,
    ...(pinned ? [`integrity="${pinned.integrity}" crossorigin="anonymous"`] : []),
    ...Object.entries(options).map(([name, value]) =>
      value === '' ? `data-${name}` : `data-${name}="${quoted(value)}"`,
    ),
  ];
  return `<script async ${attributes.join(' ')}></script>`;
}

/** As it stands between two quotes of HTML; a line break stays one. */
function quoted(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('\n', '&#10;');
}
