/**
 * What a process counts about itself, as Prometheus text. Labels are words of this program: route patterns, methods, codes.
 * No key, organization, e-mail, origin or path gets into one. What every request counts is a number in a map, made into a
 * metric when somebody reads it: a counter of `prom-client` costs several times as much.
 */
import type { Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Verdict } from './gate/verdict.ts';
import type { OnStoreCall } from './store/measured.ts';
import type { DeliveryOutcome } from './webhooks/outbox.ts';
import { version } from './version.ts';

const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90];
const storeBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface Metrics {
  recordRequest(request: Request, response: Response, durationMs: number): void;
  /** What Node could not read as a request. */
  recordUnreadable(status: number): void;
  /** `asked`: about a call of this server's own, or about one of somebody's own API. */
  recordVerdict(verdict: Verdict, asked: 'call' | 'verify' | 'authorize'): void;
  recordScryptRun(of: 'secret' | 'password'): void;
  recordDelivery(outcome: DeliveryOutcome): void;
  /** A batch of usage figures that could not be written: kept for the next time, or lost. */
  recordUnwrittenUsage(outcome: 'kept' | 'lost'): void;
  readonly recordStoreCall: OnStoreCall;
  readonly contentType: string;
  present(): Promise<string>;
}

interface MetricsSources {
  /** Without Redis there is nothing to say about it. */
  readonly isRedisUsable?: (() => boolean) | undefined;
}

export function createMetrics({ isRedisUsable }: MetricsSources = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];

  const requests = createTally(registry, 'postern_http_requests_total', 'Requests that are over.', [
    'method',
    'route',
    'status',
  ]);
  const verdicts = createTally(registry, 'postern_verdicts_total', 'What came of the credentials of calls.', [
    'asked',
    'code',
  ]);
  const scryptRuns = createTally(registry, 'postern_scrypt_runs_total', 'Secrets and passwords proven by scrypt.', [
    'of',
  ]);
  const unwritten = createTally(
    registry,
    'postern_usage_batches_unwritten_total',
    'Batches of usage figures that could not be written: kept for the next time, or lost.',
    ['outcome'],
  );
  const deliveries = createTally(
    registry,
    'postern_webhook_deliveries_total',
    'Tries to bring a message to a webhook: delivered, failed and tried again later, or given up.',
    ['outcome'],
  );
  const durations = new Histogram({
    name: 'postern_http_request_duration_seconds',
    help: 'From the first byte understood to the end of the answer, streams included.',
    labelNames: ['method', 'route'],
    buckets: requestBuckets,
    registers,
  });
  const storeDurations = new Histogram({
    name: 'postern_store_duration_seconds',
    help: 'Calls of the store until they were answered; on the embedded store only changes.',
    labelNames: ['method'],
    buckets: storeBuckets,
    registers,
  });
  const storeFailures = new Counter({
    name: 'postern_store_failures_total',
    help: 'Calls of the store that failed, most of them because it was away.',
    labelNames: ['method'],
    registers,
  });
  new Gauge({
    name: 'postern_build_info',
    help: 'Always 1: the label says which version runs.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  if (isRedisUsable !== undefined) {
    new Gauge({
      name: 'postern_redis_up',
      help: '1 while limits are shared over Redis, 0 while each process counts for itself.',
      registers,
      collect() {
        this.set(isRedisUsable() ? 1 : 0);
      },
    });
  }
  // A series that is not there can't be alerted on.
  for (const outcome of ['kept', 'lost']) unwritten.add(outcome, 0);
  for (const of of ['secret', 'password']) scryptRuns.add(of, 0);
  for (const outcome of ['delivered', 'failed', 'given_up']) deliveries.add(outcome, 0);

  return {
    recordRequest(request, response, durationMs) {
      const method = knownMethods.has(request.method) ? request.method : 'other';
      const route = routeOf(request);
      requests.add(`${method}\n${route}\n${response.writableFinished ? response.statusCode : 'aborted'}`);
      durations.observe({ method, route }, durationMs / 1_000);
    },
    recordUnreadable: (status) => requests.add(`other\nother\n${status}`),
    recordVerdict: (verdict, asked) => verdicts.add(`${asked}\n${verdict.ok ? 'accepted' : verdict.refusal.code}`),
    recordScryptRun: (of) => scryptRuns.add(of),
    recordDelivery: (outcome) => deliveries.add(outcome),
    recordUnwrittenUsage: (outcome) => unwritten.add(outcome),
    recordStoreCall(method, seconds, isFailed) {
      storeDurations.observe({ method }, seconds);
      if (isFailed) storeFailures.inc({ method });
    },
    contentType: registry.contentType,
    async present() {
      const texts = await Promise.all([registry.metrics(), processRegistry().metrics()]);
      return texts.join('');
    },
  };
}

/** The pattern that a route was made with; never a path that somebody sent. */
function routeOf(request: Request): string {
  const path = (request as { route?: { path?: unknown } }).route?.path;
  if (typeof path === 'string') return path;
  return path === undefined ? 'other' : [path].flat().map(String).join(' ');
}

interface Tally {
  /** The labels' values in the order of their names, a line each. */
  add(labels: string, count?: number): void;
}

function createTally(registry: Registry, name: string, help: string, labelNames: readonly string[]): Tally {
  const counts = new Map<string, number>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, count] of counts) {
        const values = labels.split('\n');
        this.inc(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])), count);
      }
    },
  });
  return {
    add: (labels, count = 1) => void counts.set(labels, (counts.get(labels) ?? 0) + count),
  };
}

let ofProcess: Registry | undefined;

/**
 * Memory, garbage collection, the lag of the event loop: one for the process, however many apps are in it. Watched from the
 * first reading on: where nobody reads, it costs nothing.
 */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
