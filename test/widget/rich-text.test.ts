import { expect } from 'chai';
import fc from 'fast-check';
import { en } from '../../widget/i18n/en.ts';
import { moreEnglish } from '../../widget/i18n/more-english.ts';
import { parseMarkdown } from '../../widget/markdown.ts';
import { toPlainText } from '../../widget/plain-text.ts';
import { drawRichText } from '../../widget/rich-text.ts';
import { delta, done, start } from './answers.ts';
import { hostileReplies, slowReplies } from './hostile-replies.ts';
import { linkCases } from './link-cases.ts';
import { clean, createScene, mountOpen, next, one, say } from './support.ts';

const words = { ...en, ...moreEnglish };

function draw(source: string, growing = false): HTMLElement {
  const place = document.createElement('div');
  drawRichText(place, source, words, growing);
  return place;
}

/** The markup that matters, without the attributes that are always there. */
function markup(source: string, growing = false): string {
  const place = draw(source, growing);
  for (const button of place.querySelectorAll('button')) button.remove();
  return place.innerHTML.replace(/ (?:dir|class|part|tabindex|target|rel)="[^"]*"/g, '');
}

function table(names: readonly string[], ...rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  const head = `<thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>`;
  const body = rows.length > 0 ? `<tbody>${rows.map(row).join('')}</tbody>` : '';
  return `<div><table>${head}${body}</table></div>`;
}

