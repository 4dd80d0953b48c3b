/**
 * The gate inside somebody else's process, on the store that the servers use: no hop, and what is switched off is refused at the next
 * call. Its limits count in this process alone.
 */
import type { Gate, Judged, Needs, Shown } from './client/gate.ts';
import { originOf, readVerdict, storeAway } from './client/gate.ts';
import { createBudgets } from './credits/budgets.ts';
import { createAuthenticator } from './gate/authenticate.ts';
import type { Call } from './gate/call.ts';
import { systemClock, type Clock } from './gate/clock.ts';
import { createScryptQueue } from './gate/scrypt-queue.ts';
import { createSecrets } from './gate/secret.ts';
import { createJudge } from './http/judge.ts';
import { presentVerdict } from './http/present.ts';
import type { Store } from './store/port.ts';
import { createCounters } from './usage/counters.ts';
import { createLimiter, usualLimits, type LimiterSettings } from './usage/limiter.ts';
import { createMeter } from './usage/meter.ts';

export interface InProcessGateOptions {
  /** Of `openStore`. It stays yours to close, after the gate. */
  readonly store: Store;
  /** Whose keys may pass. */
  readonly organizationId: string;
  /** The servers' `SESSION_SECRET`: with it no secret is proven by scrypt twice, not even after a restart. */
  readonly sessionSecret?: string;
  /** As a server has them unless given. */
  readonly limits?: LimiterSettings;
  readonly clock?: Clock;
  /** Told about figures that could not be written, and about calls that could not be judged. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

export interface InProcessGate extends Gate {
  /** Writes the figures that are left. */
  close(): Promise<void>;
}

export function openGate({
  store,
  organizationId,
  sessionSecret,
  limits = usualLimits,
  clock = systemClock,
  // eslint-disable-next-line no-console -- another program's, whose log is not known here
  onError = (error) => console.error(error),
}: InProcessGateOptions): InProcessGate {
  const counters = createCounters({ clock });
  const budgets = createBudgets(counters, clock);
  const meter = createMeter(store, clock, onError);
  meter.start();
  const authenticator = createAuthenticator({
    store,
    secrets: createSecrets({
      queue: createScryptQueue(),
      ...(sessionSecret !== undefined && { sessionSecret }),
      keepDigest: (owner, secretHash, digest) =>
        store.keepSecretDigest(owner.organizationId, owner.id, secretHash, digest),
    }),
    limiter: createLimiter(limits, counters),
    meter,
    clock,
    serverOrigin: 'null',
    onBadPattern: () => undefined,
  });
  const judge = createJudge({ store, authenticator, meter, budgets, clock, onVerdict: () => undefined });

  return {
    async judge(shown, needs = {}): Promise<Judged> {
      const { scope, cost } = needs;
      const idempotencyKey = shown.idempotencyKey ?? undefined;
      try {
        const { verdict, credits } = await judge(callOf(shown, needs), { organizationId, scope, cost, idempotencyKey });
        return readVerdict(presentVerdict(verdict, credits)) ?? storeAway;
      } catch (error) {
        onError(error);
        return storeAway;
      }
    },
    close: () => meter.stop(),
  };
}

function callOf(shown: Shown, needs: Needs): Call {
  const { authorization, ip } = shown;
  const from = originOf(shown, needs);
  return {
    authorizations: authorization ? [authorization] : [],
    origins: from === undefined ? [] : [from],
    isSameOriginRead: false,
    ...(ip && { ip }),
  };
}
