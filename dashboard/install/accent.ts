/** Words on an accent are white up to this relative luminance (WCAG), black above it: the widget's own rule (launcher-styles.ts). */
const whiteUpTo = 0.179;

interface WordsOnAccent {
  readonly colour: 'white' | 'black';
  /** From 1 to 21; AA needs 4.5. */
  readonly contrast: number;
}

/** @param accent - `#rrggbb` */
export function wordsOn(accent: string): WordsOnAccent {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(accent.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance <= whiteUpTo
    ? { colour: 'white', contrast: 1.05 / (luminance + 0.05) }
    : { colour: 'black', contrast: (luminance + 0.05) / 0.05 };
}
