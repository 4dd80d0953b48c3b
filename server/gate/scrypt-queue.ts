/**
 * The one queue of a process for scrypt, which takes a whole core for a tenth of a second: two runs at once, at most 32 wait
 * for at most 2 seconds, anything more is refused. Turns go to the kind of work served longest ago, then to its caller (an
 * address, an organization) served longest ago, and a full queue gives up what the busiest caller asked for last. A flood
 * of one caller so leaves room for another. No queue from the registry is fair by caller: theirs order by priority or age.
 */
import { refuse, type Refusal } from './problem.ts';

/** What scrypt runs for. Each kind has its turns, so that a flood of one holds up another by one run. */
type ScryptKind = 'secret' | 'password' | 'known_password';

export interface ScryptCaller {
  readonly kind: ScryptKind;
  /** Among callers of this kind: an organization, or the address that tries a password. */
  readonly name: string;
}

export interface ScryptQueue {
  /** Does the work when its turn comes; resolves to what it made, or to a refusal when there is no room or no time. */
  run<Result>(caller: ScryptCaller, work: () => Promise<Result>): Promise<Result | Refusal>;
}

interface ScryptQueueLimits {
  readonly runsMax?: number;
  readonly waitingMax?: number;
  readonly waitMsMax?: number;
}

interface Waiting {
  readonly kind: ScryptKind;
  /** Kind and name. */
  readonly caller: string;
  readonly start: () => void;
  readonly refuse: () => void;
}

const busy = refuse('server_busy', {
  fix: 'Try again in a few seconds.',
  retryAfterSeconds: 2,
});

export function createScryptQueue({
  runsMax = 2,
  waitingMax = 32,
  waitMsMax = 2_000,
}: ScryptQueueLimits = {}): ScryptQueue {
  /** Oldest first. */
  const waiting: Waiting[] = [];
  /** The turn at which a kind, or a caller that waits for more, was served last. */
  const servedAt = new Map<string, number>();
  let turn = 0;
  let running = 0;

  async function runNow<Result>(work: () => Promise<Result>): Promise<Result> {
    running++;
    try {
      return await work();
    } finally {
      running--;
      startNext();
    }
  }

  function startNext(): void {
    const lastServed = (name: string): number => servedAt.get(name) ?? 0;
    const waitingOf = countBy(waiting, ({ caller }) => caller);
    const waits = (caller: string): number => waitingOf.get(caller) ?? 0;
    const [next] = waiting.toSorted(
      (a, b) =>
        lastServed(a.kind) - lastServed(b.kind) ||
        lastServed(a.caller) - lastServed(b.caller) ||
        waits(a.caller) - waits(b.caller),
    );
    if (next === undefined) return;
    turn++;
    leave(next);
    servedAt.set(next.kind, turn);
    if (waiting.some(({ caller }) => caller === next.caller)) servedAt.set(next.caller, turn);
    next.start();
  }

  function leave(one: Waiting): void {
    waiting.splice(waiting.indexOf(one), 1);
    if (!waiting.some(({ caller }) => caller === one.caller)) servedAt.delete(one.caller);
  }

  /** Takes the place of the busiest caller's newest, where that one has more than the newcomer would. */
  function makeRoom({ kind, caller }: Pick<Waiting, 'kind' | 'caller'>): boolean {
    const kinds = countBy(waiting, (one) => one.kind);
    const [busiestKind, most] = largest(kinds);
    const among = most > (kinds.get(kind) ?? 0) + 1 ? busiestKind : kind;
    const callers = countBy(
      waiting.filter((one) => one.kind === among),
      (one) => one.caller,
    );
    const [busiestCaller, places] = largest(callers);
    if (among === kind && places <= (callers.get(caller) ?? 0) + 1) return false;
    const newest = waiting.findLast((one) => one.caller === busiestCaller);
    if (newest === undefined) return false;
    leave(newest);
    newest.refuse();
    return true;
  }

  return {
    run<Result>({ kind, name }: ScryptCaller, work: () => Promise<Result>) {
      if (running < runsMax) return runNow(work);
      const caller = `${kind} ${name}`;
      if (waiting.length >= waitingMax && !makeRoom({ kind, caller })) return Promise.resolve(busy);
      return new Promise<Result | Refusal>((resolve) => {
        const one: Waiting = {
          kind,
          caller,
          start() {
            clearTimeout(timer);
            resolve(runNow(work));
          },
          refuse() {
            clearTimeout(timer);
            resolve(busy);
          },
        };
        const timer = setTimeout(() => {
          leave(one);
          resolve(busy);
        }, waitMsMax);
        waiting.push(one);
      });
    },
  };
}

function countBy(all: readonly Waiting[], nameOf: (one: Waiting) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1);
  return counts;
}

/** The last of those, which is the newest. */
function largest(counts: ReadonlyMap<string, number>): readonly [name: string, count: number] {
  return [...counts].reduce((most, one) => (one[1] >= most[1] ? one : most), ['', 0]);
}