describe('rich text', () => {
  const cases: readonly [string, string][] = [
    ['plain words', '<p>plain words</p>'],
    ['one\n\ntwo', '<p>one</p><p>two</p>'],
    ['one\ntwo', '<p>one<br>two</p>'],
    ['one\r\ntwo', '<p>one<br>two</p>'],
    ['one\rtwo', '<p>one<br>two</p>'],
    ['one\u2028two', '<p>one<br>two</p>'],
    ['one\u2029\u2029two', '<p>one</p><p>two</p>'],
    ['# a\u2028b', '<p><strong>a</strong></p><p>b</p>'],
    ['[a\\\nb](https://c.example)', '<p><a href="https://c.example/">a\\<br>b</a></p>'],
    ['a\u0000b', '<p>a\u0000b</p>'],
    ['**bold** and __bold__', '<p><strong>bold</strong> and <strong>bold</strong></p>'],
    ['*it* and _it_', '<p><em>it</em> and <em>it</em></p>'],
    ['***both***', '<p><strong><em>both</em></strong></p>'],
    ['**a *b* c**', '<p><strong>a <em>b</em> c</strong></p>'],
    ['snake_case_name', '<p>snake_case_name</p>'],
    ['2 * 3 * 4', '<p>2 * 3 * 4</p>'],
    ['a ** b', '<p>a ** b</p>'],
    ['**open', '<p>**open</p>'],
    ['\\*not\\*', '<p>*not*</p>'],
    ['`a*b*`', '<p><code>a*b*</code></p>'],
    ['``a`b``', '<p><code>a`b</code></p>'],
    ['`open', '<p>`open</p>'],
    ['# Title', '<p><strong>Title</strong></p>'],
    ['### Title ###', '<p><strong>Title</strong></p>'],
    ['# C#', '<p><strong>C#</strong></p>'],
    ['# ##', '<p><strong></strong></p>'],
    ['#nothing', '<p>#nothing</p>'],
    ['- a\n- b', '<ul><li>a</li><li>b</li></ul>'],
    ['* a\n* b', '<ul><li>a</li><li>b</li></ul>'],
    ['3. a\n4. b', '<ol start="3"><li>a</li><li>b</li></ol>'],
    ['- a\n  - b\n- c', '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>'],
    ['1. a\n   - b', '<ol start="1"><li>a<ul><li>b</li></ul></li></ol>'],
    ['- a\n\n- b', '<ul><li>a</li><li>b</li></ul>'],
    ['- a\n\nafter', '<ul><li>a</li></ul><p>after</p>'],
    ['before\n- a', '<p>before</p><ul><li>a</li></ul>'],
    ['> a\n> b', '<blockquote><p>a<br>b</p></blockquote>'],
    ['> - a', '<blockquote><ul><li>a</li></ul></blockquote>'],
    ['---', '<hr>'],
    ['| a | b |\n|---|---|\n| 1 | *2* |', table(['a', 'b'], ['1', '<em>2</em>'])],
    ['a|b\n-|-\n1|2\n3', table(['a', 'b'], ['1', '2'], ['3'])],
    ['| a \\| b |\n|--|\n| c |', table(['a | b'], ['c'])],
    ['|a|\n|-|\n|1|2|3|\n\nafter', `${table(['a'], ['1'])}<p>after</p>`],
    ['before\n|a|\n|-|', `<p>before</p>${table(['a'])}`],
    ['| a | b |\n|---|', '<p>| a | b |<br>|---|</p>'],
    ['a | b\nc | d', '<p>a | b<br>c | d</p>'],
    [`${'|a'.repeat(33)}|\n${'|-'.repeat(33)}|`, `<p>${'|a'.repeat(33)}|<br>${'|-'.repeat(33)}|</p>`],
    ['```js\na < b\n```', '<div><pre><code>a &lt; b</code></pre></div>'],
    ['```\nopen', '<div><pre><code>open</code></pre></div>'],
    ['```\na\n``\n````\nb', '<div><pre><code>a\n``</code></pre></div><p>b</p>'],
    ['~~~ `js\na\n~~~', '<div><pre><code>a</code></pre></div>'],
    ['~~~\n```\n~~~', '<div><pre><code>```</code></pre></div>'],
    ['[a](https://b.example/c)', '<p><a href="https://b.example/c">a</a></p>'],
    ['[a](https://b.example/c_(d))', '<p><a href="https://b.example/c_(d)">a</a></p>'],
    ['[**a**](https://b.example/ "t")', '<p><a href="https://b.example/"><strong>a</strong></a></p>'],
    ['[a](<https://b.example/>)', '<p><a href="https://b.example/">a</a></p>'],
    ['[a](https://b.example/ t)', '<p>a</p>'],
    ['[a](mailto:b@c.example)', '<p><a href="mailto:b@c.example">a</a></p>'],
    ['see https://b.example/c.', '<p>see <a href="https://b.example/c">https://b.example/c</a>.</p>'],
    ['(https://b.example/c)', '<p>(<a href="https://b.example/c">https://b.example/c</a>)</p>'],
    ['<https://b.example/c>', '<p><a href="https://b.example/c">https://b.example/c</a></p>'],
    [
      '[a https://b.example](https://c.example)',
      '<p><a href="https://c.example/">a https://b.example (c.example)</a></p>',
    ],
    ['![a](https://b.example/i.png)', '<p><a href="https://b.example/i.png">a</a></p>'],
    ['<b>a</b>', '<p>&lt;b&gt;a&lt;/b&gt;</p>'],
    ['a &amp; b', '<p>a &amp;amp; b</p>'],
  ];
  for (const [source, expected] of cases) {
    it(`draws ${JSON.stringify(source)}`, () => {
      expect(markup(source)).to.equal(expected);
    });
  }

  for (const [source, words, href] of linkCases) {
    it(`shows where ${JSON.stringify(source)} leads`, () => {
      const place = draw(source);
      expect(place.textContent).to.equal(words);
      expect(place.querySelector('a')?.getAttribute('href')).to.equal(href);
    });
  }

  it('opens every link in a new tab, without a reference to this page', () => {
    const link = draw('[a](https://b.example/)').querySelector('a')!;
    expect([link.target, link.rel]).to.deep.equal(['_blank', 'noopener noreferrer nofollow']);
  });

  it('nests six deep at most, and shows the rest as text', () => {
    expect(draw(`${'>'.repeat(40)} deep`).querySelectorAll('blockquote')).to.have.length(6);
    expect(draw(`${'>'.repeat(40)} deep`).textContent).to.include('deep');
  });

  it('says the words of a reply without its marks', () => {
    expect(toPlainText('# A\n\n**b** [c](https://d.example)\n\n- e\n- `f`')).to.equal('A\nb c\ne\nf');
  });

  it('never throws, whatever the text, whole or growing', () => {
    const pieces = fc.constantFrom(
      '*',
      '**',
      '_',
      '`',
      '```',
      '[',
      '](',
      ')',
      '!',
      '<',
      '>',
      '- ',
      '1. ',
      '# ',
      '\n',
      ' ',
      '\\',
      'a',
      'https://a.b',
      '|',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.boolean(), (parts, growing) => {
        parseMarkdown(parts.join(''), growing);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void parseMarkdown(text)));
  });

  for (const [head, sources] of slowReplies) {
    it(`reads ${sources.length} floods that begin with ${JSON.stringify(head)} in no time, whole and growing`, () => {
      const slow: string[] = [];
      for (const source of sources) {
        for (const growing of [false, true]) {
          let tookMs = Infinity;
          // The least of three: any of these thousands may be the one at which the machine stands still.
          for (let attempt = 0; attempt < 3 && tookMs > 250; attempt++) {
            const startedAt = performance.now();
            parseMarkdown(source, growing);
            tookMs = Math.min(tookMs, performance.now() - startedAt);
          }
          if (tookMs > 250)
            slow.push(`${JSON.stringify(source.slice(0, 12) + source.slice(-4))} ${tookMs.toFixed(0)} ms`);
        }
      }
      expect(slow).to.deep.equal([]);
    }).timeout(30_000);
  }
});

