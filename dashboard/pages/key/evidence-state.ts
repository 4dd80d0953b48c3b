/** What a key's evidence comes to: whether scripts use it, and since when that can be seen. */
import { looksScripted, scriptCallsMin } from '../../../server/gate/looks-scripted.ts';
import type { DayEvidence, KeyUsage } from '../../../server/http/wire.ts';

/** A share that hardly any one visitor has. */
const oneGroupShareMin = 0.9;

export type EvidenceState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'untold' }
  | {
      readonly kind: 'few' | 'fine' | 'scripts';
      readonly calls: number;
      readonly withoutBrowserHeaders: number;
      /** `today`, `yesterday`, `on November 27`, `in 30 days` */
      readonly period: string;
    };

const dayAndMonth = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', timeZone: 'UTC' });

/** A flood of a day is not to be lost among the calls of a whole month, so the shortest and latest time that shows one counts. */
export function evidenceState({ evidence, origins }: KeyUsage, days: number): EvidenceState {
  if (evidence.calls === 0) {
    // Only calls of web pages have an origin.
    const isUsed = evidence.addressedCalls > 0 || origins.some(({ accepted }) => accepted > 0);
    return { kind: isUsed ? 'untold' : 'nothing' };
  }
  const { mostScripted } = evidence;
  const whole = { ...evidence, period: `in ${days} days` };
  const periods = [
    ...namedDays(evidence.days).map((day) => ({ ...day, period: day.name })),
    ...(mostScripted ? [{ ...mostScripted, period: `on ${dayAndMonth.format(new Date(mostScripted.date))}` }] : []),
    whole,
  ];
  const scripted = periods.find(looksScripted);
  const { calls, withoutBrowserHeaders, period } = scripted ?? whole;
  const kind = scripted ? 'scripts' : calls < scriptCallsMin ? 'few' : 'fine';
  return { kind, calls, withoutBrowserHeaders, period };
}

type NamedDay = DayEvidence & {
  /** `today`, `yesterday` */
  readonly name: string;
};

const dayNames = ['today', 'yesterday'];

function namedDays(days: readonly DayEvidence[]): readonly NamedDay[] {
  return days.map((day, index) => ({ ...day, name: dayNames[index] ?? '' }));
}

/** The last day on which an address was known. */
export function lastAddressedDay(days: readonly DayEvidence[]): NamedDay | undefined {
  return namedDays(days).find(({ addressedCalls }) => addressedCalls > 0);
}

/** The last day of which one address group made nearly all calls. */
export function dayOfOneGroup(days: readonly DayEvidence[]): NamedDay | undefined {
  return namedDays(days).find(
    ({ addressedCalls, groups: [busiest] }) =>
      addressedCalls >= scriptCallsMin && (busiest?.calls ?? 0) / addressedCalls >= oneGroupShareMin,
  );
}
