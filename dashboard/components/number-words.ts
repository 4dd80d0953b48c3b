const numbers = new Intl.NumberFormat('en');

/** `1,234`. */
export function count(value: number): string {
  return numbers.format(value);
}

const compactNumbers = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `999`, `1.2K`, `34M`: where there is little room. */
export function compactCount(value: number): string {
  return compactNumbers.format(value);
}

/** `1 request`, `1,234 requests`; `many` when an s is not enough. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
