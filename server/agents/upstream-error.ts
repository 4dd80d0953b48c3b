/** Why a model gave no answer. Its text is for the log: bounded, and without anything that looks like a key. */
import type { AgentError } from './port.ts';

const textLengthMax = 500;

export type UpstreamTrouble =
  'unlisted' | 'status' | 'unreachable' | 'silent' | 'redirect' | 'cut' | 'garbage' | 'too_long' | 'empty';

export class UpstreamError extends Error implements AgentError {
  override readonly name = 'UpstreamError';
  readonly trouble: UpstreamTrouble;
  readonly upstream: string;
  /** What it answered, with `status` and `redirect`. */
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly isPaid: boolean;

  constructor(
    trouble: UpstreamTrouble,
    upstream: string,
    text: string,
    more: {
      readonly status?: number | undefined;
      readonly retryAfterSeconds?: number | undefined;
      readonly isPaid?: boolean;
    } = {},
  ) {
    super(`${upstream}: ${redact(text).slice(0, textLengthMax)}`);
    this.trouble = trouble;
    this.upstream = upstream;
    this.status = more.status;
    this.isPaid = more.isPaid ?? false;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Providers' keys begin with a short word, and are long; so is whatever else is one word of letters and digits. */
function redact(text: string): string {
  return text
    .slice(0, 10 * textLengthMax)
    .replace(/[\p{Cc}\p{Default_Ignorable_Code_Point}]+/gu, ' ')
    .replace(/\b(?:Bearer|Basic)\s[^\s"',;]+/gi, '[a key]')
    .replace(/\b(?:sk|pk|rk|key|api|gsk|xai|AIza|hf|nvapi)[-_]?[\w*.…-]{8,}/g, '[a key]')
    .replace(/[\w+/=.*-]{24,}/g, (word) => (/\d/.test(word) && /[A-Za-z]/.test(word) ? '[a key]' : word));
}
