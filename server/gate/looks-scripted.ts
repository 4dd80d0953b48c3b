/** Some real browsers send nothing of the kind (Safari before 16.4), so a few calls without it mean nothing. */
const scriptShareMin = 0.2;
/** Fewer tell nothing. */
export const scriptCallsMin = 100;

/** Calls of which it can be told whether a browser sent them, and those of them without what every browser sends. */
export interface ToldCalls {
  readonly calls: number;
  readonly withoutBrowserHeaders: number;
}

/** Whether so many calls look like scripts. */
export function looksScripted({ calls, withoutBrowserHeaders }: ToldCalls): boolean {
  return calls >= scriptCallsMin && withoutBrowserHeaders / calls >= scriptShareMin;
}
