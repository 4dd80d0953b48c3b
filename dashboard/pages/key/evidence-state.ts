/** What a key's evidence comes to: whether scripts use it, and since when that can be seen. */
import type { DayEvidence, KeyEvidence } from '../../../server/http/wire.ts';
import { looksScripted, scriptCallsMin } from '../../../ui/looks-scripted.ts';

export type EvidenceState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'untold' }
  | {
      readonly kind: 'few' | 'fine' | 'scripts';
      readonly calls: number;
      readonly withoutBrowserHeaders: number;
      /** `today`, `yesterday`, `in 30 days` */
      readonly period: string;
    };

/** A flood of today is not to be lost among the calls of a whole month, so the shortest time that shows one counts. */
export function evidenceState(evidence: KeyEvidence, days: number): EvidenceState {
  if (evidence.calls === 0) {
    const isUsed = evidence.days.some(({ addressedCalls }) => addressedCalls > 0);
    return { kind: isUsed ? 'untold' : 'nothing' };
  }
  const [today, yesterday] = evidence.days;
  const whole = { ...evidence, period: `in ${days} days` };
  const periods = [
    ...(today ? [{ ...today, period: 'today' }] : []),
    ...(yesterday ? [{ ...yesterday, period: 'yesterday' }] : []),
    whole,
  ];
  const scripted = periods.find(looksScripted);
  const { calls, withoutBrowserHeaders, period } = scripted ?? whole;
  const kind = scripted ? 'scripts' : calls < scriptCallsMin ? 'few' : 'fine';
  return { kind, calls, withoutBrowserHeaders, period };
}

/** The last day on which an address was known. */
export function lastAddressedDay({ days }: KeyEvidence): (DayEvidence & { readonly isToday: boolean }) | undefined {
  const index = days.findIndex(({ addressedCalls }) => addressedCalls > 0);
  const day = days[index];
  return day && { ...day, isToday: index === 0 };
}
