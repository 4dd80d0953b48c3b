/** `92 %`, `4.2 %`, `< 0.1 %`. */
export function percent(part: number, whole: number): string {
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}
