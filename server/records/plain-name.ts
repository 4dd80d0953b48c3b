/**
 * What may stand in a name, a line that others read: nothing that hides, turns round or breaks it. No control, no line break,
 * no bidi sign, no lone surrogate, no private or invisible sign. What ordinary writing needs stays: emoji with their joiners
 * (also ones that this version of Unicode does not know yet), three flags made of tags, and the joiners of Arabic, Hebrew and
 * Indic scripts, each where such a letter stands before it.
 */
const flags =
  /\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}/gu;

/** Between two emoji, the first perhaps with a skin tone or a variation selector. */
const emojiJoiner = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic})/gu;

const joiningScripts = [
  ...['Arabic', 'Syriac', 'Nko', 'Mongolian', 'Hebrew', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya'],
  ...['Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar', 'Tibetan'],
];
const letterJoiner = new RegExp(
  `(?<=[${joiningScripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}])[\\u200C\\u200D]`,
  'gu',
);

/** An unassigned sign that is reserved for emoji is one of a newer Unicode. */
const hidden = /(?!\p{Extended_Pictographic})[\p{C}\p{Zl}\p{Zp}]/u;
const visible = /(?![\p{Default_Ignorable_Code_Point}\u2800])\S/u;

export const plainNameRule = 'Without line breaks, control signs and signs that can not be seen.';

/** Nothing at all is another mistake. */
export function isPlainName(text: string): boolean {
  const ordinary = text.replace(flags, '\u{1F3F4}').replace(emojiJoiner, '').replace(letterJoiner, '');
  return !hidden.test(ordinary) && (text === '' || visible.test(ordinary));
}

/** A text of several lines may break them, and be cut by soft hyphens; it may not turn the writing round. */
const harmful = /[\p{Cs}\u202A-\u202E\u2066-\u2069]|(?![\t\n\r])\p{Cc}/u;

export const plainTextRule = 'Without control signs.';

export function isPlainText(text: string): boolean {
  return !harmful.test(text);
}

export const plainEmailRule = 'An e-mail address has no sign that can not be seen.';

/** An address needs no joiners. */
export function isPlainEmail(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(text);
}
