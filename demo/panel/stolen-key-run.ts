/** What is known of a run with a stolen key, from what the server says event by event. */
import type { KeyEvidence, StolenKeyEvent } from '../../server/http/wire.ts';

type Of<Type extends StolenKeyEvent['type']> = Extract<StolenKeyEvent, { type: Type }>;

export interface StolenKeyRun {
  readonly key: Of<'key'> | undefined;
  readonly script: Omit<Of<'script'>, 'type'>;
  readonly pair: readonly Of<'pair'>[];
  readonly evidence: KeyEvidence | undefined;
  readonly trouble: string;
}

export const newRun: StolenKeyRun = {
  key: undefined,
  script: { sent: 0, answered: 0, refused: {}, told: null, spent: 0 },
  pair: [],
  evidence: undefined,
  trouble: '',
};

export function applyEvent(run: StolenKeyRun, event: StolenKeyEvent): StolenKeyRun {
  switch (event.type) {
    case 'key':
      return { ...run, key: event };
    case 'script':
      return { ...run, script: event };
    case 'pair':
      return { ...run, pair: [...run.pair, event] };
    case 'evidence':
      return { ...run, evidence: event.evidence };
    case 'failed':
      return { ...run, trouble: event.detail };
  }
}

export function refusedCalls({ script }: StolenKeyRun): number {
  return Object.values(script.refused).reduce((sum, count) => sum + count, 0);
}
