/** What was found out about a page: a line each, with the one thing to change where something is wrong. */

export type PageCheck =
  | 'page'
  | 'redirect'
  | 'tag'
  | 'sandbox'
  | 'mixed_content'
  | 'script_policy'
  | 'connect_policy'
  | 'trusted_types'
  | 'script'
  | 'key'
  | 'agent'
  | 'server'
  | 'origin'
  | 'preflight'
  | 'clock'
  | 'browser';

export interface PageFinding {
  readonly check: PageCheck;
  /** `unknown`: it could not be seen. */
  readonly result: 'ok' | 'wrong' | 'unknown';
  readonly sentence: string;
  /** What to change, and where. */
  readonly fix: string | null;
  /** A text to paste where the fix says. */
  readonly paste: string | null;
}

export interface PageReport {
  /** As it was asked for. */
  readonly url: string;
  /** After redirects. */
  readonly finalUrl: string;
  readonly findings: readonly PageFinding[];
}

export function ok(check: PageCheck, sentence: string): PageFinding {
  return { check, result: 'ok', sentence, fix: null, paste: null };
}

export function wrong(check: PageCheck, sentence: string, fix: string, paste: string | null = null): PageFinding {
  return { check, result: 'wrong', sentence, fix, paste };
}

export function unknown(check: PageCheck, sentence: string, fix: string | null = null): PageFinding {
  return { check, result: 'unknown', sentence, fix, paste: null };
}
