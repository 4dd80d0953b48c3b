import type { KeyEvidence } from '../server/http/wire.ts';

/** Some real browsers send nothing of the kind (Safari before 16.4), so a few calls without it mean nothing. */
const scriptShareMin = 0.2;
export const scriptCallsMin = 100;

/** Whether so many calls came without what every browser sends that scripts made them. */
export function looksScripted({
  calls,
  withoutBrowserHeaders,
}: Pick<KeyEvidence, 'calls' | 'withoutBrowserHeaders'>): boolean {
  return calls >= scriptCallsMin && withoutBrowserHeaders / calls >= scriptShareMin;
}
