/**
 * How long the page's main thread is at work at a time, on a phone: CPU ÷ 4, from the browser's own trace. Thread time: what other
 * processes take doesn't count. They still slow it down, and nothing makes it quicker: so of several times the lower quartile.
 */
import type { BrowserContextOptions, CDPSession, Page } from 'playwright-core';

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  isMobile: true,
  hasTouch: true,
};

export interface Work {
  readonly longestTaskMs: number;
  /** Layouts that a script asked for, outside the frame's own. */
  readonly forcedLayouts: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const TASK = 'ThreadControllerImpl::RunTask';
const categories = ['toplevel', 'devtools.timeline', 'v8', 'blink.user_timing'];

/** What `act` makes the page do, until `act` is over and the page has gone quiet. */
export async function measureOnPhone(page: Page, act: () => Promise<unknown>): Promise<Work> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const events = await trace(session, async () => {
    await page.evaluate(() => performance.mark('postern-begin'));
    await act();
    await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await session.detach();
  const begin = events.find(({ name }) => name === 'postern-begin')!;
  const mine = events.filter(({ pid, tid }) => pid === begin.pid && tid === begin.tid);
  const tasks = mine.filter(({ name, ts }) => name === TASK && ts > begin.ts);
  const longestTaskMs = Math.max(...tasks.map(({ tdur, dur = 0 }) => (tdur ?? dur) / 1000));
  const scripts = mine.filter(({ name }) => name === 'FunctionCall' || name === 'V8.RunMicrotasks');
  const forced = mine.filter(
    (event) => event.name === 'Layout' && event.ts > begin.ts && scripts.some((script) => holds(script, event)),
  );
  return { longestTaskMs, forcedLayouts: forced.length };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!;
}

async function trace(session: CDPSession, act: () => Promise<void>): Promise<readonly TraceEvent[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => void events.push(...(value as TraceEvent[]));
  session.on('Tracing.dataCollected', collect);
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories, excludedCategories: ['*'] },
  });
  await act();
  const isComplete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await isComplete;
  return events;
}

function holds(outer: TraceEvent, inner: TraceEvent): boolean {
  return inner.ts >= outer.ts && inner.ts < outer.ts + (outer.dur ?? 0);
}
