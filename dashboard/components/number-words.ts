const numbers = new Intl.NumberFormat('en');

/** `1,234`. */
export function count(value: number): string {
  return numbers.format(value);
}

/** `1 request`, `1,234 requests`; `many` when an s is not enough. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