describe('a growing reply', () => {
  const whole = `Hello **bold words** and *soft* ones, \`code\` too.

## A title

1. first **point**
2. second [link](https://example.com/a_b)
   - below

> quoted *words*

| Part | Time |
| :--- | ---: |
| one | *two* |

\`\`\`js
const a = 1;
\`\`\`

The **end** of it.`;
  const visible = (text: string, growing: boolean) => toText(draw(text, growing));
  const toText = (place: HTMLElement) => {
    for (const button of place.querySelectorAll('button')) button.remove();
    return place.textContent.replace(/\s+/g, '');
  };

  it('never shows a mark that later vanishes: every part of it begins the whole', () => {
    const end = visible(whole, false);
    for (let length = 0; length <= whole.length; length++) {
      const shown = visible(whole.slice(0, length), true);
      expect(
        end.startsWith(shown),
        `after ${JSON.stringify(whole.slice(Math.max(0, length - 12), length))}: ${shown}`,
      ).to.equal(true);
    }
  });

  it('is drawn piece by piece as it would be at once, and what stands there stays', () => {
    for (const text of [
      whole,
      `${whole}\n\n${whole}`,
      whole.replaceAll('\n', '\r\n'),
      '- a\n\n  b\n- c\n---\n1. d\n\n# e\nf',
    ]) {
      const place = document.createElement('div');
      let first: ChildNode | null = null;
      for (let length = 0; length <= text.length; length++) {
        drawRichText(place, text.slice(0, length), words, true);
        expect(place.innerHTML).to.equal(draw(text.slice(0, length), true).innerHTML);
        if (length > 40) expect(place.firstChild).to.equal((first ??= place.firstChild));
      }
      drawRichText(place, text, words);
      expect(place.innerHTML).to.equal(draw(text).innerHTML);
      drawRichText(place, 'Another *text*', words);
      expect(place.innerHTML).to.equal(draw('Another *text*').innerHTML);
    }
  });

  it('puts the words of a column where the row of dashes says', () => {
    const place = document.body.appendChild(draw('|a|b|c|d|\n|:-|:-:|-:|-|\n|1|2|3|4|'));
    expect([...place.querySelectorAll('td')].map((cell) => cell.className)).to.deep.equal([
      'left',
      'center',
      'right',
      '',
    ]);
    place.remove();
  });

  it('ends a table after 200 rows', () => {
    const place = draw(`|a|\n|-|\n${'|x|\n'.repeat(1000)}`);
    expect(place.querySelectorAll('tbody tr').length).to.equal(200);
    expect(place.lastElementChild?.localName).to.equal('p');
  });

  it('says a table aloud, a row a line', () => {
    expect(toPlainText('|Part|Time|\n|-|-|\n|**A**|1|')).to.equal('Part, Time\nA, 1');
  });

  it('keeps what a visitor has selected of it', () => {
    const place = document.body.appendChild(document.createElement('div'));
    drawRichText(place, 'Some words of it', words, true);
    getSelection()!.setBaseAndExtent(
      place.querySelector('p')!.firstChild!,
      5,
      place.querySelector('p')!.firstChild!,
      10,
    );
    drawRichText(place, 'Some words of it, and more **words**', words, true);
    expect(String(getSelection())).to.equal('words');
    place.remove();
  });

  it('never shows a link before its address is whole', () => {
    for (const part of ['[a', '[a]', '[a](', '[a](https://exam', '[a](javascript:x']) {
      expect(markup(part, true)).to.equal('<p>a</p>');
    }
  });
});

