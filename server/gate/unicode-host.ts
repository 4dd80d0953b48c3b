/** International domain names as people write them: `xn--bcher-kva.example` → `bücher.example`. For showing only. */

/** The name in Unicode, when it has labels that say something else in ASCII and turn back into exactly this name. */
export function toUnicodeHost(host: string): string | undefined {
  if (!/(^|\.)xn--/.test(host)) return undefined;
  try {
    const labels = host.split('.').map((label) => (label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label));
    const name = labels.join('.');
    // Whatever an encoded label smuggles in, the platform's own encoder must agree.
    return name !== host && new URL(`http://${name}`).hostname === host ? name : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 3492, section 6.2. Throws a `RangeError` for what is no Punycode. */
function decodePunycode(encoded: string): string {
  const delimiter = encoded.lastIndexOf('-');
  const points = Array.from(encoded.slice(0, Math.max(delimiter, 0)), (sign) => sign.charCodeAt(0));
  let rest = encoded.slice(delimiter + 1);
  let point = 128;
  let index = 0;
  let bias = 72;
  for (let isFirst = true; rest !== ''; isFirst = false) {
    const before = index;
    for (let weight = 1, step = 36; ; step += 36) {
      const digit = digitOf(rest);
      rest = rest.slice(1);
      index += digit * weight;
      const threshold = Math.min(Math.max(step - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const length = points.length + 1;
    bias = adapt(index - before, length, isFirst);
    point += Math.floor(index / length);
    index %= length;
    points.splice(index++, 0, point);
  }
  return String.fromCodePoint(...points);
}

function digitOf(text: string): number {
  const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(text.charAt(0) || ' ');
  if (digit === -1) throw new RangeError('No digit of Punycode.');
  return digit;
}

function adapt(delta: number, length: number, isFirst: boolean): number {
  let left = Math.floor(isFirst ? delta / 700 : delta / 2);
  left += Math.floor(left / length);
  let bias = 0;
  for (; left > 455; bias += 36) left = Math.floor(left / 35);
  return bias + Math.floor((36 * left) / (left + 38));
}
