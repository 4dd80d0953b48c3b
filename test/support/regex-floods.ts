/**
 * Texts that are hard for a regular expression, made from its own signs: what it wants up to some place, then a flood of what
 * that place repeats, then something that it can't get past.
 */

interface Atom {
  /** Signs that it takes, a few. */
  readonly samples: readonly string[];
  readonly isOptional: boolean;
  readonly isRepeated: boolean;
}

const probes = [
  ...Array.from('a0 \t-._#*:/"\'<>[](){}`~!,;=&%$@\\|+?^A'),
  'é',
  '例',
  '、',
  '\n',
  '\r',
  '\u2028',
  '\u2029',
  '\0',
  '\ud800',
];

const token =
  /\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[pP]\{[^}]*\}|k<[^>]*>|[^])|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>)|[()|^$]|[^]/giu;
const quantifier = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/;

/** The signs of a regular expression in their order; groups and alternatives are taken apart. */
function atomsOf({ source, flags }: RegExp): readonly Atom[] {
  const atoms: Atom[] = [];
  for (let rest = source; rest !== '';) {
    token.lastIndex = 0;
    const [text = ''] = token.exec(rest) ?? [];
    rest = rest.slice(text.length);
    const [repeat = '', least = ''] = quantifier.exec(rest) ?? [];
    rest = rest.slice(repeat.length);
    if (/^(?:[()|^$]|\(\?.*|\\[bB]|\\k.*|\\[1-9])$/s.test(text)) continue;
    const one = new RegExp(`^(?:${text})$`, flags.replace(/[gyms]/g, '') + (flags.includes('s') ? 's' : ''));
    const own = text.length === 1 || !/^[[\\.]/.test(text) ? [text] : [];
    const samples = [...own, ...probes.filter((probe) => one.test(probe))];
    if (samples.length === 0) continue;
    const isOptional = /^[*?]|^\{0/.test(repeat) || (least === '0' && repeat !== '');
    atoms.push({ samples, isOptional, isRepeated: /^[*+]|^\{\d+,/.test(repeat) });
  }
  return atoms;
}

const ends = ['', 'x', '!', ' ', '\n', '\r', '\u2028', 'x\u2028y', 'a\u2029b', 'x\ry', '\0', '\ud800', 'x\udc00'];

const commonEnds = ['', '!', 'x\u2028y'];
/** From here on only the commonest floods: each takes a while to make. */
const longFrom = 5_000;

/** Floods of about `length` characters each. */
export function* floodsFor(regex: RegExp, length: number): Generator<string, void, void> {
  const isLong = length >= longFrom;
  const atoms = atomsOf(regex);
  let needed = '';
  const seen = new Set<string>();
  for (const [index, atom] of [
    ...atoms,
    { samples: probes.slice(-9), isOptional: true, isRepeated: false },
  ].entries()) {
    const next = atoms[index + 1]?.samples[0] ?? '';
    const spaces = atom.samples.filter((sample) => /\s/.test(sample));
    const few = isLong
      ? [...atom.samples.slice(0, 1), ...spaces.slice(0, 1)]
      : [...atom.samples.slice(0, 4), ...spaces.slice(0, 2)];
    const pumps = few.flatMap((sample) => (isLong ? [sample] : [sample, sample + next]));
    for (const pump of new Set(pumps)) {
      for (const prefix of new Set([needed, ''])) {
        if (pump === '' || seen.has(`${prefix}\0${pump}`)) continue;
        seen.add(`${prefix}\0${pump}`);
        const flood = prefix + pump.repeat(Math.ceil(length / pump.length));
        for (const end of isLong ? commonEnds : ends) yield flood + end;
      }
    }
    if (!atom.isOptional) needed += atom.samples[0] ?? '';
  }
}
