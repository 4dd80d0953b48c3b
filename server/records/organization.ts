export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Credits that publishable calls leave for secret calls; null: a fifth of what was granted. */
  readonly reservedCredits: number | null;
}

/** What it keeps back for secret calls, in credits. */
export function reserveOf(reservedCredits: number | null | undefined, granted: number): number {
  return reservedCredits ?? Math.floor(granted / 5);
}