describe('a hostile reply', () => {
  let calls = 0;
  before(() => void Object.assign(window, { boom: () => calls++ }));
  after(() => void Reflect.deleteProperty(window, 'boom'));
  afterEach(clean);

  const allowed = new Set([
    'P',
    'STRONG',
    'EM',
    'CODE',
    'PRE',
    'DIV',
    'BUTTON',
    'UL',
    'OL',
    'LI',
    'A',
    'BR',
    'HR',
    'BLOCKQUOTE',
    'TABLE',
    'THEAD',
    'TBODY',
    'TR',
    'TH',
    'TD',
  ]);
  const allowedAttributes = new Set('dir class part tabindex href target rel type start scope data-copied'.split(' '));

  it(`is one of at least 80`, () => {
    expect(new Set(hostileReplies).size).to.be.greaterThanOrEqual(80);
  });

  for (const reply of hostileReplies) {
    it(`stays words: ${JSON.stringify(reply)}`, () => {
      const places = [
        draw(reply),
        ...Array.from({ length: reply.length }, (_, length) => draw(reply.slice(0, length), true)),
      ];
      for (const element of places.flatMap((place) => [...place.querySelectorAll('*')])) {
        expect(allowed.has(element.tagName), element.tagName).to.equal(true);
        for (const { name } of element.attributes) expect(allowedAttributes.has(name), name).to.equal(true);
        if (element instanceof HTMLAnchorElement) {
          expect(['http:', 'https:', 'mailto:']).to.include(element.protocol);
          expect(element.username + element.password).to.equal('');
          expect(element.getAttribute('href')).to.match(/^(https?:\/\/|mailto:)/);
          expect(element.rel).to.equal('noopener noreferrer nofollow');
        }
      }
    });
  }

  it('streamed through the real element, all of them: nothing runs, nothing is fetched, nothing is submitted', async () => {
    const text = hostileReplies.join('\n\n');
    const pieces = text.match(/[^]{1,7}/g)!.map(delta);
    const scene = await createScene({ messages: [{ steps: [start(), ...pieces, done(text)] }] });
    const chat = await mountOpen(scene);
    performance.clearResourceTimings();
    const replied = next(chat, 'postern-reply');
    say(chat, 'Do your worst');
    await replied;
    await chat.updateComplete;
    // Clicked as a hand would: no link may run anything or leave this tab.
    for (const link of chat.shadowRoot!.querySelectorAll('a')) {
      link.addEventListener('click', (event) => event.preventDefault());
      link.click();
    }
    const hosts = performance.getEntriesByType('resource').map(({ name }) => new URL(name).host);
    expect(hosts.filter((host) => host !== new URL(scene.api).host && host !== location.host)).to.deep.equal([]);
    expect(calls).to.equal(0);
    expect(one(chat, 'form, img, iframe, script, style, object, embed, svg image')).to.equal(null);
  });
});
