/** A mail, and what came of sending it. */

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** `dlv_…@gate.example.com`: the same for the same mail, so that a repetition is recognised. Without: any. */
  readonly messageId?: string;
}

export interface MailOutcome {
  /** What the SMTP server said last: 2xx took it, 4xx not now, 5xx never. Null: it said nothing. */
  readonly status: number | null;
  readonly failure: string | null;
  /** In its words. */
  readonly answer: string;
}

export type MailPost = (mail: Mail) => Promise<MailOutcome>;

/** Nothing was handed over. */
export function refusedMail(failure: string): MailOutcome {
  return { status: null, failure, answer: '' };
}
