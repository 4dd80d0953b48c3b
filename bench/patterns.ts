/** What a decision about an origin costs with 50 patterns on the key, over the whole case table: `npm run bench:patterns`. */
import { isPattern, matchOrigin, parseDomainPattern } from '../server/gate/domain-pattern.ts';
import { parseOrigin } from '../server/gate/origin.ts';
import { originCases } from '../test/support/domain-cases.ts';
import { median } from './rounds.ts';
import { isRefusal } from '../server/gate/problem.ts';

const repeats = 2_000;
const rounds = 15;

const patterns = Array.from({ length: 25 }, (_, index) => [`site${index}.example`, `*.site${index}.example`])
  .flat()
  .map(parseDomainPattern)
  .filter(isPattern);

function decide(header: string): boolean {
  const origin = parseOrigin(header);
  return !isRefusal(origin) && matchOrigin(patterns, origin) !== undefined;
}

/** Microseconds a decision, the median of the rounds. */
function measure(header: string): number {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) decide(header);
    return ((performance.now() - startedAt) * 1_000) / repeats;
  });
  return median(times);
}

// The slowest thing that a caller could send: a name of 253 characters that ends like the last pattern, and many labels.
const longest = `https://${'a.'.repeat(119)}site24.example`;
const headers = [...new Set(originCases.map(({ origin }) => origin).filter((origin) => origin !== null)), longest];
const measured = headers.map((header) => ({ header, microseconds: measure(header) }));
const allowed = measured.filter(({ header }) => !isRefusal(parseOrigin(header)));
const middle = median(allowed.map(({ microseconds }) => microseconds));
const worst = measured.reduce((a, b) => (b.microseconds > a.microseconds ? b : a));

console.log(`${patterns.length} patterns, ${headers.length} origins`);
console.log(`median of the well-formed: ${middle.toFixed(2)} µs (goal at most 2)`);
console.log(
  `worst: ${worst.microseconds.toFixed(2)} µs, ${(worst.microseconds / middle).toFixed(1)} times the median (goal at most 10)`,
);
console.log(`       ${worst.header.slice(0, 60)}… (${worst.header.length} characters)`);
