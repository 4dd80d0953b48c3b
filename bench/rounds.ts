/** Rounds of load, the sides in turn, so that a noisy machine is noisy for all of them; medians and every round printed. */
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What a good answer is, so that a side can't win by refusing. */
  readonly status: number;
  readonly connections?: number;
  /** Posted as JSON. */
  readonly body?: object;
}

export interface Side {
  readonly name: string;
  readonly load: Load;
  /** Runs beside it and isn't counted. */
  readonly beside?: Load;
}

export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const roundSeconds = Number(process.env.BENCH_SECONDS ?? 3);
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
export const connectionsUsual = Number(process.env.BENCH_CONNECTIONS ?? 32);

export async function runRounds(sides: readonly Side[]): Promise<ReadonlyMap<string, readonly Round[]>> {
  const results = new Map<string, Round[]>(sides.map(({ name }) => [name, []]));
  for (const { load } of sides) await fire(load, 1);
  for (let round = 0; round < rounds; round++) {
    // Forwards, then backwards: no side always comes first.
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
      const [measured] = await Promise.all([
        fire(side.load, roundSeconds),
        side.beside === undefined ? undefined : fire(side.beside, roundSeconds),
      ]);
      results.get(side.name)?.push(measured);
    }
  }
  return results;
}

async function fire(load: Load, duration: number): Promise<Round> {
  const { url, headers: given, status, connections = connectionsUsual, body } = load;
  const headers = body === undefined ? given : { ...given, 'content-type': 'application/json' };
  let visitor = 0;
  const result = await autocannon({
    url,
    connections,
    duration,
    ...(body !== undefined && { method: 'POST' as const, body: JSON.stringify(body) }),
    // Each connection comes from an address of its own: one address may have 20 requests open.
    setupClient: (client) => client.setHeaders({ ...headers, 'x-forwarded-for': `192.0.2.${++visitor}` }),
  });
  const others = Object.entries(result.statusCodeStats ?? {}).filter(([code]) => code !== String(status));
  if (others.length > 0 || result.errors > 0) {
    throw new Error(`${url} answered ${JSON.stringify(others)} with ${result.errors} errors, not ${status}.`);
  }
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    : (sorted[Math.floor(middle)] ?? 0);
}

export function print(name: string, results: readonly Round[]): void {
  const each = results.map(({ requestsPerSecond }) => Math.round(requestsPerSecond).toString().padStart(6)).join(' ');
  console.log(`${name.padEnd(44)} ${each}   median ${Math.round(median(results.map((r) => r.requestsPerSecond)))}/s`);
}
