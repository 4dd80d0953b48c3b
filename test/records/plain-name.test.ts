/** What may stand in a name, an e-mail and a text. */
import { describe, expect, test } from 'vitest';
import { isPlainEmail, isPlainName, isPlainText } from '../../server/records/plain-name.ts';
import { measureProcessorMs } from '../support/processor-time.ts';

const zwj = '\u200D';
const zwnj = '\u200C';

describe('a name', () => {
  test.each<[string, string]>([
    ['Latin', 'Café Zürich, № 1 (<b>“test”</b>)'],
    ['Arabic', 'متجر الكتب'],
    ['Hebrew with points', 'שָׁלוֹם'],
    ['Chinese', '商店 网站'],
    ['a Japanese name with a variation selector', '葛\u{E0100}城'],
    ['Persian with a joiner', `می${zwnj}خواهم`],
    ['Hindi with a joiner', `क्${zwj}ष`],
    ['Bengali with a joiner', `র${zwj}্যাব`],
    ['Malayalam that ends in a joiner', `അവന്${zwj}`],
    ['Sinhala with a joiner', `ශ්${zwj}රී`],
    ['an emoji', 'Shop 🛒'],
    ['an emoji with a variation selector', 'Heart ❤️'],
    ['a family', `👩${zwj}👩${zwj}👧`],
    ['a skin tone and a joiner', `🧑🏽${zwj}💻`],
    ['a variation selector and a joiner', `🏳️${zwj}🌈`],
    ['a flag', '🇨🇭'],
    ['a flag made of tags', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} shop'],
    ['a keycap', '1️⃣'],
    ['an emoji newer than this Unicode', 'New \u{1FAFF}'],
    ['nothing: another mistake', ''],
  ])('%s', (_name, text) => {
    expect(isPlainName(text)).toBe(true);
  });

  test.each<[string, string]>([
    ['NUL', 'a\0b'],
    ['a line feed', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['an escape', 'a\u001B[31mb'],
    ['delete', 'a\u007Fb'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['right-to-left override', 'invoice\u202Efdp.exe'],
    ['an embedding', '\u202Aa\u202C'],
    ['an isolate', '\u2067a\u2069'],
    ['left-to-right mark', 'a\u200Eb'],
    ['right-to-left mark', 'a\u200Fb'],
    ['Arabic letter mark', 'a\u061Cb'],
    ['a lone high surrogate', 'a\uD800b'],
    ['a lone low surrogate', 'a\uDC00'],
    ['a zero-width space', 'a\u200Bb'],
    ['a word joiner', 'a\u2060b'],
    ['a byte order mark', 'a\uFEFFb'],
    ['a soft hyphen', 'a\u00ADb'],
    ['a joiner between Latin letters', `ad${zwj}min`],
    ['a non-joiner between Latin letters', `ad${zwnj}min`],
    ['a joiner at the start', `${zwj}a`],
    ['two joiners', `می${zwnj}${zwnj}خ`],
    ['a joiner after an emoji and before a letter', `🛒${zwj}a`],
    ['hidden tags after a flag', '🏴\u{E0068}\u{E0069}\u{E007F}'],
    ['tags alone', 'a\u{E0061}'],
    ['a private sign', 'a\uE000'],
    ['a noncharacter', 'a\uFFFF'],
    ['an interlinear sign', 'a\uFFF9b'],
    ['only what can not be seen', '\u3164\u2800\u115F'],
  ])('not %s', (_name, text) => {
    expect(isPlainName(text)).toBe(false);
  });
});

test.each<[string, boolean]>([
  ['you@example.com', true],
  ['"><img/src=x/onerror=…>@x.example', true],
  ['jörg@bücher.example', true],
  ['a\u202E@example.com', false],
  ['a\0@example.com', false],
  [`a${zwj}@example.com`, false],
  ['a\uD800@example.com', false],
  ['a\u3164@example.com', false],
])('an e-mail %j: %s', (text, isPlain) => {
  expect(isPlainEmail(text)).toBe(isPlain);
});

test.each<[string, boolean]>([
  ['Two\nlines\r\n\tand a soft\u00ADhyphen, \u200Fright to left', true],
  ['a\0b', false],
  ['a\u001Bb', false],
  ['a\u202Eb', false],
  ['a\uD800b', false],
])('a text %j: %s', (text, isPlain) => {
  expect(isPlainText(text)).toBe(isPlain);
});

test('the longest texts take no time', async () => {
  for (const sign of [zwj, '🏴', 'क', '👩', ' ', '\u{E0067}', '\uD800']) {
    const text = sign.repeat(20_000);
    expect(await measureProcessorMs(() => [isPlainName(text), isPlainText(text)])).toBeLessThan(250);
  }
});
